//! How a column of results looks. The keys of a result are not published, so a column is
//! dressed by what its name says of its contents.

/// A column of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub header: String,
    /// In characters.
    pub width: f64,
}

const LONG_TEXTS: [&str; 10] = [
    "message",
    "draft",
    "rationale",
    "summary",
    "why",
    "evidence",
    "reason",
    "description",
    "text",
    "note",
];
const ADDRESSES: [&str; 4] = ["url", "link", "email", "source"];
const TITLES: [&str; 3] = ["subject", "title", "signal"];
const FIGURES: [&str; 5] = ["score", "confidence", "count", "days", "credits"];

impl Column {
    pub fn new(header: &str, width: f64) -> Self {
        Self {
            header: header.to_owned(),
            width,
        }
    }

    pub fn of_result(key: &str) -> Self {
        let name = key.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        // Addresses come first: a "message_url" is an address.
        let width = if name == "row" {
            6.0
        } else if name == "lead_id" || name == "run_id" {
            20.0
        } else if has(&ADDRESSES) {
            32.0
        } else if has(&LONG_TEXTS) {
            48.0
        } else if has(&TITLES) {
            32.0
        } else if has(&FIGURES) {
            12.0
        } else {
            (name.chars().count() as f64 + 4.0).clamp(16.0, 30.0)
        };
        Self::new(key, width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_its_name_suggests() {
        for (key, width) in [
            ("drafts.1.body_text", 48.0),
            ("contact.linkedin_url", 32.0),
            ("message_link", 32.0),
            ("roles", 16.0),
            ("fit_score", 12.0),
            ("row", 6.0),
        ] {
            let column = Column::of_result(key);
            assert_eq!(column.width, width, "{key}");
        }
    }
}
