//! Several events as one message that people read: `{"text": …}`.

use url::Url;

use super::payload::{counts, link, reason, words};
use crate::flow::ports::{Notice, NoticeMessage};
use crate::lead::money::counted;
use crate::lead::notice::NoticeKind;

/// Lines of one message; what is more is counted.
const MOST_LINES: usize = 15;

/// One message about all of these; `public` is where people reach this service.
pub fn message(notices: &[&Notice], public: Option<&Url>) -> NoticeMessage {
    let news: Vec<&Notice> = notices
        .iter()
        .copied()
        .filter(|notice| !is_said_by_its_lead(notice, notices))
        .collect();
    let lines = news.iter().take(MOST_LINES);
    let mut lines: Vec<String> = lines.map(|notice| line(notice, public)).collect();
    if let more @ 1.. = news.len().saturating_sub(MOST_LINES) {
        let more = counted(more as u64, "other", "others");
        let page = linked("and", public.map(Url::as_str));
        lines.push(format!("\u{2026} {page} {more}"));
    }
    let body = serde_json::json!({"text": lines.join("\n")});
    NoticeMessage {
        id: notices
            .first()
            .map(|notice| notice.id.clone())
            .unwrap_or_default(),
        body: body.to_string().into_bytes(),
    }
}

/// That a batch of one lead has finished is no news beside the line about that lead.
fn is_said_by_its_lead(notice: &Notice, notices: &[&Notice]) -> bool {
    let of_its_lead = |other: &&Notice| other.lead.is_some() && other.batch == notice.batch;
    notice.kind == NoticeKind::BatchFinished
        && counts(notice).iter().map(|(_, count)| count).sum::<u64>() == 1
        && notices.iter().any(of_its_lead)
}

fn line(notice: &Notice, public: Option<&Url>) -> String {
    let link = link(notice, public);
    match notice.kind {
        NoticeKind::LeadDelivered | NoticeKind::LeadFailed => lead(notice, link.as_deref()),
        NoticeKind::BatchFinished => batch(notice, link.as_deref()),
        NoticeKind::Paused => {
            let heading = linked("Paused", link.as_deref());
            said(&heading, notice)
        }
        NoticeKind::BalanceLow => {
            let heading = linked("Credits are running low", link.as_deref());
            said(&heading, notice)
        }
    }
}

fn lead(notice: &Notice, link: Option<&str>) -> String {
    let lead = notice.lead.as_ref();
    let name = lead.and_then(|lead| lead.domain.as_deref().or(Some(&lead.id)));
    let name = linked(name.unwrap_or("a lead"), link);
    let verdict = match notice.status.as_deref().unwrap_or_default() {
        "completed" => "Done",
        "reused" => "Done, from a stored report",
        "blocked" => "Blocked",
        "parked" => "Needs a person",
        "rejected" => "Refused",
        _ => "Failed",
    };
    let mut line = format!("{verdict}: {name}");
    if let Some(rows @ 1..) = lead.map(|lead| lead.rows) {
        line.push_str(&format!(", {}", counted(rows, "row", "rows")));
    }
    if let Some(credits @ 1..) = notice.detail["credits"].as_u64() {
        line.push_str(&format!(", {}", counted(credits, "credit", "credits")));
    }
    if let Some(reason) = reason(notice) {
        line.push_str(&format!(". {}", escaped(&reason)));
    }
    line
}

fn batch(notice: &Notice, link: Option<&str>) -> String {
    let id = notice.batch.as_ref().map(|batch| batch.id.as_str());
    let name = linked(id.unwrap_or_default(), link);
    let counts: Vec<String> = counts(notice)
        .into_iter()
        .map(|(status, count)| format!("{count} {}", escaped(&status)))
        .collect();
    let credits = notice.detail["credits"].as_u64().unwrap_or_default();
    format!(
        "Batch {name} has finished: {}; {}",
        counts.join(", "),
        counted(credits, "credit", "credits")
    )
}

fn said(heading: &str, notice: &Notice) -> String {
    let mut line = format!("{heading}: {}", escaped(&words(notice)));
    let top_up = notice.detail["topUp"].as_str();
    if let Some(top_up) = top_up.filter(|link| link.starts_with("https://")) {
        line.push_str(&format!(" {}", linked("Top up", Some(top_up))));
    }
    line
}

/// `<address|label>`; only the label where there is no address.
fn linked(label: &str, address: Option<&str>) -> String {
    let label = escaped(label).replace('|', "/");
    match address {
        // A bar would end the address early.
        Some(address) => format!("<{}|{label}>", escaped(address).replace('|', "%7C")),
        None => label,
    }
}

/// The three characters that Slack reads as more than text; with them no mention can be smuggled in.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::payload::tests::{lead_notice, notice};
    use super::*;

    fn text(notices: &[&Notice]) -> String {
        let public = Url::parse("https://leads.acme.com").expect("an address");
        let body = message(notices, Some(&public)).body;
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        body["text"].as_str().expect("a text").to_owned()
    }

    #[test]
    fn a_line_says_what_became_of_a_lead_and_links_to_it() {
        let done = lead_notice(NoticeKind::LeadDelivered, "completed", "acme.com", "");
        assert_eq!(
            text(&[&done]),
            "Done: <https://leads.acme.com/leads/L7K3QF9XM2TDA|acme.com>, 3 rows, 40 credits"
        );
    }

    #[test]
    fn what_others_wrote_mentions_nobody_and_makes_no_link() {
        let hostile = "<!channel> see <https://evil.example|here> & run";
        let failed = lead_notice(NoticeKind::LeadFailed, "failed", "a|b.com", hostile);
        let text = text(&[&failed]);
        assert!(text.contains("|a/b.com>"), "{text}");
        assert!(
            text.ends_with("&lt;!channel&gt; see &lt;https://evil.example|here&gt; &amp; run"),
            "{text}"
        );
        assert_eq!(text.matches('<').count(), 1, "{text}");
    }

    #[test]
    fn a_batch_of_one_lead_is_no_news_beside_that_lead() {
        let done = lead_notice(NoticeKind::LeadDelivered, "completed", "acme.com", "");
        let finished = |leads: u64| Notice {
            batch: done.batch.clone(),
            ..notice(
                NoticeKind::BatchFinished,
                "",
                json!({"leads": {"completed": leads}, "credits": 40}),
            )
        };
        assert_eq!(text(&[&done, &finished(1)]).lines().count(), 1);
        assert_eq!(text(&[&done, &finished(2)]).lines().count(), 2);
        assert_eq!(text(&[&finished(1)]).lines().count(), 1);
    }

    #[test]
    fn many_events_are_one_message_that_counts_what_does_not_fit() {
        let done = lead_notice(NoticeKind::LeadDelivered, "completed", "acme.com", "");
        let many: Vec<&Notice> = std::iter::repeat_n(&done, 40).collect();
        let text = text(&many);
        assert_eq!(text.lines().count(), 16);
        assert!(text.ends_with("and> 25 others"), "{text}");
    }

    #[test]
    fn a_pause_and_a_low_balance_say_where_to_top_up() {
        let detail = json!({"message": "no credits", "topUp": "https://citedy.com/a?b=1&c=2"});
        let paused = notice(NoticeKind::Paused, "credits", detail);
        assert_eq!(
            text(&[&paused]),
            "<https://leads.acme.com/|Paused>: no credits \
             <https://citedy.com/a?b=1&amp;c=2|Top up>"
        );
    }
}
