//! What a company was seen to do, with the evidence for it.

use serde_json::Value;

use super::fields::{Fields, Listed};
use super::shown::{Others, Room, Text};
use super::words::{Share, When, label};

const KINDS: [&str; 5] = ["type", "kind", "category", "signaltype", "signalkind"];
const TITLES: [&str; 6] = ["title", "headline", "name", "signal", "label", "value"];
const TEXTS: [&str; 8] = [
    "summary",
    "description",
    "text",
    "detail",
    "details",
    "snippet",
    "body",
    "why",
];
const STRENGTHS: [&str; 6] = [
    "strength",
    "confidence",
    "score",
    "relevance",
    "weight",
    "confidencescore",
];
const DATES: [&str; 14] = [
    "publishedat",
    "published",
    "publisheddate",
    "publicationdate",
    "date",
    "observedat",
    "observed",
    "detectedat",
    "signaldate",
    "seenat",
    "foundat",
    "timestamp",
    "createdat",
    "retrievedat",
];
/// Where evidence is found in a signal; all of them count.
const EVIDENCE: [&str; 14] = [
    "evidence",
    "evidences",
    "evidenceurl",
    "evidenceurls",
    "evidencelinks",
    "sources",
    "source",
    "sourceurl",
    "sourceurls",
    "url",
    "urls",
    "link",
    "links",
    "citations",
];
const ADDRESSES: [&str; 8] = [
    "url",
    "href",
    "link",
    "evidenceurl",
    "sourceurl",
    "uri",
    "address",
    "value",
];
const SOURCES: [&str; 6] = ["title", "headline", "name", "source", "publisher", "site"];
const QUOTES: [&str; 6] = [
    "quote",
    "snippet",
    "excerpt",
    "text",
    "summary",
    "description",
];

/// A sign that a company may want to buy, and what shows it.
pub struct Signal {
    pub kind: Option<String>,
    pub title: String,
    pub when: Option<When>,
    pub strength: Option<Share>,
    pub text: Option<Text>,
    pub evidence: Listed<Evidence>,
    pub others: Others,
}

/// Where a signal was seen.
pub struct Evidence {
    pub title: Option<String>,
    pub address: Option<Text>,
    pub when: Option<When>,
    pub quote: Option<Text>,
    pub others: Others,
}

impl Signal {
    /// Of any value: what is no object is shown all the same.
    pub fn read(value: &Value, number: usize, room: &mut Room) -> Self {
        let mut fields = Fields::of(value);
        let found = Listed::read_within(&fields.all(&EVIDENCE), room, Evidence::read);
        let mut evidence = Listed::<Evidence> {
            left_out: found.left_out,
            ..Listed::default()
        };
        for one in found.items {
            if !evidence.items.iter().any(|seen| one.only_repeats(seen)) {
                evidence.items.push(one);
            }
        }
        Self {
            kind: fields.badge(&KINDS).map(|kind| label(&kind)),
            title: fields
                .heading(&TITLES)
                .unwrap_or_else(|| format!("Signal {number}")),
            when: fields.when(&DATES),
            strength: fields.share(&STRENGTHS),
            text: fields.text(room, &TEXTS),
            evidence,
            others: fields.others(room),
        }
    }
}

impl Evidence {
    fn read(value: &Value, _number: usize, room: &mut Room) -> Self {
        let mut fields = Fields::of(value);
        Self {
            address: fields.text(room, &ADDRESSES),
            title: fields.heading(&SOURCES),
            when: fields.when(&DATES),
            quote: fields.text(room, &QUOTES),
            others: fields.others(room),
        }
    }

    /// It is the address of another one and says nothing besides.
    fn only_repeats(&self, other: &Evidence) -> bool {
        fn text(evidence: &Evidence) -> Option<&str> {
            evidence.address.as_ref().map(|a| a.text.as_str())
        }
        text(self).is_some()
            && text(self) == text(other)
            && self.title.is_none()
            && self.when.is_none()
            && self.quote.is_none()
            && self.others.is_empty()
    }
}
