use proptest::prelude::*;

use super::CompanyDomain;

/// Texts that come near a domain more often than random characters do.
fn messy() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z0-9-]{1,10}",
        "[A-Za-z0-9äöüßéñ_.-]{1,10}",
        "\\PC{1,6}",
        prop::sample::select(vec![
            "www.",
            "https://",
            "http:",
            "//",
            ".com",
            ".co.uk",
            ".de",
            ".рф",
            "xn--",
            "@",
            ":8080",
            "/",
            "?",
            " ",
            ",",
            "\u{200b}",
            "\u{feff}",
            "\"",
            "[",
            "]",
            "linkedin.com",
            "..",
            "\\",
            "\u{3002}",
            "\u{ff0e}",
            "%",
            "ẞ",
            "\u{200d}",
            "mailto:",
            "1.2.3.4",
            "::1",
            "github.io",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = CompanyDomain::parse(&text).map_err(|error| error.to_string());
    }

    #[test]
    fn normalising_twice_changes_nothing(text in messy()) {
        if let Ok(domain) = CompanyDomain::parse(&text) {
            prop_assert_eq!(CompanyDomain::parse(domain.as_str()), Ok(domain.clone()));
            prop_assert_eq!(CompanyDomain::parse(&domain.display()), Ok(domain.clone()));
            prop_assert_eq!(CompanyDomain::from_stored(domain.as_str().to_owned()), Ok(domain));
        }
    }

    #[test]
    fn an_accepted_domain_keeps_every_promise(text in messy()) {
        if let Ok(domain) = CompanyDomain::parse(&text) {
            let name = domain.as_str();
            prop_assert!(name.len() <= 253);
            prop_assert!(!name.starts_with("www.") && !name.ends_with('.'));
            prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b)));
            prop_assert!(psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known()));
            prop_assert!(psl::domain(name.as_bytes()).is_some());
        }
    }

    #[test]
    fn every_suggestion_would_be_accepted(text in messy()) {
        if let Err(error) = CompanyDomain::parse(&text)
            && let Some(meant) = error.suggestion()
        {
            prop_assert!(CompanyDomain::parse(meant).is_ok(), "{:?} suggests {:?}", text, meant);
        }
    }
}
