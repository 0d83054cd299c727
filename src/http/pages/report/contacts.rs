//! People to write to.

use serde_json::Value;

use super::fields::Fields;
use super::shown::{Others, Room, Text};
use super::words::Share;

const NAMES: [&str; 6] = [
    "name",
    "fullname",
    "contactname",
    "displayname",
    "person",
    "value",
];
const FIRST_NAMES: [&str; 2] = ["firstname", "givenname"];
const LAST_NAMES: [&str; 3] = ["lastname", "familyname", "surname"];
const ROLES: [&str; 7] = [
    "role",
    "jobtitle",
    "title",
    "position",
    "contactrole",
    "contacttitle",
    "headline",
];
const EMAILS: [&str; 5] = ["email", "emailaddress", "workemail", "contactemail", "mail"];
const PROFILES: [&str; 9] = [
    "linkedin",
    "linkedinurl",
    "linkedinprofile",
    "profileurl",
    "profile",
    "profilelink",
    "publicprofileurl",
    "url",
    "link",
];
const RATIONALES: [&str; 8] = [
    "rationale",
    "reason",
    "reasoning",
    "why",
    "whythem",
    "whythisperson",
    "justification",
    "explanation",
];
const CONFIDENCES: [&str; 5] = [
    "confidence",
    "confidencescore",
    "score",
    "matchscore",
    "match",
];

/// A person to write to.
pub struct Contact {
    pub name: String,
    pub role: Option<String>,
    pub confidence: Option<Share>,
    pub email: Option<Text>,
    pub profile: Option<Text>,
    pub rationale: Option<Text>,
    pub others: Others,
}

impl Contact {
    /// Of any value: what is no object is shown all the same.
    pub fn read(value: &Value, number: usize, room: &mut Room) -> Self {
        let mut fields = Fields::of(value);
        let name = fields.heading(&NAMES).or_else(|| {
            let parts = [fields.heading(&FIRST_NAMES), fields.heading(&LAST_NAMES)];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        });
        Self {
            name: name.unwrap_or_else(|| format!("Contact {number}")),
            role: fields.heading(&ROLES),
            confidence: fields.share(&CONFIDENCES),
            email: fields.text(room, &EMAILS),
            profile: fields.text(room, &PROFILES),
            rationale: fields.text(room, &RATIONALES),
            others: fields.others(room),
        }
    }
}
