//! Letters that a person may send, once they have read and changed them.

use serde_json::Value;

use super::fields::Fields;
use super::shown::{Others, Room, Text};
use super::words::label;

const RECIPIENTS: [&str; 8] = [
    "to",
    "recipient",
    "recipientemail",
    "recipientname",
    "contact",
    "contactname",
    "contactemail",
    "email",
];
const CHANNELS: [&str; 4] = ["channel", "type", "kind", "medium"];
const STATES: [&str; 3] = ["status", "state", "reviewstatus"];
const SUBJECTS: [&str; 4] = ["subject", "subjectline", "title", "headline"];
const BODIES: [&str; 9] = [
    "body", "text", "message", "content", "bodytext", "draft", "email", "html", "value",
];

/// A letter that somebody may send once they have read it.
pub struct Draft {
    /// From 1; ids of the page are made of it.
    pub number: usize,
    pub to: Option<Text>,
    pub channel: Option<String>,
    pub state: Option<String>,
    pub subject: Option<Text>,
    pub body: Option<Text>,
    pub others: Others,
}

impl Draft {
    /// Of any value: what is no object is shown all the same.
    pub fn read(value: &Value, number: usize, room: &mut Room) -> Self {
        let mut fields = Fields::of(value);
        // The body first: in a draft without one, `email` is whom it goes to.
        let body = fields.text(room, &BODIES[..6]);
        let to = fields.text(room, &RECIPIENTS);
        Self {
            number,
            body: body.or_else(|| fields.text(room, &BODIES[6..])),
            to,
            channel: fields.badge(&CHANNELS).map(|channel| label(&channel)),
            state: fields.badge(&STATES).map(|state| label(&state)),
            subject: fields.text(room, &SUBJECTS),
            others: fields.others(room),
        }
    }
}
