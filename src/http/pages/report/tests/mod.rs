//! Results well formed, odd and hostile.

mod any;
mod large;
mod timeline;

use askama::Template;
use serde_json::{Value, json};

use super::result::ResultParts;

/// What a page shows of a result, without its frame.
#[derive(Template)]
#[template(
    source = "{% if let Some(name) = parts.account.name %}<h1>{{ name }}</h1>{% endif %}\
              {% include \"lead/main.html\" %}{% include \"lead/side.html\" %}",
    ext = "html"
)]
struct Parts {
    parts: ResultParts,
}

/// The page's part of a run as Citedy answers it.
fn html_of_run(run: &Value) -> String {
    let parts = ResultParts::read(run);
    Parts { parts }.render().expect("HTML")
}

fn html(result: &Value) -> String {
    html_of_run(&json!({"id": "r1", "status": "completed", "result": result}))
}

/// What a browser would show of the page: tags away, entities read, spaces made one.
fn seen(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    let read = text
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&");
    read.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_report_is_shown_part_by_part() {
    let page = html(&json!({
        "account": {"name": "Acme", "industry": "Software", "description": "Makes things."},
        "signals": [{
            "type": "hiring_push", "title": "Hires ten writers", "strength": 0.8,
            "evidence": [{"url": "https://news.example.com/acme", "published_at": "2026-02-25"}],
        }],
        "contacts": [{
            "name": "Ann Alder", "role": "VP Content", "email": "ann@example.com",
            "profile_url": "https://example.com/in/ann", "rationale": "Owns the budget.",
            "confidence": 0.93,
        }],
        "scoring": {"score": 71, "tier": "hot", "breakdown": {"fit": 80, "timing": 62}},
        "drafts": [{"to": "ann@example.com", "subject": "Hello", "body": "Dear Ann,\n\nbye"}],
        "policy": {"allowed": true, "checks": ["public_sources_only"]},
        "counters": {"signals": 1},
    }));
    let seen = seen(&page);
    for part in [
        "Acme Company Makes things. Industry Software",
        "Hiring push Strength 80 % Hires ten writers news.example.com /acme 25 Feb 2026",
        "Ann Alder VP Content Confidence 93 % Owns the budget. E-mail ann@example.com",
        "Profile example.com /in/ann",
        "read, check and change it before you send it.",
        "To ann@example.com Subject Hello Copy Copy Dear Ann, bye",
        "Score 71 Hot Fit 80 Timing 62",
        "Policy Allowed Checks public_sources_only",
        "Everything else Counters Signals 1",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert!(
        page.contains("Dear Ann,\n\nbye"),
        "line breaks stay: {page}"
    );
    assert!(page.contains(r#"data-copy="draft-1-body""#), "{page}");
    assert!(page.contains(r#"datetime="2026-02-25""#), "{page}");
}

#[test]
fn other_names_and_case_styles_find_the_same_places() {
    let page = html(&json!({
        "company": {"companyName": "Acme"},
        "signals": [{
            "signalType": "Funding", "headline": "Raised money", "observedAt": 1_772_013_600,
            "evidenceUrl": "https://a.com/1", "sources": ["https://a.com/1", "https://b.com/2"],
        }],
        "people": [{
            "first_name": "Ann", "lastName": "Alder", "Job Title": "CEO", "why": "Decides.",
            "confidenceScore": 87, "linkedin": "https://linkedin.com/in/ann",
        }],
        "drafts": ["Only a text"],
        "scoring": 64,
        "policy": "public sources only",
    }));
    let seen = seen(&page);
    for part in [
        "Acme",
        "Funding 25 Feb 2026, 10:00 Raised money a.com /1 b.com /2",
        "Ann Alder CEO Confidence 87 % Decides. Profile linkedin.com /in/ann",
        "Draft 1 Copy Only a text",
        "Score 64",
        "Policy Value public sources only",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert_eq!(page.matches("https://a.com/1").count(), 1, "told once");
}

#[test]
fn what_has_no_place_is_shown_below_and_nothing_is_lost() {
    let page = html_of_run(&json!({
        "id": "r1", "status": "blocked", "provider_counters": {"pages_read": 21},
        "blocked_reason": "a reason", "polish": ["unheard of"],
        "result": {
            "account": {"name": ["a", "list"], "deep": {"er": [{"still": "here"}]}},
            "signals": {"title": 7, "title ": "twice"},
            "contacts": [{"name": null, "role": {"en": "Head"}, "shoeSize": 44}, "just a name", 3],
            "drafts": [{"body": ["one", "two"], "subject": false}],
            "scoring": {"breakdown": {"fit": "good"}, "score": {"total": 9}},
            "newest": {"thing": [1, [2, [3]]]},
        },
    }));
    let seen = seen(&page);
    for part in [
        "Name a list",
        "Er Still here",
        "twice",
        "Role En Head",
        "Shoe size 44",
        "just a name",
        "Contact 1",
        "Body one two",
        "Breakdown Fit good",
        "Score Total 9",
        "Newest Thing 1 2 3",
        "Pages read 21",
        "Blocked reason a reason",
        "Polish unheard of",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
}

#[test]
fn a_run_without_a_result_or_with_nonsense_shows_what_there_is() {
    assert!(ResultParts::read(&json!({"id": "r1", "status": "failed", "result": null})).is_empty());
    assert!(ResultParts::read(&json!(null)).is_empty());
    for (run, part) in [
        (json!({"result": "only words"}), "Value only words"),
        (json!({"result": [1, "two"]}), "Value 1 two"),
        (json!(["no run"]), "Value no run"),
    ] {
        assert!(seen(&html_of_run(&run)).contains(part), "{run}");
    }
}

#[test]
fn nothing_in_a_result_can_run_or_lead_astray() {
    let script = "<script>alert(1)</script>";
    let image = "\"><img src=x onerror=alert(1)>";
    let page = html(&json!({
        "account": {"name": script, "website": "javascript://acme.com/%0Aalert(1)", script: image},
        "signals": [{"type": image, "title": image, "url": " javascript:alert(1)", "date": script}],
        "contacts": [{"name": script, "profile_url": "data:text/html,x", "confidence": image}],
        "drafts": [{"subject": image, "body": script, "channel": script}],
        "scoring": {"tier": script, "breakdown": {script: 1}},
        "policy": {"reason": script},
        "exportUrls": {"json": "https://elsewhere.example.com/steal", "csv": "javascript:alert(1)"},
    }));
    assert!(
        !page.contains("<script") && !page.contains("<img"),
        "{page}"
    );
    assert!(
        !page.contains("href="),
        "nothing in it may be followed: {page}"
    );
    assert!(
        !page.contains("elsewhere"),
        "export addresses are left out: {page}"
    );
    assert!(seen(&page).contains(script) && seen(&page).contains(image));
}

#[test]
fn long_lists_end_and_long_texts_are_folded() {
    let long = "a b ".repeat(10_000);
    let many: Vec<Value> = (0..1000).map(|n| json!({"title": n.to_string()})).collect();
    let page = html(&json!({
        "account": {"name": long.clone()},
        "signals": many,
        "drafts": [{"body": long.clone()}],
    }));
    assert_eq!(page.matches(long.trim_end()).count(), 2);
    assert_eq!(page.matches("<details").count(), 2);
    assert!(page.contains("950 more are in the raw JSON"));
    let body = page.find(r#"id="draft-1-body""#).expect("a body");
    assert!(page[body..].starts_with(&format!(r#"id="draft-1-body">{long}<"#)));
}
