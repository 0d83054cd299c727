use std::collections::BTreeMap;

use super::*;

fn submission(answers: &[(&str, &str)]) -> Submission {
    let answers = answers
        .iter()
        .map(|(name, value)| Answer::new(*name, *value));
    Submission {
        id: None,
        answers: answers.collect(),
    }
}

fn guessed(answers: &[(&str, &str)]) -> Mapped {
    Mapping::default().read(&submission(answers), &RawOptions::default())
}

#[test]
fn a_domain_is_found_by_what_such_fields_are_called() {
    for name in [
        "Company website",
        "URL",
        "company_domain",
        "Site",
        "What is your company\u{2019}s website?",
        "Webseite",
    ] {
        let mapped = guessed(&[
            ("Name", "Jane"),
            (name, " acme.com "),
            ("Email", "j@globex.com"),
        ]);
        assert_eq!(mapped.domain, "acme.com", "{name}");
        assert_eq!(mapped.refused, None);
    }
}

#[test]
fn a_work_address_names_the_company_and_its_reader_is_forgotten() {
    for (typed, host) in [
        ("jane.doe@acme.com", "acme.com"),
        ("Jane <jane.doe@mail.Acme.com>", "acme.com"),
        ("mailto:jane.doe@acme.co.uk?subject=x", "acme.co.uk"),
    ] {
        for name in ["Work e-mail", "Website"] {
            let mapped = guessed(&[(name, typed)]);
            assert_eq!(mapped.domain, host, "{typed}");
            assert_eq!(mapped.refused, None);
        }
    }
    let odd = guessed(&[("Email", "jane.doe@localhost")]);
    assert!(odd.refused.is_some());
    let all = guessed(&[
        ("Email", "jane.doe@gmail.com"),
        ("Buyer roles", "jane.doe@acme.com"),
    ]);
    assert_eq!(all.domain, "gmail.com");
    assert!(
        all.refused
            .as_ref()
            .is_some_and(|why| why.contains("gmail.com")),
        "{all:?}"
    );
    assert!(!format!("{all:?}{odd:?}").contains("jane"), "{all:?}");
}

#[test]
fn what_was_typed_counts_more_than_the_address_unless_it_is_no_domain_at_all() {
    let both = |typed| guessed(&[("Website", typed), ("Email", "jane@globex.com")]).domain;
    assert_eq!(both("acme.com"), "acme.com");
    assert_eq!(both("https://www.acme.com/en/about?x=1"), "acme.com");
    assert_eq!(both("acme,com"), "globex.com");
    assert_eq!(both("n/a"), "globex.com");
    assert_eq!(both("  "), "globex.com");
    assert_eq!(guessed(&[("Website", "none")]).domain, "none");
}

#[test]
fn a_mapping_that_was_set_is_not_guessed_over() {
    let named = BTreeMap::from([
        (Field::Domain, vec!["Where do you work?".to_owned()]),
        (Field::Drafts, vec!["question_7".to_owned()]),
    ]);
    let mapping = Mapping::new(named);
    let defaults = RawOptions {
        icp: Some("vertical-saas".to_owned()),
        ..RawOptions::default()
    };
    let sent = submission(&[
        ("Website", "globex.com"),
        ("where do you work", "acme.com"),
        ("QUESTION 7", "2"),
    ]);
    let mapped = mapping.read(&sent, &defaults);
    assert_eq!(mapped.domain, "acme.com");
    assert_eq!(mapped.options.drafts.as_deref(), Some("2"));
    assert_eq!(mapped.options.icp.as_deref(), Some("vertical-saas"));
    let without = mapping.read(&submission(&[("Website", "globex.com")]), &defaults);
    assert!(without.refused.is_some());
}

#[test]
fn what_came_is_named_by_its_titles_and_never_by_what_was_typed() {
    let mapped = guessed(&[
        ("Full name", "Jane Planted"),
        ("Message", "planted"),
        ("j@x.com", "1"),
    ]);
    let why = mapped.refused.expect("no company");
    for word in ["Full name", "Message", "fields = {", "[[forms]]"] {
        assert!(why.contains(word), "{why}");
    }
    assert!(
        !why.to_lowercase().contains("planted") && !why.contains("j@x"),
        "{why}"
    );
}

#[test]
fn of_long_and_many_titles_only_so_much_is_told() {
    let whole_body = r#"{"name":"#.to_owned() + &"x".repeat(500) + "planted";
    let with_address = format!("{} jane@acme.com", "y".repeat(80));
    let many: Vec<String> = (0..50).map(|n| format!("Question {n}")).collect();
    let mut answers = vec![(whole_body.as_str(), "1"), (with_address.as_str(), "1")];
    answers.extend(many.iter().map(|title| (title.as_str(), "1")));
    let why = guessed(&answers).refused.expect("no company");
    assert!(!why.contains("planted") && !why.contains("jane"), "{why}");
    assert!(!why.contains("yyy"), "{why}");
    assert!(why.matches("Question").count() <= 20, "{why}");
    assert!(why.chars().count() < 1200, "{why}");
}
