//! One cell, line or form field: what copying leaves around a domain, and how many there are.

use super::{CompanyDomain, DomainError, address};

/// No single domain needs more, whatever surrounds it; beyond it only the answer "too long" helps.
const LONGEST_CELL: usize = 64 * 1024;

/// Characters that have no width or only steer the direction of text. Copying from pages,
/// chats and PDFs brings them along, and nobody can see them.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

pub(super) fn parse_cell(input: &str) -> Result<CompanyDomain, DomainError> {
    if input.len() > LONGEST_CELL {
        return Err(DomainError::TooLong);
    }
    let visible: String = input.chars().filter(|&c| !is_invisible(c)).collect();
    let pieces = pieces(&visible);
    match pieces.as_slice() {
        [] => Err(DomainError::Empty),
        [only] => address::parse(only),
        several => Err(explain_several(several)),
    }
}

/// The parts of a cell that could be a domain each. An address inside another one, as
/// redirecting links have it, is a part of its own.
fn pieces(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|'))
        .flat_map(split_before_schemes)
        .map(unwrap)
        .filter(|piece| !piece.is_empty())
        .collect()
}

fn split_before_schemes(text: &str) -> Vec<&str> {
    let mut starts = vec![0];
    // ASCII lower-casing keeps every byte offset.
    let lower = text.to_ascii_lowercase();
    for scheme in ["http://", "https://"] {
        starts.extend(lower.match_indices(scheme).map(|(at, _)| at));
    }
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| &text[start..end])
        .collect()
}

/// Takes quotes, brackets and punctuation off both ends. A leading `@`, `.` or `/` stays: it
/// says what the text is.
fn unwrap(piece: &str) -> &str {
    let around = |c: char| {
        c.is_control()
            || matches!(
                c,
                '"' | '\''
                    | '`'
                    | '\u{201c}'
                    | '\u{201d}'
                    | '\u{201e}'
                    | '\u{2018}'
                    | '\u{2019}'
                    | '\u{201a}'
                    | '\u{ab}'
                    | '\u{bb}'
                    | '\u{2039}'
                    | '\u{203a}'
                    | '<'
                    | '>'
                    | '('
                    | ')'
                    | '{'
                    | '}'
                    | '\u{2022}'
                    | '\u{200c}'
                    | '\u{200d}'
            )
    };
    let piece = piece.trim_matches(around);
    let piece = piece.trim_end_matches(|c| around(c) || matches!(c, ':' | '!'));
    // Square brackets also belong to IPv6 addresses, which only the next room can tell.
    match piece.strip_prefix('[').and_then(|p| p.strip_suffix(']')) {
        Some(inside) => inside,
        None => piece,
    }
}

fn explain_several(pieces: &[&str]) -> DomainError {
    let mut found: Vec<String> = Vec::new();
    let mut error_of_found = None;
    let mut telling = None;
    for piece in pieces {
        let meant = match address::parse(piece) {
            Ok(domain) => domain.display(),
            Err(error) => match error.suggestion().map(str::to_owned) {
                Some(suggestion) => {
                    error_of_found.get_or_insert(error);
                    suggestion
                }
                None => {
                    if tells_more_than_words(&error) {
                        telling.get_or_insert(error);
                    }
                    continue;
                }
            },
        };
        if !found.contains(&meant) {
            found.push(meant);
        }
        if found.len() > DomainError::MOST_LISTED {
            break;
        }
    }
    match found.len() {
        0 => telling.unwrap_or(DomainError::Words),
        1 => error_of_found.unwrap_or(DomainError::ExtraText {
            suggestion: found.pop(),
        }),
        _ => DomainError::Several { found },
    }
}

fn tells_more_than_words(error: &DomainError) -> bool {
    matches!(
        error,
        DomainError::Profile { .. }
            | DomainError::Email { .. }
            | DomainError::Handle
            | DomainError::IpAddress
            | DomainError::Localhost
            | DomainError::Several { .. }
    )
}
