use super::{CompanyDomain, DomainError, refused};

#[test]
fn a_refusal_names_the_domain_that_was_probably_meant() {
    for (input, message) in [
        ("acme.com/about", "has a path; did you mean acme.com?"),
        (
            "https://www.acme.com/about/team?x=1#top",
            "has a path; did you mean acme.com?",
        ),
        (
            "acme.com?utm_source=x",
            "has a path; did you mean acme.com?",
        ),
        ("acme.com/#", "has a path; did you mean acme.com?"),
        ("acme.com//", "has a path; did you mean acme.com?"),
        (
            "https://bücher.de/laden",
            "has a path; did you mean bücher.de?",
        ),
        ("acme.com:8080", "has a port number; did you mean acme.com?"),
        (
            "https://acme.com:443/",
            "has a port number; did you mean acme.com?",
        ),
        (
            "https://jane:secret@acme.com/",
            "has a user name in it; did you mean acme.com?",
        ),
        (
            "jane:secret@acme.com",
            "has a user name in it; did you mean acme.com?",
        ),
        (
            "jane@acme.com",
            "is an e-mail address; did you mean acme.com?",
        ),
        (
            "mailto:jane@acme.com?subject=hi",
            "is an e-mail address; did you mean acme.com?",
        ),
        (
            "Jane Doe <jane@acme.com>",
            "is an e-mail address; did you mean acme.com?",
        ),
        ("@acme.com", "is an e-mail address; did you mean acme.com?"),
        (
            "ftp://acme.com/file",
            "begins with ftp:, which is no website; did you mean acme.com?",
        ),
        (
            "Website:acme.com",
            "begins with Website:, which is no website; did you mean acme.com?",
        ),
        (
            "http//acme.com",
            "begins with http// instead of https://; did you mean acme.com?",
        ),
        (
            "https:/acme.com",
            "begins with https:/ instead of https://; did you mean acme.com?",
        ),
        (
            "https:acme.com",
            "begins with https: instead of https://; did you mean acme.com?",
        ),
        (
            "https:///acme.com",
            "begins with https:/// instead of https://; did you mean acme.com?",
        ),
        (
            "//acme.com",
            "begins with // instead of https://; did you mean acme.com?",
        ),
        (
            "Acme Inc. acme.com",
            "has other text beside the domain; did you mean acme.com?",
        ),
        (
            "acme.com (main site)",
            "has other text beside the domain; did you mean acme.com?",
        ),
        (
            "Website: acme.com",
            "has other text beside the domain; did you mean acme.com?",
        ),
        ("see acme.com/about", "has a path; did you mean acme.com?"),
        (
            "acme.com www.acme.com",
            "has other text beside the domain; did you mean acme.com?",
        ),
        (
            "=HYPERLINK(\"https://acme.com\")",
            "has other text beside the domain; did you mean acme.com?",
        ),
        (
            "https://https://acme.com",
            "has other text beside the domain; did you mean acme.com?",
        ),
        (
            "my_shop.acme.com",
            "has an underscore, which no company\u{2019}s domain has; did you mean acme.com?",
        ),
        (
            "*.acme.com",
            "has '*', which no domain has; did you mean acme.com?",
        ),
        (
            "acme..com",
            "has dots with nothing between them; did you mean acme.com?",
        ),
        (
            ".acme.com",
            "has dots with nothing between them; did you mean acme.com?",
        ),
        (
            "acme.com...",
            "has dots with nothing between them; did you mean acme.com?",
        ),
    ] {
        let error = refused(input);
        assert_eq!(error.to_string(), message, "{input:?}");
        let meant = error.suggestion().expect(input);
        assert!(
            CompanyDomain::parse(meant).is_ok(),
            "{input:?} suggests {meant}"
        );
    }
}

#[test]
fn a_profile_or_directory_page_never_suggests_the_site_that_shows_it() {
    for (input, site) in [
        ("https://www.linkedin.com/company/acme/", "linkedin.com"),
        ("https://de.linkedin.com/in/jane", "linkedin.com"),
        ("linkedin.com/company/acme, Acme Inc", "linkedin.com"),
        ("facebook.com/acme", "facebook.com"),
        ("https://m.facebook.com/acme", "facebook.com"),
        ("https://x.com/acme", "x.com"),
        ("twitter.com/acme", "twitter.com"),
        ("https://www.instagram.com/acme/", "instagram.com"),
        ("https://www.tiktok.com/@acme", "tiktok.com"),
        ("https://www.youtube.com/@acme", "youtube.com"),
        ("https://youtu.be/abc", "youtu.be"),
        ("https://github.com/acme", "github.com"),
        (
            "https://www.crunchbase.com/organization/acme",
            "crunchbase.com",
        ),
        ("acme.tumblr.com", "tumblr.com"),
        ("https://medium.com/@acme", "medium.com"),
        ("https://linktr.ee/acme", "linktr.ee"),
        ("https://www.google.com/search?q=acme", "google.com"),
        ("https://bit.ly/3xyz", "bit.ly"),
        ("https://linkedin.com:443/company/acme", "linkedin.com"),
    ] {
        let error = refused(input);
        assert_eq!(error, DomainError::Profile { site: site.into() }, "{input}");
        assert_eq!(error.suggestion(), None);
        assert!(error.to_string().contains("own domain"), "{error}");
    }
    assert_eq!(refused("@acme"), DomainError::Handle);
    assert_eq!(
        refused("ftp://linkedin.com/company/acme").suggestion(),
        None
    );
    assert_eq!(refused("my_page.tumblr.com").suggestion(), None);
}

