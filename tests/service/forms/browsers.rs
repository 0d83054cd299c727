use super::{TOKEN, from_browser, leads, location, world};

const FORM: &str = r#"
[[forms]]
provider = "generic"
name = "site"
token = "a-token-of-this-form"
redirects = ["https://example.com/thanks"]
per_address_per_minute = 0
"#;
const AT: &str = "/forms/generic/site";

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_of_another_site_is_thanked_or_sent_where_the_form_allows_and_nowhere_else() {
    let world = world(FORM).await;
    let service = world.serve().await;
    let evil = "https://evil.example/thanks";
    for (n, (redirect, expected)) in [
        ("", "../../thanks"),
        (
            "https://example.com/thanks?n=1",
            "https://example.com/thanks?n=1",
        ),
        (evil, "../../thanks"),
        ("//evil.example", "../../thanks"),
    ]
    .into_iter()
    .enumerate()
    {
        let domain = format!("acme{n}.com");
        let fields = [
            ("token", TOKEN),
            ("website", &domain),
            ("redirect", redirect),
        ];
        let answer = from_browser(&service, AT, &fields)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 303);
        assert_eq!(location(&answer), expected);
    }
    assert_eq!(leads(&service).await, 4);
    let thanks = String::from_utf8(service.bytes("/thanks").await).expect("text");
    assert!(thanks.contains("Thank you"), "{thanks}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_click_is_the_first_ones_lead() {
    let world = world(FORM).await;
    let service = world.serve().await;
    let fields = [("token", TOKEN), ("website", "acme.com")];
    for _ in 0..2 {
        let answer = from_browser(&service, AT, &fields)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 303);
    }
    assert_eq!(leads(&service).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_that_fills_in_the_hidden_field_is_thanked_and_counted_and_nothing_is_stored() {
    let world = world(&format!("{FORM}per_minute = 1\n")).await;
    let service = world.serve().await;
    let fields = [
        ("token", TOKEN),
        ("website", "acme.com"),
        ("website_confirm", "x"),
    ];
    let answer = from_browser(&service, AT, &fields)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 303);
    let again = from_browser(&service, AT, &fields).send().await;
    assert_eq!(again.expect("an answer").status(), 429);
    assert_eq!(leads(&service).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_no_company_is_told_with_what_was_typed_and_kept() {
    let world = world(FORM).await;
    let service = world.serve().await;
    for (website, email) in [("<b>none", ""), ("", "jane@gmail.com")] {
        let fields = [
            ("token", TOKEN),
            ("website", website),
            ("email", email),
            ("note", "my words"),
        ];
        let answer = from_browser(&service, AT, &fields)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 400);
        let page = answer.text().await.expect("a page");
        assert!(
            page.contains("my words") && page.contains("own website"),
            "{page}"
        );
        assert!(!page.contains("<b>") && !page.contains(TOKEN), "{page}");
    }
    service.until_count("rejected", 2).await;
    let wrong = from_browser(&service, AT, &[("token", "wrong"), ("website", "acme.com")]);
    let wrong = wrong.send().await.expect("an answer");
    assert_eq!(wrong.status(), 401);
    assert!(wrong.text().await.expect("a page").contains("not set up"));
    assert_eq!(leads(&service).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_answer_that_cannot_be_used_is_told_and_not_taken_for_the_company() {
    let world = world(FORM).await;
    let service = world.serve().await;
    let fields = [
        ("token", TOKEN),
        ("website", "acme.com"),
        ("drafts", "<b>many"),
    ];
    let answer = from_browser(&service, AT, &fields).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 400);
    let page = answer.text().await.expect("a page");
    for told in ["look at your answers again", "drafts", "acme.com"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(
        !page.contains("Which company") && !page.contains("<b>"),
        "{page}"
    );
    service.until_count("rejected", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_the_documentation_is_taken() {
    let world = world(FORM).await;
    let service = world.serve().await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/snippets/form.html");
    let html = std::fs::read_to_string(path).expect("the snippet");
    let names: Vec<&str> = html
        .split("name=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().expect("a name"))
        .collect();
    assert!(html.contains("/forms/generic/site"), "{html}");
    let fields: Vec<(&str, &str)> = names
        .iter()
        .map(|name| match *name {
            "token" => ("token", TOKEN),
            "redirect" => ("redirect", "https://example.com/thanks"),
            "website_confirm" => ("website_confirm", ""),
            "website" => ("website", "acme.com"),
            other => (other, ""),
        })
        .collect();
    assert_eq!(
        names,
        ["token", "redirect", "website", "email", "website_confirm"]
    );
    let answer = from_browser(&service, AT, &fields)
        .send()
        .await
        .expect("an answer");
    assert_eq!(location(&answer), "https://example.com/thanks");
    service.lead_of("acme.com").await;
}
