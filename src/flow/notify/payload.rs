//! The message of one event, as a program reads it: `{"type": …, "timestamp": …, "data": {…}}`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use url::Url;

use crate::flow::ports::{Notice, NoticeMessage};
use crate::lead::notice::NoticeKind;

/// Longer words of others are cut, characters.
const LONGEST_WORDS: usize = 300;

/// One event; `public` is where people reach this service.
pub fn message(notice: &Notice, public: Option<&Url>) -> NoticeMessage {
    let body = json!({
        "type": notice.kind,
        "timestamp": time(notice.at),
        "data": data(notice, public),
    });
    NoticeMessage {
        id: notice.id.clone(),
        body: body.to_string().into_bytes(),
    }
}

pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Where a person sees more; of a low balance, where to top up is another.
pub(super) fn link(notice: &Notice, public: Option<&Url>) -> Option<String> {
    let path = match notice.kind {
        NoticeKind::LeadDelivered | NoticeKind::LeadFailed => {
            format!("/leads/{}", notice.lead.as_ref()?.id)
        }
        NoticeKind::BatchFinished => format!("/batches/{}", notice.batch.as_ref()?.id),
        NoticeKind::Paused | NoticeKind::BalanceLow => "/".to_owned(),
    };
    let mut url = public?.clone();
    url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
    Some(url.into())
}

/// Why a lead is where it is, fit for others.
pub(super) fn reason(notice: &Notice) -> Option<String> {
    let lead = notice.lead.as_ref()?;
    Some(harmless(&lead.reason)).filter(|reason| !reason.is_empty())
}

/// What a pause or a low balance says.
pub(super) fn words(notice: &Notice) -> String {
    harmless(notice.detail["message"].as_str().unwrap_or_default())
}

/// How many leads of a batch ended in which way, in the order of a lead's life.
pub(super) fn counts(notice: &Notice) -> Vec<(String, u64)> {
    let counted = notice.detail["leads"].as_object();
    let mut counts: Vec<(String, u64)> = counted
        .into_iter()
        .flatten()
        .map(|(status, count)| (status.clone(), count.as_u64().unwrap_or_default()))
        .collect();
    counts.sort_by_key(|(status, _)| {
        let place = |known: &crate::lead::Status| known.as_str() == status;
        crate::lead::Status::ALL.iter().position(place)
    });
    counts
}

fn data(notice: &Notice, public: Option<&Url>) -> Value {
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            data.insert(name.to_owned(), value);
        }
    };
    let detail = &notice.detail;
    match notice.kind {
        NoticeKind::LeadDelivered | NoticeKind::LeadFailed => {
            if let Some(lead) = &notice.lead {
                put("id", json!(lead.id));
                put("domain", json!(lead.domain));
                put("rows", json!(lead.rows));
            }
            put("status", json!(notice.status));
            put("reason", json!(reason(notice)));
            put("attempt", json!(notice.attempt));
            put("credits", detail["credits"].clone());
            put(
                "batchId",
                json!(notice.batch.as_ref().map(|batch| &batch.id)),
            );
        }
        NoticeKind::BatchFinished => {
            if let Some(batch) = &notice.batch {
                put("id", json!(batch.id));
                put("source", json!(batch.source));
            }
            let counts: Map<String, Value> = counts(notice)
                .into_iter()
                .map(|(status, count)| (status, count.into()))
                .collect();
            put("leads", counts.into());
            put("credits", detail["credits"].clone());
        }
        NoticeKind::Paused => {
            put("kind", json!(notice.status));
            put("message", json!(words(notice)));
            put("topUp", detail["topUp"].clone());
        }
        NoticeKind::BalanceLow => {
            put("credits", detail["credits"].clone());
            put("message", json!(words(notice)));
            put("topUp", detail["topUp"].clone());
        }
    }
    put("link", json!(link(notice, public)));
    data.into()
}

/// Others' words on one line, cut, and without what looks like an e-mail address.
fn harmless(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .map(|word| if word.contains('@') { "\u{2026}" } else { word })
        .collect();
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST_WORDS) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::flow::ports::{NoticeBatch, NoticeLead};

    pub fn notice(kind: NoticeKind, status: &str, detail: Value) -> Notice {
        Notice {
            seq: 1,
            id: "msg_1".to_owned(),
            kind,
            at: "2026-03-01T12:00:00.5Z".parse().expect("a time"),
            status: Some(status.to_owned()),
            attempt: None,
            detail,
            lead: None,
            batch: None,
        }
    }

    pub fn lead_notice(kind: NoticeKind, status: &str, domain: &str, reason: &str) -> Notice {
        Notice {
            attempt: Some(1),
            lead: Some(NoticeLead {
                id: "L7K3QF9XM2TDA".to_owned(),
                domain: Some(domain.to_owned()),
                reason: reason.to_owned(),
                rows: 3,
            }),
            batch: Some(NoticeBatch {
                id: "B7K3QF9XM2TDA".to_owned(),
                source: "api".to_owned(),
            }),
            ..notice(kind, status, json!({"credits": 40}))
        }
    }

    fn body(notice: &Notice, public: Option<&str>) -> Value {
        let public = public.map(|url| Url::parse(url).expect("an address"));
        serde_json::from_slice(&message(notice, public.as_ref()).body).expect("JSON")
    }

    #[test]
    fn a_lead_is_told_with_its_numbers_and_a_link_below_the_public_address() {
        let notice = lead_notice(NoticeKind::LeadDelivered, "completed", "acme.com", "");
        let expected = json!({
            "type": "lead.delivered",
            "timestamp": "2026-03-01T12:00:00.500Z",
            "data": {
                "id": "L7K3QF9XM2TDA", "domain": "acme.com", "rows": 3, "status": "completed",
                "attempt": 1, "credits": 40, "batchId": "B7K3QF9XM2TDA",
                "link": "https://leads.acme.com/in/leads/L7K3QF9XM2TDA",
            },
        });
        assert_eq!(body(&notice, Some("https://leads.acme.com/in/")), expected);
        assert_eq!(body(&notice, None)["data"]["link"], Value::Null);
    }

    #[test]
    fn others_words_are_cut_and_tell_no_address() {
        let long = format!("ask\n<jane@acme.com> at{}", " once".repeat(200));
        let notice = lead_notice(NoticeKind::LeadFailed, "failed", "acme.com", &long);
        let reason = body(&notice, None)["data"]["reason"].to_string();
        assert!(reason.starts_with("\"ask \u{2026} at once"), "{reason}");
        assert!(reason.chars().count() < 310 && !reason.contains('@'));
    }

    #[test]
    fn a_batch_tells_its_leads_by_state_in_the_order_of_their_life() {
        let detail = json!({"leads": {"failed": 1, "completed": 2}, "credits": 120});
        let mut notice = notice(NoticeKind::BatchFinished, "", detail);
        notice.batch = lead_notice(NoticeKind::LeadFailed, "", "", "").batch;
        let told = body(&notice, Some("https://acme.com"))["data"].to_string();
        assert_eq!(
            told,
            "{\"id\":\"B7K3QF9XM2TDA\",\"source\":\"api\",\"leads\":{\"completed\":2,\"failed\":1},\
             \"credits\":120,\"link\":\"https://acme.com/batches/B7K3QF9XM2TDA\"}"
        );
    }
}
