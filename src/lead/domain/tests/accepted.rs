use super::{CompanyDomain, DomainError, ok, refused};

#[test]
fn what_people_paste_becomes_the_plain_domain() {
    for (input, domain) in [
        ("acme.com", "acme.com"),
        ("ACME.Com", "acme.com"),
        ("acme.com.", "acme.com"),
        ("www.acme.com", "acme.com"),
        ("WWW.ACME.COM", "acme.com"),
        ("www.www.acme.com", "acme.com"),
        ("https://acme.com", "acme.com"),
        ("HTTP://acme.com/", "acme.com"),
        ("https://www.acme.co.uk/", "acme.co.uk"),
        ("acme.com/", "acme.com"),
        ("  acme.com\t\r\n", "acme.com"),
        ("\u{feff}acme.com", "acme.com"),
        ("\u{a0}acme.com\u{a0}", "acme.com"),
        ("ac\u{200b}me.com\u{200b}", "acme.com"),
        ("ac\u{ad}me.com", "acme.com"),
        ("\u{202a}acme.com\u{202c}", "acme.com"),
        ("\u{3000}acme.com\u{2003}", "acme.com"),
        ("\"acme.com\"", "acme.com"),
        ("'acme.com'", "acme.com"),
        ("\u{201c}acme.com\u{201d}", "acme.com"),
        ("\u{201e}acme.com\u{201c}", "acme.com"),
        ("<https://acme.com>", "acme.com"),
        ("<https://acme.com/>,", "acme.com"),
        ("(acme.com)", "acme.com"),
        ("[acme.com]", "acme.com"),
        ("acme.com,", "acme.com"),
        ("acme.com;", "acme.com"),
        ("acme.com:", "acme.com"),
        ("\u{2022} acme.com", "acme.com"),
        ("`acme.com`", "acme.com"),
        ("acme\u{3002}com", "acme.com"),
        ("\u{ff41}\u{ff43}me.com", "acme.com"),
        ("https:\\\\acme.com", "acme.com"),
    ] {
        assert_eq!(ok(input), domain, "{input:?}");
    }
}

#[test]
fn subdomains_and_hosted_sites_are_kept() {
    for kept in [
        "shop.acme.com",
        "www2.acme.com",
        "a.b.c.acme.com",
        "acme.github.io",
        "acme.myshopify.com",
        "3m.com",
        "1-800-flowers.com",
        "t3n.de",
        "x.ai",
        "foo--bar.com",
        "netflix.com",
        "acme.city.kawasaki.jp",
    ] {
        assert_eq!(ok(kept), kept);
    }
}

#[test]
fn a_network_itself_is_a_company() {
    for company in [
        "linkedin.com",
        "https://www.linkedin.com/",
        "x.com",
        "github.com",
        "google.com",
    ] {
        CompanyDomain::parse(company).unwrap();
    }
}

#[test]
fn international_names_are_stored_in_ascii_and_shown_in_their_script() {
    for (input, ascii, shown) in [
        ("bücher.de", "xn--bcher-kva.de", "bücher.de"),
        ("BU\u{308}CHER.de", "xn--bcher-kva.de", "bücher.de"),
        ("XN--BCHER-KVA.de", "xn--bcher-kva.de", "bücher.de"),
        // Non-transitional: ß stays a letter of its own.
        ("straße.de", "xn--strae-oqa.de", "straße.de"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai", "пример.рф"),
        ("食狮.中国", "xn--85x722f.xn--fiqs8s", "食狮.中国"),
        // Looks like apple.com, in Cyrillic; and a mixture of two scripts.
        (
            "\u{430}\u{440}\u{440}\u{4cf}\u{435}.com",
            "xn--80ak6aa92e.com",
            "xn--80ak6aa92e.com",
        ),
        ("p\u{430}ypal.com", "xn--pypal-4ve.com", "xn--pypal-4ve.com"),
    ] {
        let domain = CompanyDomain::parse(input).unwrap();
        assert_eq!(domain.as_str(), ascii, "{input}");
        assert_eq!(domain.display(), shown, "{input}");
        assert_eq!(domain.to_string(), shown);
    }
}

#[test]
fn lengths_are_those_of_the_name_system() {
    let label = "a".repeat(63);
    ok(&format!("{label}.com"));
    assert_eq!(refused(&format!("{label}a.com")), DomainError::LabelTooLong);
    let front = format!("{label}.{label}.{label}.");
    let just = format!("{front}{}.com", "b".repeat(253 - front.len() - 4));
    assert_eq!(ok(&format!("https://www.{just}/")).len(), 253);
    assert_eq!(refused(&format!("b{just}")), DomainError::LabelTooLong);
    assert_eq!(refused(&format!("b.{just}")), DomainError::TooLong);
    assert_eq!(refused(&"a".repeat(10_000_000)), DomainError::TooLong);
}

#[test]
fn a_stored_domain_is_read_back_only_in_its_normal_form() {
    let stored = |text: &str| CompanyDomain::from_stored(text.to_owned());
    assert_eq!(stored("xn--bcher-kva.de").unwrap().display(), "bücher.de");
    for wrong in [
        "",
        "Acme.com",
        "www.acme.com",
        "acme.com.",
        "acme.com/",
        "co.uk",
        "acme",
        "bücher.de",
    ] {
        assert!(stored(wrong).is_err(), "{wrong}");
    }
}
