//! The spreadsheet that a lead names for its rows, besides the place it came from.

use super::health::Sheets;
use crate::lead::spreadsheet::parse_sheet;

/// The id of the connected spreadsheet that a text names, or in words why it names none. Rows
/// for a spreadsheet that nobody writes to would wait for ever.
pub fn parse(text: &str, connected: &Sheets) -> Result<String, String> {
    let (spreadsheet, _) = parse_sheet(text)?;
    if connected.contains_key(&spreadsheet) {
        return Ok(spreadsheet);
    }
    if connected.is_empty() {
        return Err(format!(
            "no spreadsheet is connected here; rows reach \u{201c}{spreadsheet}\u{201d} only while \
             `warmsheet serve` runs with it in WARMSHEET_SHEETS"
        ));
    }
    let names: Vec<String> = connected
        .iter()
        .map(|(id, sheet)| match sheet.name(id) {
            title if title == id => id.clone(),
            title => format!("{id} ({title})"),
        })
        .collect();
    Err(format!(
        "\u{201c}{spreadsheet}\u{201d} is not connected; connected: {}. Name one of these, or add it \
         to WARMSHEET_SHEETS and restart",
        names.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::health::SheetHealth;

    fn connected() -> Sheets {
        let titled = SheetHealth {
            title: "Campaign".into(),
            ..SheetHealth::default()
        };
        Sheets::from([
            ("1AbC".into(), titled),
            ("2DeF".into(), SheetHealth::default()),
        ])
    }

    #[test]
    fn a_connected_spreadsheet_is_named_by_id_or_address_whatever_the_tab() {
        let address = "https://docs.google.com/spreadsheets/d/1AbC/edit?gid=7#gid=7";
        for text in ["1AbC", " 1AbC ", "1AbC#Companies", address] {
            assert_eq!(parse(text, &connected()), Ok("1AbC".to_owned()), "{text}");
        }
    }

    #[test]
    fn another_one_is_refused_and_the_connected_ones_are_named() {
        let fault = parse("3GhI", &connected()).expect_err("not connected");
        for word in ["3GhI", "1AbC (Campaign), 2DeF.", "WARMSHEET_SHEETS"] {
            assert!(fault.contains(word), "{fault}");
        }
        assert!(parse("our sheet", &connected()).is_err());
    }

    #[test]
    fn where_none_is_connected_a_running_serve_is_the_remedy() {
        let fault = parse("1AbC", &Sheets::new()).expect_err("not connected");
        assert!(fault.contains("warmsheet serve"), "{fault}");
    }
}
