//! The columns that people's lists and sheets have, by their headers.

/// Rows in which a header is looked for: titles may stand above it.
pub const HEADER_WITHIN: usize = 10;

const DOMAIN: [&str; 13] = [
    "domain",
    "website",
    "companydomain",
    "url",
    "companywebsite",
    "companyurl",
    "site",
    "homepage",
    "web",
    "webpage",
    "websiteurl",
    "domainname",
    "webseite",
];

/// Where the columns that are read stand, from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InputColumns {
    pub domain: usize,
    pub icp: Option<usize>,
    pub buyer_roles: Option<usize>,
    pub max_contacts: Option<usize>,
    pub drafts: Option<usize>,
    pub freshness_days: Option<usize>,
    pub run: Option<usize>,
    /// Only lists have it; a sheet's rows go to its own results tab.
    pub deliver_to: Option<usize>,
}

impl InputColumns {
    /// By the names in a header row; `None` when no column is one of domains.
    pub fn find(headers: &[String]) -> Option<Self> {
        let names: Vec<String> = headers.iter().map(|header| folded(header)).collect();
        let place = |wanted: &[&str]| {
            // The earlier name in the list wins over the column further left.
            wanted
                .iter()
                .find_map(|name| names.iter().position(|header| header == name))
        };
        Some(Self {
            domain: place(&DOMAIN)?,
            icp: place(&["icp", "idealcustomerprofile"]),
            buyer_roles: place(&["buyerroles", "buyerrole", "roles"]),
            max_contacts: place(&["maxcontacts", "contacts"]),
            drafts: place(&["drafts", "maxdrafts"]),
            freshness_days: place(&["freshnessdays", "freshness"]),
            run: place(&["run"]),
            deliver_to: place(&["deliverto"]),
        })
    }
}

/// A header without its case, blanks and punctuation.
pub fn folded(header: &str) -> String {
    header
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a cell of a `Run` column says yes.
pub fn is_ticked(cell: &str) -> bool {
    let lower = cell.to_lowercase();
    matches!(
        lower.as_str(),
        "true" | "yes" | "y" | "x" | "1" | "✓" | "✔" | "☑" | "ja" | "wahr"
    )
}
