//! What was pasted into the form becomes one row a domain.

use crate::lead::headers::InputColumns;

/// One domain as typed, with the line it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedRow {
    /// 1-based.
    pub line: u32,
    pub domain: String,
}

/// Splits pasted text: one domain a line, or several in a line between commas, semicolons,
/// tabs or blanks. Nothing but empty cells is left out, and the header above a column that was
/// copied from a sheet: what is no domain becomes a row that says so.
pub fn split(text: &str) -> Vec<PastedRow> {
    let mut rows: Vec<PastedRow> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        for cell in text.split([',', ';', '\t']) {
            let cell = unquoted(cell.trim());
            for domain in words(cell) {
                rows.push(PastedRow {
                    line,
                    domain: domain.to_owned(),
                });
            }
        }
    }
    let heads = |row: &PastedRow| {
        let below = rows.get(1).is_some_and(|next| next.line > row.line);
        below && InputColumns::find(std::slice::from_ref(&row.domain)).is_some()
    };
    if rows.first().is_some_and(heads) {
        rows.remove(0);
    }
    rows
}

/// A cell of words that all could be domains is split at its blanks. Other words ("Acme Inc",
/// a sentence) stay together: one row with one message tells more than a row a word.
fn words(cell: &str) -> Vec<&str> {
    let words: Vec<&str> = cell.split_whitespace().collect();
    if words.iter().all(|word| word.contains('.')) {
        words
    } else {
        vec![cell]
    }
}

/// Without the quotes that programs put around the cells they copy.
fn unquoted(cell: &str) -> &str {
    cell.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .map_or(cell, str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains(text: &str) -> Vec<String> {
        split(text).into_iter().map(|row| row.domain).collect()
    }

    #[test]
    fn one_domain_a_line_keeps_its_line_number() {
        let rows = split("acme.com\r\n\r\n  globex.com  \n");
        let expected = [(1, "acme.com"), (3, "globex.com")].map(|(line, domain)| PastedRow {
            line,
            domain: domain.to_owned(),
        });
        assert_eq!(rows, expected);
    }

    #[test]
    fn several_domains_in_a_line_become_several_rows() {
        for line in [
            "acme.com,globex.com,initech.com",
            "acme.com; globex.com ;initech.com;",
            "acme.com\tglobex.com\tinitech.com",
            "acme.com globex.com\u{a0}initech.com",
            "\"acme.com\",\"globex.com\", initech.com",
        ] {
            assert_eq!(
                domains(line),
                ["acme.com", "globex.com", "initech.com"],
                "{line}"
            );
        }
    }

    #[test]
    fn words_that_are_no_domains_stay_one_row() {
        assert_eq!(domains("Acme Inc\tacme.com"), ["Acme Inc", "acme.com"]);
        assert_eq!(domains("call acme.com"), ["call acme.com"]);
    }

    #[test]
    fn blanks_and_separators_alone_are_no_rows() {
        assert!(split(" \n,;\t\n\"\"\n\u{3000}").is_empty());
        assert!(split("").is_empty());
    }

    #[test]
    fn the_header_of_a_copied_column_is_no_row() {
        assert_eq!(
            domains("Website\nacme.com\nglobex.com"),
            ["acme.com", "globex.com"]
        );
        assert_eq!(split("\nDomain\nacme.com")[0].line, 3);
        for text in ["Website", "Website, acme.com", "acme.com\nWebsite"] {
            assert!(domains(text).contains(&"Website".to_owned()), "{text}");
        }
    }

    #[test]
    fn an_address_keeps_its_colon_and_slashes() {
        assert_eq!(domains("https://www.acme.com/"), ["https://www.acme.com/"]);
    }
}
