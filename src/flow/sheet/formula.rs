//! What of a formula stays the same when its row moves.

/// A formula without the rows that it refers to: these are rewritten wherever it, or what it refers
/// to, moves. Texts, names of other tabs and names of functions stay as they are.
pub fn shape(formula: &str) -> String {
    let mut shape = String::with_capacity(formula.len());
    let mut rest = formula;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '\'' => quoted(rest),
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (part, after) = rest.split_at(end);
        let called = after.starts_with('(');
        shape.push_str(if called { part } else { column(part) });
        rest = after;
    }
    shape
}

/// The length of a text or name that begins with a quotation mark, both marks included.
fn quoted(text: &str) -> usize {
    let mark = &text[..1];
    text[1..].find(mark).map_or(text.len(), |end| end + 2)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '$' | '_' | '.')
}

/// Of a reference its column, such as `$B` of `$B$12`; anything else as it is.
fn column(word: &str) -> &str {
    let without_row = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let letters = without_row.trim_matches('$');
    let refers = without_row.len() < word.len()
        && (1..=3).contains(&letters.len())
        && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
    if refers { without_row } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_references_are_left_out_and_nothing_else() {
        for (formula, kept) in [
            ("=A2", "=A"),
            ("=$B$12+c3*2", "=$B$+c*2"),
            ("=SUM(A2:A10)/LOG10(D7)", "=SUM(A:A)/LOG10(D)"),
            ("='Tab A2'!C4&\"A2 \"\"B3\"", "='Tab A2'!C&\"A2 \"\"B3\""),
            (
                "=HYPERLINK(\"https://a1.com\")",
                "=HYPERLINK(\"https://a1.com\")",
            ),
            ("=1.5*RATE2026", "=1.5*RATE2026"),
            ("=\"never closed A2", "=\"never closed A2"),
            ("=Ä2+é", "=Ä2+é"),
        ] {
            assert_eq!(shape(formula), kept);
        }
    }
}
