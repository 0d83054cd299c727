//! Whatever a result is, its page stands.

use askama::Template;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{html, seen};
use crate::http::pages::report::result::ResultParts;
use crate::http::pages::report::shown::DEEPEST;
use crate::http::pages::view::web_link;

/// Texts as strangers write them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z<>&\"' ]{0,12}",
        any::<String>(),
        Just("javascript:alert(1)".to_owned()),
        Just("javascript://acme.com/%0Aalert(1)".to_owned()),
        Just("https://example.com/a?b=\"c\"".to_owned()),
        Just("2026-02-25T10:00:00Z".to_owned()),
        Just("<script>alert(1)</script>".to_owned()),
        "[x ]{1990,2010}",
    ]
}

/// Names that have a place on the page, and others.
fn name() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "account",
        "signals",
        "contacts",
        "drafts",
        "scoring",
        "policy",
        "name",
        "title",
        "url",
        "evidence",
        "source",
        "type",
        "date",
        "confidence",
        "score",
        "breakdown",
        "body",
        "subject",
        "to",
        "email",
        "reason",
        "allowed",
        "firstName",
        "exportRows",
        "result",
        "status",
        "value",
    ];
    prop_oneof![
        4 => prop::sample::select(KNOWN).prop_map(str::to_owned),
        1 => text(),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        (0.0..120.0).prop_map(|number: f64| json!(number)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..8)
                .prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

/// Every text that a page must tell somewhere: all but those in lists within lists so deep that
/// they are left to the raw JSON.
fn texts(value: &Value, depth: usize, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        _ if depth >= DEEPEST => {}
        Value::Array(items) => items.iter().for_each(|item| texts(item, depth + 1, into)),
        Value::Object(fields) => fields
            .values()
            .for_each(|value| texts(value, depth + 1, into)),
        _ => {}
    }
}

/// The texts of a page as its reader sees them, and where its links lead.
fn told(page: &str) -> String {
    let links = page
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let times = page
        .split("datetime=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let places: Vec<&str> = links.chain(times).collect();
    format!("{} {}", seen(page), seen(&places.join(" ")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_value_becomes_a_page_that_cannot_run(result in value()) {
        let page = html(&result);
        prop_assert!(!page.contains("<script") && !page.contains("<img"));
        for href in page.split("href=\"").skip(1) {
            prop_assert!(href.starts_with("http://") || href.starts_with("https://"), "{}", href);
        }
        let links = page.matches("<a ").count();
        prop_assert_eq!(page.matches("rel=\"noopener noreferrer nofollow\"").count(), links);
        for tag in ["div", "details", "ul", "li", "dl", "section", "span", "p", "article", "h3"] {
            let opened = page.matches(&format!("<{tag} ")).count() + page.matches(&format!("<{tag}>")).count();
            prop_assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{}", tag);
        }
    }

    #[test]
    fn every_text_of_any_value_is_told(fields in prop::collection::vec((name(), value()), 0..6)) {
        let mut result = Map::from_iter(fields);
        // These are told in a table, among the facts, or not at all.
        for elsewhere in ["exportRows", "status", "runId"] {
            result.remove(elsewhere);
        }
        result.retain(|name, _| {
            let name = super::super::words::plain(name);
            !["exporturls", "exportrows", "status", "runid"].contains(&name.as_str())
        });
        let result = Value::Object(result);
        let page = html(&result);
        let told = told(&page);
        let mut wanted = Vec::new();
        for value in result.as_object().into_iter().flat_map(Map::values) {
            texts(value, 0, &mut wanted);
        }
        for text in wanted {
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let known = told.contains(&words)
                || web_link(&text).is_some_and(|link| told.contains(&link))
                || label_is_told(&told, &words);
            prop_assert!(known, "{:?} is lost: {}", words, told);
        }
    }
}

/// Kinds, channels and tiers are told as labels.
fn label_is_told(told: &str, words: &str) -> bool {
    words.chars().count() <= 40 && told.contains(&super::super::words::label(words))
}

#[test]
fn an_empty_page_is_a_page() {
    let parts = ResultParts::default();
    assert!(parts.is_empty());
    assert_eq!(super::Parts { parts }.render().expect("HTML").trim(), "");
}
