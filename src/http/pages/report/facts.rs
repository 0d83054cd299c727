//! What is known of a lead besides its report.

use std::io;

use crate::flow::health::Sheets;
use crate::flow::ports::{LeadView, ResultView};
use crate::http::pages::options::given;
use crate::http::pages::view::{Moment, origin};
use crate::lead::money::credits_and_usd;

/// Longest raw run that a page shows, bytes; a browser struggles with more.
const LONGEST_RAW: usize = 256 * 1024;

/// What is known of a lead; blanks are left out.
pub fn facts(lead: &LeadView, sheets: &Sheets) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Lead", lead.id.to_string())];
    if lead
        .domain
        .as_ref()
        .is_some_and(|domain| *domain != lead.input)
    {
        facts.push(("Typed as", lead.input.clone()));
    }
    facts.push(("Source", origin(lead.source, &lead.source_name, sheets)));
    facts.extend(lead.row.map(|row| ("Row", row.to_string())));
    facts.extend(lead.external_id.clone().map(|id| ("External id", id)));
    facts.push(("Attempt", lead.attempt.to_string()));
    facts.extend(lead.run_id.clone().map(|id| ("Run", id)));
    facts.extend(lead.run_status.clone().map(|status| ("Run status", status)));
    facts.push(("Charged", credits_and_usd(lead.credits)));
    if let Some(from) = &lead.reused_from {
        let day = from.reported_at.format("%Y-%m-%d");
        facts.push(("Reused from", format!("{}, reported on {day}", from.lead)));
    }
    let options = given(&lead.options);
    if options.is_empty() {
        facts.push(("Options", "Citedy\u{2019}s defaults".to_owned()));
    }
    facts.extend(options);
    facts
}

/// The stored run as Citedy answered it.
pub struct Raw {
    pub stored: Moment,
    pub run_id: String,
    pub json: String,
    /// Longer than what is shown.
    pub cut: bool,
}

impl Raw {
    pub fn new(result: ResultView) -> Self {
        let mut beginning = Beginning::default();
        // It fails only once it is full.
        let cut = serde_json::to_writer_pretty(&mut beginning, &result.run).is_err();
        let mut json = beginning.0;
        if let Err(split) = std::str::from_utf8(&json) {
            json.truncate(split.valid_up_to());
        }
        let json = String::from_utf8(json).unwrap_or_default();
        Self {
            stored: result.stored_at.into(),
            run_id: result.run_id,
            json,
            cut,
        }
    }
}

/// What is written, up to the limit; then writing ends with an error.
#[derive(Default)]
struct Beginning(Vec<u8>);

impl io::Write for Beginning {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(LONGEST_RAW - self.0.len());
        self.0.extend_from_slice(&bytes[..taken]);
        // Nothing taken of something is an error to whoever writes.
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
