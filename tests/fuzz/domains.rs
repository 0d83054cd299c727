//! What people type where a domain belongs.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use warmsheet::lead::CompanyDomain;

use crate::mutate::mutated_text;
use crate::run::fuzz;

const SEEDS: &[&str] = &[
    "acme.com",
    "https://www.Acme.co.uk/",
    "http://user:secret@acme.com:8080/path?query=1#part",
    "www.www.acme.com.",
    "münchen-bücher.de",
    "xn--mnchen-3ya.de",
    "пример.рф",
    "例え。テスト",
    "faß.de",
    "\u{200b}acme.com\u{feff}",
    "\u{201c}acme.com\u{201d}, globex.com",
    "Jane Doe <jane@acme.com>",
    "mailto:jane@acme.com?subject=hi",
    "linkedin.com/company/acme",
    "acme.github.io",
    "192.168.0.1",
    "[2001:db8::1]:443",
    "0x7f.1",
    "http//acme.com",
    "ftp://acme.com",
    "acme_shop.com",
    "*.acme.com",
    "a.b.c.d.e.f.g.h.acme.com",
    "xn--a.com",
    "\u{ff41}\u{ff43}\u{ff4d}\u{ff45}\u{ff0e}com",
    "a\u{200d}b.com",
    "acme.com/globex.com/initech.com",
    "paypa\u{04cf}.com",
    "",
];

/// What a reason may hold of the text it is about: a few names of at most 253 characters.
const LONGEST_REASON: usize = 2_000;

fn holds(text: &str) -> TestCaseResult {
    let domain = match CompanyDomain::parse(text) {
        Ok(domain) => domain,
        Err(error) => {
            let words = error.to_string();
            prop_assert!(!words.is_empty() && words.chars().count() <= LONGEST_REASON);
            prop_assert!(!words.contains(['\n', '\r', '\0', '\u{1b}']), "{:?}", words);
            if let Some(meant) = error.suggestion() {
                prop_assert!(CompanyDomain::parse(meant).is_ok(), "suggests {:?}", meant);
            }
            return Ok(());
        }
    };
    let name = domain.as_str();
    prop_assert!(text.len() <= 64 * 1024);
    prop_assert!((4..=253).contains(&name.len()), "{} long", name.len());
    prop_assert!(name.split('.').all(|label| (1..=63).contains(&label.len())));
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    prop_assert!(name.bytes().all(plain), "{}", name);
    prop_assert!(psl::domain(name.as_bytes()).is_some(), "{}", name);
    // What was taken off the front is all that differs, so nothing beside the host came through.
    prop_assert!(!name.starts_with("www."));
    for again in [name, &domain.display(), &format!("https://{name}/")] {
        prop_assert_eq!(CompanyDomain::parse(again), Ok(domain.clone()));
    }
    for more in ["/path", "?a=b", "#part", ":8080"] {
        let more = format!("https://{name}{more}");
        prop_assert!(CompanyDomain::parse(&more).is_err(), "{}", more);
    }
    let with_login = format!("https://user:secret@{name}");
    prop_assert!(CompanyDomain::parse(&with_login).is_err());
    Ok(())
}

#[test]
fn whatever_is_typed_an_accepted_domain_is_a_companys_name_and_nothing_else() {
    fuzz("domains", 1_500, mutated_text(SEEDS), |text| holds(&text));
}

#[test]
fn a_text_of_any_length_is_answered_at_once() {
    let piece = prop::sample::select(SEEDS);
    let long = (piece, "[ .,/@:%\\[]?", 1..3_000_usize)
        .prop_map(|(piece, joint, times)| format!("{piece}{joint}").repeat(times));
    let capped = long.prop_map(|mut text| {
        let end = (0..=70_000.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
        text
    });
    fuzz("long_domains", 40, capped, |text| holds(&text));
}
