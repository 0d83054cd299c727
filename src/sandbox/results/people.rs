//! Invented people. Their names say so, and their addresses lead nowhere.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use super::NOTE;
use super::signals::Signal;
use crate::sandbox::request::Options;

const LAST_NAMES: [&str; 8] = [
    "Alder", "Birch", "Cedar", "Elm", "Hazel", "Linden", "Rowan", "Willow",
];
const ROLES: [&str; 5] = [
    "Head of Marketing",
    "Head of Growth",
    "VP Content",
    "Founder",
    "SEO Lead",
];

pub(super) struct Person {
    last_name: &'static str,
    role: String,
    confidence: f64,
}

/// One person to the run's `maxContacts`, in the roles it asked for when it did.
pub(super) fn invent(options: &Options, random: &mut StdRng) -> Vec<Person> {
    let count = random.random_range(1..=options.max_contacts);
    let names: Vec<&'static str> = LAST_NAMES.sample(random, count).copied().collect();
    let usual: Vec<String> = ROLES.map(str::to_owned).to_vec();
    let roles = if options.buyer_roles.is_empty() {
        &usual
    } else {
        &options.buyer_roles
    };
    names
        .into_iter()
        .map(|last_name| Person {
            last_name,
            role: roles.choose(random).cloned().unwrap_or_default(),
            confidence: f64::from(random.random_range(50..=99)) / 100.0,
        })
        .collect()
}

impl Person {
    pub(super) fn name(&self) -> String {
        format!("Sample Person {}", self.last_name)
    }

    pub(super) fn email(&self) -> String {
        format!("{}@example.com", self.slug())
    }

    pub(super) fn profile_url(&self) -> String {
        format!("https://example.com/people/{}", self.slug())
    }

    pub(super) fn role(&self) -> &str {
        &self.role
    }

    pub(super) fn confidence(&self) -> f64 {
        self.confidence
    }

    fn slug(&self) -> String {
        format!("sample.person.{}", self.last_name.to_lowercase())
    }

    pub(super) fn rationale(&self) -> String {
        format!("Invented: as {}, would own the budget.", self.role)
    }

    pub(super) fn letter(&self, signal: &Signal) -> String {
        format!(
            "Hello {},\n\nwe read at {} that {}.\nThis letter was invented by a sandbox; do not send it.\n\nBest regards",
            self.name(),
            signal.evidence_url(),
            signal.title(),
        )
    }

    pub(super) fn contact(&self) -> Value {
        json!({
            "name": self.name(),
            "role": self.role,
            "email": self.email(),
            "profile_url": self.profile_url(),
            "rationale": self.rationale(),
            "confidence": self.confidence,
            "note": NOTE,
        })
    }
}
