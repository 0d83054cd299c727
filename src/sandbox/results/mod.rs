//! Invented results in the shape of the contract's `WarmLeadResult`. Everything in them
//! follows from the domain, the seed and the run's own request, and every part that could be
//! mistaken for the real thing says that it is not.

mod hostile;
mod people;
mod rows;
mod signals;

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use self::people::Person;
use self::signals::Signal;
use super::run::Run;
use super::story::{Fate, random_for};

/// Stands in every account, contact and row.
const NOTE: &str = "Invented sandbox data, not a real person";

const INDUSTRIES: [&str; 6] = [
    "Software",
    "Logistics",
    "Health technology",
    "Manufacturing",
    "Retail",
    "Professional services",
];

/// The result of a run that has ended; null when it failed.
pub(super) fn of(run: &Run, seed: u64, base_url: &str) -> Value {
    let draft = Draft::new(run, seed, base_url);
    match run.story.fate {
        Fate::Failed => Value::Null,
        Fate::Blocked => draft.partial(),
        Fate::Report => draft.whole(),
        Fate::ReportWithoutRows => without_rows(draft.whole()),
        Fate::HostileReport => hostile::poison(draft.whole()),
    }
}

fn without_rows(mut result: Value) -> Value {
    if let Some(fields) = result.as_object_mut() {
        fields.remove("exportRows");
    }
    result
}

/// What a result is put together from.
struct Draft<'a> {
    run: &'a Run,
    base_url: &'a str,
    random: StdRng,
    signals: Vec<Signal>,
    people: Vec<Person>,
}

impl<'a> Draft<'a> {
    fn new(run: &'a Run, seed: u64, base_url: &'a str) -> Self {
        let mut random = random_for(&run.request.normalized_domain, seed, "result");
        let signals = signals::invent(run, &mut random);
        let people = people::invent(&run.request.options, &mut random);
        Self {
            run,
            base_url,
            random,
            signals,
            people,
        }
    }

    fn company_domain(&self) -> &str {
        &self.run.request.normalized_domain
    }

    fn whole(mut self) -> Value {
        let account = self.account();
        let contacts: Vec<Value> = self.people.iter().map(Person::contact).collect();
        let drafts = self.drafts();
        let rows = rows::invent(
            &self.run.request,
            &self.signals,
            &self.people,
            &mut self.random,
        );
        json!({
            "runId": self.run.id,
            "status": self.run.story.end().as_str(),
            "account": account,
            "signals": self.signal_values(),
            "contacts": contacts,
            "scoring": self.scoring(),
            "drafts": drafts,
            "policy": {"allowed": true, "checks": ["public_sources_only", "no_personal_addresses"]},
            "counters": self.counters(contacts.len(), drafts.len()),
            "exportRows": rows,
            "exportUrls": self.export_urls(),
        })
    }

    /// What a blocked run has found before it was blocked: signals, but nobody to write to.
    fn partial(mut self) -> Value {
        json!({
            "runId": self.run.id,
            "status": self.run.story.end().as_str(),
            "account": self.account(),
            "signals": self.signal_values(),
            "contacts": [],
            "scoring": self.scoring(),
            "drafts": [],
            "policy": {"allowed": false, "reason": "no_permitted_contact"},
            "counters": self.counters(0, 0),
        })
    }

    fn account(&mut self) -> Value {
        json!({
            "domain": self.company_domain(),
            "name": company_name(self.company_domain()),
            "industry": INDUSTRIES.choose(&mut self.random),
            "employees": self.random.random_range(2..500) * 5,
            "icp": self.run.request.options.icp,
            "note": "Invented by the warmsheet sandbox",
        })
    }

    fn signal_values(&self) -> Vec<Value> {
        self.signals.iter().map(Signal::value).collect()
    }

    fn drafts(&self) -> Vec<Value> {
        self.people
            .iter()
            .take(self.run.request.options.drafts)
            .zip(self.signals.iter().cycle())
            .map(|(person, signal)| {
                json!({
                    "to": person.email(),
                    "channel": "email",
                    "subject": signal.subject(),
                    "body": person.letter(signal),
                    "note": NOTE,
                })
            })
            .collect()
    }

    fn scoring(&mut self) -> Value {
        let (fit, timing) = (
            self.random.random_range(40..=100),
            self.random.random_range(30..=100),
        );
        json!({
            "score": (fit + timing) / 2,
            "tier": if fit + timing >= 140 { "hot" } else { "warm" },
            "breakdown": {"fit": fit, "timing": timing},
        })
    }

    fn counters(&self, contacts: usize, drafts: usize) -> Value {
        json!({"signals": self.signals.len(), "contacts": contacts, "drafts": drafts})
    }

    fn export_urls(&self) -> Value {
        let url = |format: &str| {
            format!(
                "{}/api/agent/citedy-warm-lead/{}/export?format={format}",
                self.base_url, self.run.id
            )
        };
        json!({"json": url("json"), "csv": url("csv"), "xlsx": url("xlsx")})
    }
}

/// `acme-corp.com` becomes `Acme Corp (invented)`.
fn company_name(domain: &str) -> String {
    let label = domain.split('.').next().unwrap_or(domain);
    let words: Vec<String> = label
        .split('-')
        .filter(|word| !word.is_empty())
        .map(|word| {
            // Domains are ASCII here, so the first byte is the first letter.
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        })
        .collect();
    format!("{} (invented)", words.join(" "))
}

#[cfg(test)]
mod tests;
