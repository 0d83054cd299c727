//! A stored run split into the parts that a page shows. The inner shape of a result is not
//! published: what has a usual name is shown in its place, and everything else below.

use serde_json::Value;

use super::account::Account;
use super::contacts::Contact;
use super::drafts::Draft;
use super::fields::{Fields, Listed};
use super::score::{CONFIDENCES, Policy, Score};
use super::shown::{Others, Room, is_blank};
use super::signals::Signal;

/// What the page tells of a run elsewhere: facts and times.
const TOLD: [&str; 9] = [
    "id",
    "runid",
    "status",
    "domain",
    "normalizeddomain",
    "creditscharged",
    "createdat",
    "updatedat",
    "completedat",
];

/// What a stored run tells, by the places that pages have for it.
#[derive(Default)]
pub struct ResultParts {
    pub account: Account,
    pub score: Score,
    pub signals: Listed<Signal>,
    pub contacts: Listed<Contact>,
    pub drafts: Listed<Draft>,
    pub policy: Option<Policy>,
    /// What the result holds besides.
    pub others: Others,
    /// What the run holds besides its result.
    pub run: Others,
}

impl ResultParts {
    /// Reads a run as Citedy answered it.
    pub fn read(run: &Value) -> Self {
        let room = &mut Room::default();
        let mut fields = Fields::of(run);
        let result = fields.any(&["result"]);
        fields.leave_out(&TOLD, |value| !value.is_array() && !value.is_object());
        let mut parts = result.map_or_else(Self::default, |result| Self::of_result(result, room));
        parts.run = fields.others(room);
        parts
    }

    fn of_result(result: &Value, room: &mut Room) -> Self {
        let mut fields = Fields::of(result);
        fields.leave_out(&["runid", "status"], |value| {
            !value.is_array() && !value.is_object()
        });
        // A table of its own; and addresses on another host, where the key must not go.
        fields.leave_out(&["exportrows"], Value::is_array);
        fields.leave_out(&["exporturls"], |_| true);
        let account = fields.any(&["account", "company", "organization", "organisation"]);
        let score = fields.any(&["scoring", "score", "scores"]);
        let policy = fields.any(&["policy", "policies", "compliance"]);
        let signals = fields.any(&["signals", "signal"]);
        let contacts = fields.any(&["contacts", "contact", "people"]);
        let drafts = fields.any(&["drafts", "draft", "messages", "outreach"]);
        let mut score = score
            .map(|score| Score::read(score, room))
            .unwrap_or_default();
        if score.confidence.is_none() {
            score.confidence = fields.share(&CONFIDENCES);
        }
        Self {
            account: account
                .map(|account| Account::read(account, room))
                .unwrap_or_default(),
            score,
            policy: policy
                .filter(|policy| !is_blank(policy))
                .map(|policy| Policy::read(policy, room)),
            contacts: Listed::read(contacts, room, Contact::read),
            signals: Listed::read(signals, room, Signal::read),
            drafts: Listed::read(drafts, room, Draft::read),
            others: fields.others(room),
            run: Others::default(),
        }
    }

    /// There is something to read in the main column.
    pub fn is_empty(&self) -> bool {
        self.account.is_empty()
            && self.signals.items.is_empty()
            && self.contacts.items.is_empty()
            && self.drafts.items.is_empty()
            && self.others.is_empty()
            && self.run.is_empty()
    }
}
