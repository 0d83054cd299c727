//! Invented signals: something that a company is said to have done, with a place and a date.

use chrono::{NaiveDate, TimeDelta};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use crate::sandbox::run::Run;

/// Kind, headline and an opening for a letter.
const KINDS: [(&str, &str, &str); 6] = [
    (
        "hiring",
        "is hiring for content marketing",
        "Your open content role",
    ),
    (
        "launch",
        "announced a new product line",
        "Your product launch",
    ),
    (
        "funding",
        "reported a funding round",
        "What comes after your round",
    ),
    (
        "expansion",
        "opened an office abroad",
        "Content for your new market",
    ),
    ("website", "relaunched its website", "Your new website"),
    ("event", "spoke at an industry event", "Your talk"),
];

pub(super) struct Signal {
    kind: &'static str,
    title: String,
    subject: &'static str,
    evidence_url: String,
    published: NaiveDate,
    strength: f64,
}

/// One to three signals from within the run's look-back.
pub(super) fn invent(run: &Run, random: &mut StdRng) -> Vec<Signal> {
    let domain = &run.request.normalized_domain;
    let count = random.random_range(1..=3);
    KINDS
        .sample(random, count)
        .copied()
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(kind, headline, subject)| {
            let age = TimeDelta::days(random.random_range(0..run.request.options.freshness_days));
            Signal {
                kind,
                title: format!("{domain} {headline} (invented)"),
                subject,
                evidence_url: format!("https://example.com/evidence/{domain}/{kind}"),
                published: (run.created_at - age).date_naive(),
                strength: f64::from(random.random_range(30..=100)) / 100.0,
            }
        })
        .collect()
}

impl Signal {
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    pub(super) fn subject(&self) -> &'static str {
        self.subject
    }

    pub(super) fn evidence_url(&self) -> &str {
        &self.evidence_url
    }

    /// `2026-02-25`.
    pub(super) fn date(&self) -> String {
        self.published.to_string()
    }

    pub(super) fn strength(&self) -> f64 {
        self.strength
    }

    pub(super) fn kinds<'a>(signals: &'a [Signal]) -> impl Iterator<Item = &'static str> + 'a {
        signals.iter().map(|signal| signal.kind)
    }

    pub(super) fn value(&self) -> Value {
        json!({
            "type": self.kind,
            "title": self.title,
            "evidence": [{"url": self.evidence_url, "published_at": self.date()}],
            "strength": self.strength,
        })
    }
}
