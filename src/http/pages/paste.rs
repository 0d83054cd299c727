//! What was pasted into the form becomes one row a domain.

use crate::lead::headers::InputColumns;

/// One domain as typed, with the line it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedRow<'a> {
    /// 1-based.
    pub line: u32,
    pub domain: &'a str,
}

/// Splits pasted text: one domain a line, or several in a line between commas, semicolons,
/// tabs or blanks. Nothing but empty cells is left out, and the header above a column that was
/// copied from a sheet: what is no domain becomes a row that says so. Each row is found when it
/// is asked for, so that nobody needs room for more rows than they take.
pub fn split(text: &str) -> impl Iterator<Item = PastedRow<'_>> {
    let mut first = all(text);
    let (one, next) = (first.next(), first.next());
    let has_header = one.is_some_and(|one| {
        let below = next.is_some_and(|next| next.line > one.line);
        below && InputColumns::find(&[one.domain.to_owned()]).is_some()
    });
    all(text).skip(usize::from(has_header))
}

fn all(text: &str) -> impl Iterator<Item = PastedRow<'_>> {
    (1..).zip(text.lines()).flat_map(|(line, text)| {
        text.split([',', ';', '\t'])
            .flat_map(|cell| words(unquoted(cell.trim())))
            .map(move |domain| PastedRow { line, domain })
    })
}

/// A cell of words that all could be domains is split at its blanks. Other words ("Acme Inc",
/// a sentence) stay together: one row with one message tells more than a row a word.
fn words(cell: &str) -> impl Iterator<Item = &str> {
    let apart = cell.split_whitespace().all(|word| word.contains('.'));
    let (words, whole) = match apart {
        true => (cell, None),
        false => ("", Some(cell)),
    };
    words.split_whitespace().chain(whole)
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
        split(text).map(|row| row.domain.to_owned()).collect()
    }

    #[test]
    fn one_domain_a_line_keeps_its_line_number() {
        let rows: Vec<_> = split("acme.com\r\n\r\n  globex.com  \n").collect();
        let expected =
            [(1, "acme.com"), (3, "globex.com")].map(|(line, domain)| PastedRow { line, domain });
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
        assert!(domains(" \n,;\t\n\"\"\n\u{3000}").is_empty());
        assert!(domains("").is_empty());
    }

    #[test]
    fn the_header_of_a_copied_column_is_no_row() {
        assert_eq!(
            domains("Website\nacme.com\nglobex.com"),
            ["acme.com", "globex.com"]
        );
        let row = split("\nDomain\nacme.com").next().expect("a row");
        assert_eq!(row.line, 3);
        for text in ["Website", "Website, acme.com", "acme.com\nWebsite"] {
            assert!(domains(text).contains(&"Website".to_owned()), "{text}");
        }
    }

    #[test]
    fn an_address_keeps_its_colon_and_slashes() {
        assert_eq!(domains("https://www.acme.com/"), ["https://www.acme.com/"]);
    }
}
