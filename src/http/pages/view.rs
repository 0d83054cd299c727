//! Leads and filters as pages show them: plain strings, ready to print.

use chrono::{DateTime, Utc};
use url::Url;

use crate::flow::guard::Guard;
use crate::flow::health::Sheets;
use crate::flow::ports::{LeadView, Source};
use crate::flow::story::{gone, tell};
use crate::lead::{CompanyDomain, Status};

/// A state's short name, for tiles and lists.
pub fn status_name(status: Status) -> &'static str {
    match status {
        Status::Held => "Waiting for approval",
        Status::Queued => "Queued",
        Status::Starting => "Starting",
        Status::Waiting => "Under way",
        Status::Completed => "Done",
        Status::Reused => "Reused",
        Status::Blocked => "Blocked",
        Status::Failed => "Failed",
        Status::Rejected => "Not usable",
        Status::Parked => "Needs a look",
        Status::Cancelled => "Cancelled",
    }
}

/// The style sheet's word for what a state asks of a person.
pub fn tone(status: Status) -> &'static str {
    match status {
        Status::Held | Status::Parked => "ask",
        Status::Queued => "wait",
        Status::Starting | Status::Waiting => "busy",
        Status::Completed | Status::Reused => "good",
        Status::Blocked | Status::Failed | Status::Rejected => "bad",
        Status::Cancelled => "off",
    }
}

pub fn source_name(source: Source) -> &'static str {
    match source {
        Source::Form => "Form",
        Source::Api => "API",
        Source::Folder => "Folder",
        Source::Run => "Command line",
        Source::Sheet => "Google Sheet",
    }
}

/// Source and file in one: "Folder, companies.csv"; a spreadsheet by its title, once that is
/// known.
pub fn origin(source: Source, name: &str, sheets: &Sheets) -> String {
    let title = sheets
        .get(name)
        .filter(|sheet| source == Source::Sheet && !sheet.title.is_empty());
    let shown = title.map_or_else(|| source.shown_name(name), |sheet| sheet.title.as_str());
    if shown.is_empty() {
        source_name(source).to_owned()
    } else {
        format!("{}, {shown}", source_name(source))
    }
}

/// A time for people and, with its zone, for programs.
pub struct Moment {
    pub text: String,
    pub machine: String,
}

impl From<DateTime<Utc>> for Moment {
    fn from(time: DateTime<Utc>) -> Self {
        Self {
            text: time.format("%Y-%m-%d %H:%M").to_string(),
            machine: time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

/// Where a lead is: a word for the badge and what there is to say besides.
pub struct StatusLine {
    pub badge: String,
    pub tone: &'static str,
    pub message: String,
}

impl StatusLine {
    pub fn new(lead: &LeadView, guard: &Guard) -> Self {
        let story = tell(lead, guard);
        // A long status such as "Invalid: has a path; did you mean acme.com?" is a badge and
        // the beginning of the message.
        let (badge, cause) = match story.status.split_once(": ") {
            Some((badge, cause)) => (badge.to_owned(), sentence(cause)),
            None => (story.status, String::new()),
        };
        let message = [cause, sentence(&story.message)]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        Self {
            badge,
            tone: tone(lead.status),
            message,
        }
    }
}

impl StatusLine {
    /// Why a result that was there is not any more; empty if that is not so.
    pub fn gone(lead: &LeadView) -> String {
        gone(lead).unwrap_or_default()
    }
}

/// One line of the list of leads.
pub struct LeadLine {
    pub id: String,
    /// Normalised, or as typed if it is no domain.
    pub domain: String,
    pub told: StatusLine,
    pub origin: String,
    pub credits: i64,
    pub updated: Moment,
}

impl LeadLine {
    pub fn new(lead: &LeadView, guard: &Guard, sheets: &Sheets) -> Self {
        Self {
            id: lead.id.to_string(),
            domain: shown_domain(lead),
            told: StatusLine::new(lead, guard),
            origin: origin(lead.source, &lead.source_name, sheets),
            credits: lead.credits,
            updated: lead.updated_at.into(),
        }
    }
}

/// The normalised domain in its own script, or what was typed instead of one.
pub fn shown_domain(lead: &LeadView) -> String {
    let normalised = lead.domain.as_deref().map(|domain| {
        CompanyDomain::parse(domain).map_or_else(|_| domain.to_owned(), |known| known.display())
    });
    let shown = normalised.unwrap_or_else(|| lead.input.trim().to_owned());
    if shown.is_empty() {
        "(nothing typed)".to_owned()
    } else {
        shown
    }
}

/// `text` as a sentence: a capital at its beginning and a full stop at its end.
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    // "acme.com has no website" begins with a name, which keeps its spelling.
    let first_word = text.split_whitespace().next().unwrap_or_default();
    let is_name = first_word.trim_end_matches('.').contains(['.', '/', '_']);
    let mut sentence = if is_name {
        text.to_owned()
    } else {
        first.to_uppercase().chain(characters).collect()
    };
    if !sentence.ends_with(['.', '!', '?', '\u{2026}']) {
        sentence.push('.');
    }
    sentence
}

/// Bytes of an address; some browsers follow no longer ones.
const LONGEST_LINK: usize = 4096;

/// The address if a browser may follow it: `http` and `https`, nothing that could run.
pub fn web_link(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > LONGEST_LINK {
        return None;
    }
    // Two addresses on two lines would be parsed as one that nobody wrote.
    if text.contains(char::is_whitespace) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::health::SheetHealth;

    #[test]
    fn only_web_addresses_are_links() {
        assert!(web_link(" https://acme.com/a?b ").is_some());
        for wrong in [
            "javascript:alert(1)",
            "data:text/html,x",
            "acme.com",
            "//acme.com",
            "https://acme.com/\nhttps://globex.com/",
            "",
        ] {
            assert_eq!(web_link(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_sentence_begins_large_and_ends_with_a_stop() {
        assert_eq!(
            sentence("has a path; did you mean acme.com?"),
            "Has a path; did you mean acme.com?"
        );
        assert_eq!(sentence("the report is ready"), "The report is ready.");
        assert_eq!(
            sentence("acme.com has no website"),
            "acme.com has no website."
        );
        assert_eq!(sentence("  "), "");
    }

    #[test]
    fn a_file_is_named_with_its_source() {
        assert_eq!(
            origin(Source::Folder, "companies.csv", &Sheets::new()),
            "Folder, companies.csv"
        );
        assert_eq!(origin(Source::Form, "", &Sheets::new()), "Form");
        let health = SheetHealth {
            title: "Campaign".into(),
            ..SheetHealth::default()
        };
        let sheets = Sheets::from([("1Sheet".to_owned(), health)]);
        let named = origin(Source::Sheet, "1Sheet", &sheets);
        assert_eq!(named, "Google Sheet, Campaign");
    }
}
