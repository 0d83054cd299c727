//! The rows of a preview, by what becomes of them.

use crate::flow::intake::IntakeRow;
use crate::flow::ports::Serves;
use crate::flow::preview::{Copied, Preview, Unusable, Wanted};
use crate::http::pages::options::in_words;
use crate::http::pages::view::sentence;
use crate::lead::money::grouped;

/// Rows of one kind that are shown at once; the rest is folded away.
const SHOWN: usize = 100;
/// Characters shown of a row that cannot be used.
const SHOWN_TEXT: usize = 120;

/// Rows of one kind.
pub struct Section {
    pub id: &'static str,
    pub title: String,
    pub about: &'static str,
    pub first: Vec<Line>,
    pub rest: Vec<Line>,
    /// "and 900 more"
    pub more: String,
}

/// One row of the form, and what becomes of it.
pub struct Line {
    /// Where the row stands: "line 3".
    pub place: String,
    pub text: String,
    pub note: String,
    /// The lead that serves it.
    pub lead: Option<String>,
}

/// Where the rows stand: pasted ones come first, then those of the file.
pub struct Places<'a> {
    pub pasted: usize,
    pub rows: &'a [IntakeRow],
}

impl Places<'_> {
    fn name(&self, place: usize) -> String {
        let row = self.rows.get(place).and_then(|row| row.row).unwrap_or(0);
        if place < self.pasted {
            format!("line {row}")
        } else if self.pasted == 0 {
            format!("row {row}")
        } else {
            format!("file, row {row}")
        }
    }

    fn typed(&self, place: usize) -> String {
        let typed = self.rows.get(place).map_or("", |row| row.domain.trim());
        let mut shown: String = typed.chars().take(SHOWN_TEXT).collect();
        if shown.len() < typed.len() {
            shown.push('\u{2026}');
        }
        shown
    }
}

pub fn sections(preview: &Preview, places: &Places) -> Vec<Section> {
    let section = |id, title: &str, about, lines: Vec<Line>| {
        let count = lines.len();
        let mut first = lines;
        let rest = first.split_off(count.min(SHOWN));
        Section {
            id,
            title: format!("{title}: {}", grouped(count as u64)),
            about,
            more: format!("and {} more", grouped(rest.len() as u64)),
            first,
            rest,
        }
    };
    let copied = |rows: &[Copied]| rows.iter().map(|row| of_copy(row, places)).collect();
    let all = [
        section(
            "unusable",
            "Not usable",
            "Mend them with Change, or leave them: they cost nothing.",
            preview
                .unusable
                .iter()
                .map(|row| of_unusable(row, places))
                .collect(),
        ),
        section(
            "bought",
            "New reports",
            "",
            preview
                .bought
                .iter()
                .map(|row| of_wanted(row, places))
                .collect(),
        ),
        section(
            "reused",
            "Reused",
            "Should a report that is still being bought not come, a new one is bought.",
            preview
                .reused
                .iter()
                .map(|(row, serves)| of_served(row, serves, places))
                .chain(preview.shared.iter().map(|row| of_shared(row, places)))
                .collect(),
        ),
        section(
            "copies",
            "Copies",
            "The same company with the same options and destination as an earlier row, so they are left out.",
            copied(&preview.copies),
        ),
    ];
    all.into_iter()
        .filter(|section| !section.first.is_empty())
        .collect()
}

fn of_unusable(row: &Unusable, places: &Places) -> Line {
    Line {
        place: places.name(row.place),
        text: places.typed(row.place),
        note: sentence(&row.reason),
        lead: None,
    }
}

fn of_wanted(row: &Wanted, places: &Places) -> Line {
    Line {
        place: places.name(row.place),
        text: row.domain.display(),
        note: in_words(&row.options).unwrap_or_default(),
        lead: None,
    }
}

fn of_served(row: &Wanted, serves: &Serves, places: &Places) -> Line {
    let (note, lead) = match serves {
        Serves::Stored { lead, reported_at } => (
            format!("reported on {}", reported_at.format("%Y-%m-%d")),
            lead,
        ),
        Serves::UnderWay { lead } => ("being bought already".to_owned(), lead),
    };
    Line {
        note,
        lead: Some(lead.to_string()),
        ..of_wanted(row, places)
    }
}

fn of_shared(row: &Copied, places: &Places) -> Line {
    Line {
        note: format!("with {}, for another sheet", places.name(row.of)),
        ..of_copy(row, places)
    }
}

fn of_copy(row: &Copied, places: &Places) -> Line {
    Line {
        place: places.name(row.place),
        text: row.domain.display(),
        note: format!("as in {}", places.name(row.of)),
        lead: None,
    }
}
