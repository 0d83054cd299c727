//! Ranges: as `'Tab'!A1:C5`, and as Google's numbers.

use std::ops::Range;

use google_sheets4::api::GridRange;

use super::book::Book;
use super::refusal::Refusal;
use super::tab::Tab;

/// Cells of one tab, never beyond its grid when a request asked for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    pub rows: Range<usize>,
    pub cols: Range<usize>,
}

impl Area {
    pub fn meets(&self, other: &Self) -> bool {
        overlap(&self.rows, &other.rows) && overlap(&self.cols, &other.cols)
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// `A` is 0, `Z` is 25, `AA` is 26.
fn column_number(letters: &str) -> Option<usize> {
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    letters
        .chars()
        .try_fold(0, |sum, letter| {
            let digit = letter.to_ascii_uppercase().to_digit(36)?.checked_sub(10)?;
            Some(sum * 26 + digit as usize + 1)
        })
        .map(|number| number - 1)
}

pub fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// A corner: row and column, of which one may be missing.
type Corner = (Option<usize>, Option<usize>);

fn corner(text: &str) -> Option<Corner> {
    let plain = text.replace('$', "");
    let digits = plain.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = &plain[..plain.len() - digits.len()];
    let row = match digits {
        "" => None,
        digits => Some(digits.parse::<usize>().ok()?.checked_sub(1)?),
    };
    let column = match letters {
        "" => None,
        letters => Some(column_number(letters)?),
    };
    (row.is_some() || column.is_some()).then_some((row, column))
}

/// A title as it stands in a range.
pub fn quoted(title: &str) -> String {
    let plain = title.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !title.starts_with(|c: char| c.is_ascii_digit())
        && corner(title).is_none_or(|(row, _)| row.is_none());
    if plain {
        return title.to_owned();
    }
    format!("'{}'", title.replace('\'', "''"))
}

/// How Google writes a range into its answers.
pub fn name(tab: &Tab, area: &Area) -> String {
    let first = format!("{}{}", column_letters(area.cols.start), area.rows.start + 1);
    if area.rows.len() == 1 && area.cols.len() == 1 {
        return format!("{}!{first}", quoted(&tab.title));
    }
    format!(
        "{}!{first}:{}{}",
        quoted(&tab.title),
        column_letters(area.cols.end - 1),
        area.rows.end
    )
}

/// The tab and the cells that a text names.
pub fn find(book: &Book, text: &str) -> Result<(usize, Area), Refusal> {
    let unknown = || Refusal::invalid(format!("Unable to parse range: {text}"));
    if let Some(index) = title_in(text).and_then(|title| book.index_of(&title)) {
        return Ok((index, whole(&book.tabs[index])));
    }
    let (index, cells) = match text.rsplit_once('!') {
        Some((tab, cells)) => {
            let title = title_in(tab).ok_or_else(unknown)?;
            (book.index_of(&title).ok_or_else(unknown)?, cells)
        }
        None => (0, text),
    };
    let tab = book.tabs.get(index).ok_or_else(unknown)?;
    let (from, to) = cells.split_once(':').unwrap_or((cells, cells));
    let from = corner(from).ok_or_else(unknown)?;
    let to = corner(to).ok_or_else(unknown)?;
    let area = Area {
        rows: span(from.0, to.0, tab.row_count),
        cols: span(from.1, to.1, tab.column_count),
    };
    if area.rows.start >= area.rows.end || area.cols.start >= area.cols.end {
        return Err(Refusal::invalid(format!(
            "Range ({text}) exceeds grid limits. Max rows: {}, max columns: {}",
            tab.row_count, tab.column_count
        )));
    }
    Ok((index, area))
}

fn title_in(text: &str) -> Option<String> {
    match text.strip_prefix('\'') {
        Some(rest) => {
            let inner = rest.strip_suffix('\'')?;
            (!inner.replace("''", "").contains('\'')).then(|| inner.replace("''", "'"))
        }
        None => Some(text.to_owned()),
    }
}

fn span(from: Option<usize>, to: Option<usize>, limit: usize) -> Range<usize> {
    let start = from.unwrap_or(0);
    let end = to.map_or(limit, |last| (last + 1).min(limit));
    start..end
}

fn whole(tab: &Tab) -> Area {
    Area {
        rows: 0..tab.row_count,
        cols: 0..tab.column_count,
    }
}

/// The tab and the cells of a `GridRange`; `strict` refuses an end beyond the grid, which a
/// read cuts off instead.
pub fn grid(book: &Book, range: &GridRange, strict: bool) -> Result<(usize, Area), Refusal> {
    let index = book.at(range.sheet_id)?;
    let tab = &book.tabs[index];
    let rows = bounds(
        "Row",
        range.start_row_index,
        range.end_row_index,
        tab.row_count,
        strict,
    )?;
    let cols = bounds(
        "Column",
        range.start_column_index,
        range.end_column_index,
        tab.column_count,
        strict,
    )?;
    Ok((index, Area { rows, cols }))
}

fn bounds(
    what: &str,
    start: Option<i32>,
    end: Option<i32>,
    limit: usize,
    strict: bool,
) -> Result<Range<usize>, Refusal> {
    let lower = what.to_ascii_lowercase();
    let number = |side: &str, given: i32| {
        usize::try_from(given).map_err(|_| {
            Refusal::invalid(format!("GridRange.{side}{what}Index[{given}] is negative"))
        })
    };
    let first = number("start", start.unwrap_or(0))?;
    let last = match end {
        Some(end) => number("end", end)?,
        None => limit,
    };
    if first >= limit {
        return Err(Refusal::invalid(format!(
            "GridRange.start{what}Index[{first}] is after last {lower} in grid[{limit}]"
        )));
    }
    if strict && last > limit {
        return Err(Refusal::invalid(format!(
            "GridRange.end{what}Index[{last}] is after last {lower} in grid[{limit}]"
        )));
    }
    if last <= first {
        return Err(Refusal::invalid(format!(
            "GridRange.end{what}Index[{last}] must be after start{what}Index[{first}]"
        )));
    }
    Ok(first..last.min(limit))
}
