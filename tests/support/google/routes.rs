//! Which call a path is, and what its query may hold.

use super::faults::Calls;
use super::refusal::Refusal;

/// Query parameters that every method of Google's takes.
const EVERYWHERE: [&str; 11] = [
    "alt",
    "fields",
    "key",
    "prettyPrint",
    "quotaUser",
    "uploadType",
    "access_token",
    "oauth_token",
    "$.xgafv",
    "callback",
    "upload_protocol",
];

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    Token,
    Spreadsheet,
    Values(String),
    BatchGet,
    BatchGetByDataFilter,
    BatchUpdateValues,
    BatchUpdate,
    Metadata(String),
    Version,
}

impl Method {
    pub fn calls(&self) -> Calls {
        match self {
            Self::Token => Calls::Tokens,
            Self::Version => Calls::Drive,
            Self::BatchUpdate | Self::BatchUpdateValues => Calls::Writes,
            _ => Calls::Reads,
        }
    }

    /// The query parameters of this method alone.
    fn parameters(&self) -> &'static [&'static str] {
        match self {
            Self::Spreadsheet => &["includeGridData", "ranges", "excludeTablesInBandedRanges"],
            Self::Values(_) => &[
                "majorDimension",
                "valueRenderOption",
                "dateTimeRenderOption",
            ],
            Self::BatchGet => &[
                "ranges",
                "majorDimension",
                "valueRenderOption",
                "dateTimeRenderOption",
            ],
            Self::Version => &[
                "acknowledgeAbuse",
                "supportsAllDrives",
                "supportsTeamDrives",
                "includePermissionsForView",
                "includeLabels",
            ],
            _ => &[],
        }
    }

    pub fn check_query(&self, query: &[(String, String)]) -> Result<(), Refusal> {
        let unknown = query.iter().find(|(name, _)| {
            !EVERYWHERE.contains(&name.as_str()) && !self.parameters().contains(&name.as_str())
        });
        match unknown {
            None => Ok(()),
            Some((name, _)) => Err(Refusal::invalid(format!(
                "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query \
                 parameter. Field '{name}' could not be found in request message."
            ))),
        }
    }
}

/// The method and the spreadsheet of a path, which is still percent-encoded.
pub fn find(verb: &str, path: &str) -> Option<(Method, String)> {
    let parts: Vec<String> = path
        .trim_start_matches('/')
        .split('/')
        .map(decoded)
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (method, id) = match (verb, parts.as_slice()) {
        ("POST", ["token"]) => (Method::Token, ""),
        ("GET", ["drive", "v3", "files", id]) => (Method::Version, *id),
        ("GET", ["v4", "spreadsheets", id]) => (Method::Spreadsheet, *id),
        ("POST", ["v4", "spreadsheets", last]) => {
            (Method::BatchUpdate, last.strip_suffix(":batchUpdate")?)
        }
        ("GET", ["v4", "spreadsheets", id, "values:batchGet"]) => (Method::BatchGet, *id),
        ("POST", ["v4", "spreadsheets", id, "values:batchGetByDataFilter"]) => {
            (Method::BatchGetByDataFilter, *id)
        }
        ("POST", ["v4", "spreadsheets", id, "values:batchUpdate"]) => {
            (Method::BatchUpdateValues, *id)
        }
        ("GET", ["v4", "spreadsheets", id, "values", range]) => {
            (Method::Values((*range).to_owned()), *id)
        }
        ("GET", ["v4", "spreadsheets", id, "developerMetadata", metadata]) => {
            (Method::Metadata((*metadata).to_owned()), *id)
        }
        _ => return None,
    };
    Some((method, id.to_owned()))
}

fn decoded(part: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let (b'%', Some(byte)) = (first, byte) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
