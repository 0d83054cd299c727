use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{ListError, MOST_ROWS, Table};

/// Lines that tell which separator a file uses.
const SAMPLE: usize = 20;

/// Reads text in whichever encoding and with whichever separator it was saved.
pub fn table(bytes: &[u8]) -> Result<Table, ListError> {
    let text = decode(bytes)?;
    let (text, separator, skipped) = match declared_separator(&text) {
        Some((separator, rest)) => (rest, separator, 1),
        None => (&*text, detected_separator(&text), 0),
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut table = Table::new();
    for record in reader.records() {
        let record = record.map_err(|error| ListError::Text(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        // Rows in front of the domains may be titles; the count of rows is checked again later.
        if table.len() > MOST_ROWS + SAMPLE {
            return Err(ListError::TooManyRows);
        }
        let line = u32::try_from(line)
            .unwrap_or(u32::MAX)
            .saturating_add(skipped);
        table.push((line, record.iter().map(str::to_owned).collect()));
    }
    Ok(table)
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
