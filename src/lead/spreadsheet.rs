//! How people name a spreadsheet.

/// The spreadsheet's id and the tab's name in `ID`, `ID#Tab name`, or an address out of the
/// browser, whose `#gid=` names a tab by its id.
pub fn parse_sheet(entry: &str) -> Result<(String, String), String> {
    let (place, tab) = entry.split_once('#').unwrap_or((entry, ""));
    let is_address = place.contains("://") || place.contains("docs.google.com");
    let id = if is_address {
        if place.contains("/d/e/") {
            return Err(format!(
                "\u{201c}{entry}\u{201d} is a published copy; use the address of the sheet itself, \
                 https://docs.google.com/spreadsheets/d/…"
            ));
        }
        let rest = place.split_once("/spreadsheets/d/").map(|(_, rest)| rest);
        rest.and_then(|rest| rest.split(['/', '?']).next())
            .unwrap_or_default()
    } else {
        place.trim()
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if id.is_empty() || !id.chars().all(fits) {
        return Err(format!(
            "\u{201c}{entry}\u{201d} is neither a spreadsheet's address \
             (https://docs.google.com/spreadsheets/d/…) nor its id"
        ));
    }
    Ok((id.to_owned(), tab.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_named_by_id_or_by_its_address() {
        let named = |entry: &str| parse_sheet(entry).map_err(|_| ());
        let both = |id: &str, tab: &str| Ok((id.to_owned(), tab.to_owned()));
        assert_eq!(named("1AbC-_9"), both("1AbC-_9", ""));
        assert_eq!(named("1AbC#My list"), both("1AbC", "My list"));
        let address = "https://docs.google.com/spreadsheets/d/1AbC/edit?gid=7#gid=7";
        assert_eq!(named(address), both("1AbC", "gid=7"));
        assert_eq!(
            named("https://docs.google.com/spreadsheets/d/1AbC"),
            both("1AbC", "")
        );
        assert_eq!(
            named("https://docs.google.com/spreadsheets/d/e/2PACX-1/pub"),
            Err(())
        );
        assert_eq!(named("my sheet"), Err(()));
        assert_eq!(named("../../x"), Err(()));
    }
}
