use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::ConfigFaults;
use super::sources::RawSettings;
use crate::lead::spreadsheet::parse_sheet;
use crate::lead::transport::is_protected;

/// Google Sheets.
#[derive(Debug, Clone)]
pub struct SheetsConfig {
    pub sheets: Vec<ConnectedSheet>,
    /// The service account's key file; whoever needs one says so.
    pub key_file: Option<PathBuf>,
    /// `None`: Google itself. Only for tests.
    pub base_url: Option<Url>,
    /// Google's quota of reads, and of writes, for one account.
    pub requests_per_minute: u32,
    /// How long an unanswered write may still arrive.
    pub late_write: Duration,
}

/// A spreadsheet and the tabs of it that leads are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedSheet {
    pub spreadsheet: String,
    /// Tab names, or `gid=` and a tab's id; empty for the first tab.
    pub tabs: Vec<String>,
}

/// Google allows 60; a little is left for others who use the account.
const REQUESTS_PER_MINUTE: u32 = 57;
const LATE_WRITE: Duration = Duration::from_secs(180);

impl SheetsConfig {
    pub(super) fn read(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let sheets = parse_sheets(raw.get("WARMSHEET_SHEETS").unwrap_or_default());
        let sheets = faults.take("WARMSHEET_SHEETS", sheets);
        let base_url = match raw.get("GOOGLE_SHEETS_BASE_URL") {
            None => Some(None),
            Some(text) => faults
                .take("GOOGLE_SHEETS_BASE_URL", parse_base_url(text))
                .map(Some),
        };
        let key_file = raw.get("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from);
        let sheets = sheets?;
        let base_url = base_url?;
        if !sheets.is_empty() && key_file.is_none() {
            faults.add(
                "GOOGLE_APPLICATION_CREDENTIALS",
                "is not set, and WARMSHEET_SHEETS needs it: the path of a service account's key \
                 file (docs/google-sheets.md tells how to make one)",
            );
            return None;
        }
        // Only a stand-in for Google may be asked quicker and trusted sooner.
        let test = |name: &'static str| base_url.as_ref().and_then(|_| raw.get(name));
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u32>().ok());
        Some(Self {
            requests_per_minute: number(test("GOOGLE_SHEETS_REQUESTS_PER_MINUTE"))
                .unwrap_or(REQUESTS_PER_MINUTE),
            late_write: number(test("GOOGLE_SHEETS_LATE_SECONDS"))
                .map_or(LATE_WRITE, |seconds| Duration::from_secs(seconds.into())),
            sheets,
            key_file,
            base_url,
        })
    }
}

fn parse_base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("\u{201c}{text}\u{201d}: {error}"))?;
    if is_protected(&url) {
        Ok(url)
    } else {
        Err(format!(
            "\u{201c}{text}\u{201d} would send tokens unprotected; http:// is only for this \
             machine itself"
        ))
    }
}

fn parse_sheets(text: &str) -> Result<Vec<ConnectedSheet>, String> {
    let mut sheets: Vec<ConnectedSheet> = Vec::new();
    for entry in super::list(text) {
        let (spreadsheet, tab) = parse_sheet(&entry)?;
        match sheets.iter_mut().find(|s| s.spreadsheet == spreadsheet) {
            Some(sheet) if sheet.tabs.contains(&tab) => {
                return Err(format!("\u{201c}{entry}\u{201d} is named twice"));
            }
            Some(sheet) => sheet.tabs.push(tab),
            None => sheets.push(ConnectedSheet {
                spreadsheet,
                tabs: vec![tab],
            }),
        }
    }
    Ok(sheets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_of_one_spreadsheet_belong_together() {
        let sheets = parse_sheets("A#One, B, A#Two").expect("fine");
        assert_eq!(sheets.len(), 2);
        assert_eq!(sheets[0].tabs, ["One", "Two"]);
        assert!(parse_sheets("A, A").is_err());
    }
}
