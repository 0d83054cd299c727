use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{ListError, MOST_ROWS, Table};

/// Lines that tell which separator a file uses.
const SAMPLE: usize = 20;

/// Reads text in whichever encoding and with whichever separator it was saved.
pub fn table(bytes: &[u8]) -> Result<Table, ListError> {
    let text = decode(bytes)?;
    let (text, separator, first_line) = match declared_separator(&text) {
        Some((separator, rest)) => (rest, separator, 2),
        None => (&*text, detected_separator(&text), 1),
    };
    let table = records(text, separator, first_line, true)?;
    if !ends_inside_quotes(text, &table) {
        return Ok(table);
    }
    // A quote that nobody closed would make one cell of all that follows, unseen.
    let mut table = records(text, separator, first_line, false)?;
    for cell in table.iter_mut().flat_map(|(_, cells)| cells) {
        *cell = cell.trim().trim_matches('"').to_owned();
    }
    Ok(table)
}

fn records(text: &str, separator: u8, first_line: u32, quoting: bool) -> Result<Table, ListError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .quoting(quoting)
        .from_reader(text.as_bytes());
    let mut lines = Lines {
        text: text.as_bytes(),
        at: 0,
        line: first_line,
    };
    let mut table = Table::new();
    for record in reader.records() {
        let record = record.map_err(|error| ListError::Text(error.to_string()))?;
        let start = record.position().map_or(0, csv::Position::byte);
        // Rows in front of the domains may be titles; the count of rows is checked again later.
        if table.len() > MOST_ROWS + SAMPLE {
            return Err(ListError::TooManyRows);
        }
        let line = lines.of_record(usize::try_from(start).unwrap_or(usize::MAX));
        table.push((line, record.iter().map(str::to_owned).collect()));
    }
    Ok(table)
}

/// Whether the last record took in line ends because a quote was never closed.
fn ends_inside_quotes(text: &str, table: &Table) -> bool {
    let spans_lines = |(_, cells): &(u32, Vec<String>)| cells.iter().any(|c| c.contains('\n'));
    table.last().is_some_and(spans_lines) && text.bytes().filter(|b| *b == b'"').count() % 2 == 1
}

/// Counts lines as an editor shows them: the reader's own count leaves out blank ones.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line of the record that is read from byte `start`, where blank lines may come first.
    fn of_record(&mut self, start: usize) -> u32 {
        while let Some(byte) = self.text.get(self.at) {
            let ends_line = matches!(byte, b'\n' | b'\r');
            if self.at >= start && !ends_line {
                break;
            }
            self.at += 1;
            // Of the pair at a Windows line's end the second counts.
            if ends_line && !(*byte == b'\r' && self.text.get(self.at) == Some(&b'\n')) {
                self.line = self.line.saturating_add(1);
            }
        }
        self.line
    }
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ListError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok(encoding.decode_without_bom_handling(&bytes[mark..]).0);
    }
    if let Some(encoding) = utf_16_without_mark(bytes) {
        return Ok(encoding.decode_without_bom_handling(bytes).0);
    }
    if bytes.contains(&0) {
        return Err(ListError::Binary);
    }
    match UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text),
        None => Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0),
    }
}

/// Text in Latin letters has a zero in every second byte of UTF-16.
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(512) & !1];
    let pairs = sample.len() / 2;
    if pairs < 2 {
        return None;
    }
    let zeros = |at: usize| {
        sample
            .iter()
            .skip(at)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    match (zeros(0) * 10 > pairs * 8, zeros(1) * 10 > pairs * 8) {
        (true, false) => Some(UTF_16BE),
        (false, true) => Some(UTF_16LE),
        _ => None,
    }
}

/// Excel's own first line, `sep=;`.
fn declared_separator(text: &str) -> Option<(u8, &str)> {
    let (line, rest) = text.split_once('\n')?;
    let line = line.trim_end_matches('\r').trim_matches('"');
    let separator = line
        .strip_prefix("sep=")
        .or_else(|| line.strip_prefix("SEP="))?;
    match separator.as_bytes() {
        [byte] => Some((*byte, rest)),
        _ => None,
    }
}

/// The separator that most lines hold outside quotes; a list of bare domains has none.
fn detected_separator(text: &str) -> u8 {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(SAMPLE)
        .collect();
    // At equal counts the tab wins over the semicolon, and that over the comma: the commoner
    // a character is in text, the less it says.
    let votes = |separator: char| {
        lines
            .iter()
            .filter(|line| has_outside_quotes(line, separator))
            .count()
    };
    let best = ['\t', ';', ',']
        .into_iter()
        .rev()
        .max_by_key(|separator| votes(*separator));
    match best {
        Some('\t') => b'\t',
        Some(';') => b';',
        _ => b',',
    }
}

fn has_outside_quotes(line: &str, separator: char) -> bool {
    let mut quoted = false;
    line.chars().any(|c| {
        if c == '"' {
            quoted = !quoted;
        }
        !quoted && c == separator
    })
}
