//! Results of the size that Citedy's answers may have, made to cost as much as they can.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{html, html_of_run, seen};
use crate::flow::ports::ResultView;
use crate::http::pages::report::facts::Raw;
use crate::http::pages::report::result::ResultParts;

/// The largest answer, bytes.
const LARGEST: usize = 8 * 1024 * 1024;
/// Bytes of a page's part that shows a result, whatever that is.
const MOST_SHOWN: usize = 2 * 1024 * 1024;

/// Entries of a list or of an object.
const MANY: usize = 100_000;

/// Many entries, each made of its number, as far as they fit into the largest answer.
fn filled(entry: impl Fn(&mut String, usize)) -> String {
    let mut text = String::new();
    for number in 0..MANY {
        if number > 0 {
            text.push(',');
        }
        entry(&mut text, number);
        if text.len() > LARGEST {
            break;
        }
    }
    text
}

/// The page's part of a result that comes as text.
fn html_of(result: &str) -> String {
    let run = format!("{{\"result\":{result}}}");
    html_of_run(&serde_json::from_str(&run).expect("JSON"))
}

/// Each of another spelling, and all of them one name.
fn spelt(name: &str, number: usize) -> String {
    let mut spelt = name.to_owned();
    for bit in 0..17 {
        spelt.push(if number >> bit & 1 == 1 { '_' } else { '-' });
    }
    spelt
}

#[test]
fn a_signal_with_evidence_under_any_number_of_names_shows_some_and_counts_the_rest() {
    let signal = filled(|text, n| {
        let name = spelt("url", n);
        write!(text, "\"{name}\":\"https://a.com/{n}\"").expect("a text");
    });
    let page = html_of(&format!("{{\"signals\":[{{{signal}}}]}}"));
    assert_eq!(page.matches("https://a.com/").count(), 50);
    let more = format!("{} more are in the raw JSON.", MANY - 50);
    assert!(seen(&page).contains(&more), "{}", page.len());
}

#[test]
fn repeated_evidence_is_told_once_however_often_it_comes() {
    let evidence = vec!["https://a.com/1"; 100_000];
    let page = html(&json!({"signals": [{"title": "One", "evidence": evidence}]}));
    assert_eq!(page.matches("https://a.com/1").count(), 1);
}

#[test]
fn evidence_of_all_signals_together_is_bounded() {
    let evidence: Vec<Value> = (0..50)
        .map(|n| json!({"title": "t".repeat(200), "text": format!("evidence {n}")}))
        .collect();
    let signals = vec![json!({"title": "One", "evidence": evidence}); 50];
    let page = html(&json!({"signals": signals}));
    assert_eq!(page.matches("<blockquote>").count(), 400);
    assert_eq!(page.matches("50 more are in the raw JSON.").count(), 42);
}

#[test]
fn lists_of_any_length_end() {
    for (part, entry) in [
        ("signals", r#"{"title":"t","url":"https://a.com/"}"#),
        ("contacts", r#"{"name":"n","email":"a@b.com","x":[1,[2]]}"#),
        ("drafts", r#"{"body":"b","to":"t"}"#),
        ("scoring", r#"{"name":"n","score":1}"#),
        ("newest", r#"{"k":["v",null,{"d":1}]}"#),
    ] {
        let list = filled(|text, _| text.push_str(entry));
        let page = html_of(&format!("{{\"{part}\":[{list}]}}"));
        assert!(page.contains("raw JSON"), "{part}");
        assert!(page.len() < MOST_SHOWN, "{part}: {} bytes", page.len());
    }
}

#[test]
fn an_object_of_any_number_of_keys_ends_wherever_it_stands() {
    let keys = filled(|text, n| {
        let name = spelt("title", n);
        write!(text, "\"{name}\":\"a text of some length\"").expect("a text");
    });
    for (before, after) in [
        (r#"{"account":{"#, "}}"),
        (r#"{"signals":[{"#, "}]}"),
        (r#"{"scoring":{"breakdown":{"#, "}}}"),
        ("{", "}"),
    ] {
        let page = html_of(&format!("{before}{keys}{after}"));
        assert!(page.contains("raw JSON"), "{before}");
        assert!(page.len() < MOST_SHOWN, "{before}: {} bytes", page.len());
    }
}

#[test]
fn nesting_and_names_and_texts_of_any_length_end() {
    let deep = format!("{}1{}", "[{\"a\":".repeat(50), "}]".repeat(50));
    let deep = filled(|text, _| text.push_str(&deep));
    let name = "a_".repeat(LARGEST / 2);
    let text = "a <".repeat(LARGEST / 12);
    let address = format!("https://a.com/{}", "a/../".repeat(LARGEST / 20));
    let page = html_of(&format!("{{\"x\":[{deep}]}}"));
    assert!(page.len() < MOST_SHOWN, "deep: {} bytes", page.len());
    for (what, result) in [
        ("a name", json!({name: 1})),
        (
            "a text",
            json!({"signals": [{"title": text, "text": text}]}),
        ),
        ("an address", json!({"contacts": [{"profile": address}]})),
    ] {
        let page = html(&result);
        assert!(page.len() < MOST_SHOWN, "{what}: {} bytes", page.len());
    }
    let others = json!({"status": "completed", "result": {}, "x": text});
    assert!(html_of_run(&others).len() < MOST_SHOWN);
}

#[test]
fn headings_and_names_cannot_fill_a_page() {
    let heading = "\u{1f600}".repeat(199);
    let keys = filled(|text, n| {
        let name = format!("{n}{heading}");
        write!(text, "\"{name}\":1").expect("a text");
    });
    let page = html_of(&format!("{{{keys}}}"));
    assert!(page.len() < MOST_SHOWN, "{} bytes", page.len());
    let evidence = vec![json!({"title": heading, "url": "https://a.com/"}); 400];
    let signals = vec![json!({"title": heading, "evidence": evidence}); 400];
    let parts = json!({"result": {"signals": signals}});
    let parts = ResultParts::read(&parts);
    let evidence = parts.signals.items.iter().map(|s| s.evidence.items.len());
    assert_eq!(
        (parts.signals.items.len(), evidence.sum::<usize>()),
        (50, 400)
    );
}

#[test]
fn the_beginning_of_a_long_run_is_shown_and_the_rest_is_never_written() {
    let shown = |run: &Value| {
        Raw::new(ResultView {
            run_id: "r1".into(),
            stored_at: chrono::Utc::now(),
            run: run.clone(),
        })
    };
    let run = json!({"id": "r1", "list": [1, {"a": "\u{e4}"}]});
    let whole = shown(&run);
    assert!(!whole.cut);
    assert_eq!(
        whole.json,
        serde_json::to_string_pretty(&run).expect("JSON")
    );
    // A character of two bytes stands at the limit, whichever of the two.
    for start in ["", "a"] {
        let run = json!([format!("{start}{}", "\u{e4}".repeat(LARGEST / 16))]);
        let long = shown(&run);
        assert!(long.cut && long.json.ends_with('\u{e4}'));
        assert!((256 * 1024 - 1..=256 * 1024).contains(&long.json.len()));
        let all = serde_json::to_string_pretty(&run).expect("JSON");
        assert!(all.starts_with(&long.json));
    }
}