#[test]
fn a_link_through_another_site_suggests_its_target() {
    for link in [
        "https://l.facebook.com/l.php?u=https://acme.com",
        "https://www.google.com/url?q=https://acme.com/&sa=D",
    ] {
        assert_eq!(refused(link).suggestion(), Some("acme.com"), "{link}");
    }
}

#[test]
fn free_mail_says_nothing_about_a_company() {
    for address in [
        "jane@gmail.com",
        "jane@yahoo.co.uk",
        "jane@gmx.at",
        "mailto:jane@web.de",
        "a@b",
    ] {
        let error = refused(address);
        assert_eq!(error, DomainError::Email { suggestion: None }, "{address}");
        assert!(error.to_string().contains("own domain"), "{error}");
    }
}

#[test]
fn several_domains_in_one_cell_are_told_apart() {
    for input in [
        "acme.com, foo.org",
        "acme.com,foo.org",
        "acme.com;foo.org",
        "acme.com foo.org",
        "acme.com\nfoo.org",
        "acme.com | foo.org",
        "acme.com / foo.org",
        "acme.com/foo.org",
        "acme.com and foo.org",
        "acme.com & foo.org",
        "https://acme.comhttps://foo.org",
        "https://acme.com/about, jane@foo.org",
    ] {
        let error = refused(input);
        let found = vec!["acme.com".to_owned(), "foo.org".to_owned()];
        assert_eq!(error, DomainError::Several { found }, "{input:?}");
    }
    let many = refused(&"a.com b.com c.com d.com e.com ".repeat(1000));
    assert_eq!(
        many.to_string(),
        "has several domains (a.com, b.com, c.com, \u{2026}); give each a row of its own"
    );
}

#[test]
fn what_is_no_public_domain_is_refused_with_its_reason() {
    use DomainError as E;
    let unknown = |ending: &str| E::UnknownEnding {
        ending: ending.into(),
    };
    let shared = |ending: &str| E::PublicSuffix {
        ending: ending.into(),
    };
    for (input, error) in [
        ("", E::Empty),
        (" \u{200b}\u{a0} ", E::Empty),
        ("\"\"", E::Empty),
        (",", E::Empty),
        ("Acme Inc", E::Words),
        ("Acme, Inc.", E::Words),
        ("https://", E::Words),
        (".", E::Words),
        ("acme", E::SingleLabel),
        ("n/a", E::SingleLabel),
        ("www", E::SingleLabel),
        ("-", E::Hyphen),
        ("localhost", E::Localhost),
        ("http://localhost:3000/x", E::Localhost),
        ("app.localhost", E::Localhost),
        ("127.0.0.1", E::IpAddress),
        ("http://192.168.0.1:8080/x", E::IpAddress),
        ("10.1", E::IpAddress),
        ("::1", E::IpAddress),
        ("[2001:db8::1]:8080", E::IpAddress),
        ("http://[::1]/", E::IpAddress),
        ("fe80::1%eth0", E::IpAddress),
        ("printer.local", unknown("local")),
        ("wiki.internal", unknown("internal")),
        ("foo.test", unknown("test")),
        ("foo.example", unknown("example")),
        ("foo.invalid", unknown("invalid")),
        ("index.html", unknown("html")),
        ("acme.con", unknown("con")),
        ("facebookcorewwwi.onion", unknown("onion")),
        ("1.0.0.127.in-addr.arpa", unknown("arpa")),
        ("com", E::SingleLabel),
        ("Apple", E::SingleLabel),
        (
            "www.printer",
            E::UnknownEnding {
                ending: "printer".into(),
            },
        ),
        ("co.uk", shared("co.uk")),
        ("github.io", shared("github.io")),
        ("www.co.uk", shared("co.uk")),
        ("www.com", shared("com")),
        ("www.github.io", shared("github.io")),
        ("foo.ck", shared("foo.ck")),
        ("-acme.com", E::Hyphen),
        ("acme-.com", E::Hyphen),
        ("xn--\u{fffd}.com", E::International),
        ("xn--a.com", E::International),
    ] {
        assert_eq!(refused(input), error, "{input:?}");
    }
    assert!(matches!(
        refused("acme_.com"),
        E::Underscore { suggestion: None }
    ));
    assert!(matches!(
        refused("acme%20.com"),
        E::Character { character: '%', .. }
    ));
    assert!(matches!(
        refused("acme\0.com"),
        E::Character {
            character: '\0',
            ..
        }
    ));
    assert!(matches!(refused("javascript:alert(1)"), E::Scheme { .. }));
}
