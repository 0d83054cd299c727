//! How often somebody may post: by form, by address, and by what was refused.

use serde_json::json;

use super::{TOKEN, hmac_base64, leads, send, world};

const KIND: (&str, &str) = ("content-type", "application/json");
const AS: (&str, &str) = ("authorization", "Bearer a-token-of-this-form");
const IN_URL: &str = "/forms/generic?token=a-token-of-this-form";
const TYPEFORM: &str = "[[forms]]\nprovider = \"typeform\"\nsecret = \"typeform-secret\"\n";

/// Behind a proxy that says who sends.
fn with(more: &str) -> String {
    format!(
        "public_url = \"https://leads.acme.com\"\nadmin_token = \"the-admin-token\"\n\
         [[forms]]\nprovider = \"generic\"\ntoken = \"{TOKEN}\"\n{more}\n{TYPEFORM}"
    )
}

fn from(address: &str) -> (&str, &str) {
    ("x-forwarded-for", address)
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_posts_of_an_address_are_refused_with_and_without_a_header_that_proves_them() {
    let world = world(&with("per_minute = 4\nper_address_per_minute = 2")).await;
    let service = world.serve().await;
    let (first, second, third) = (
        from("198.51.100.1"),
        from("198.51.100.2"),
        from("198.51.100.3"),
    );
    let wrong = ("authorization", "Bearer wrong");
    let mut seen = Vec::new();
    for (path, headers) in [
        (IN_URL, vec![KIND, first]),
        (IN_URL, vec![KIND, first, AS]),
        (IN_URL, vec![KIND, first]),
        (IN_URL, vec![KIND, first, AS]),
        (IN_URL, vec![KIND, first, wrong]),
        (IN_URL, vec![KIND, second]),
        (IN_URL, vec![KIND, second]),
        (IN_URL, vec![KIND, third]),
    ] {
        let body = json!({"domain": format!("acme{}.com", seen.len())}).to_string();
        seen.push(send(&service, path, &headers, &body).await.0);
    }
    assert_eq!(seen, [200, 200, 429, 429, 429, 200, 200, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_proves_itself_may_send_what_the_form_takes_and_others_ten() {
    let world = world(&with("per_minute = 13")).await;
    let service = world.serve().await;
    let post = async |headers: &[(&str, &str)]| {
        send(&service, IN_URL, headers, r#"{"domain":"acme.com","id":1}"#)
            .await
            .0
    };
    for n in 0..10 {
        assert_eq!(post(&[KIND]).await, 200, "{n}");
    }
    assert_eq!(post(&[KIND]).await, 429);
    for n in 10..13 {
        assert_eq!(post(&[KIND, AS]).await, 200, "{n}");
    }
    assert_eq!(post(&[KIND, AS]).await, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_whose_posts_were_refused_too_often_must_wait_at_every_form() {
    let world = world(&with("per_address_per_minute = 0\nper_minute = 0")).await;
    let service = world.serve().await;
    let (guesser, other) = (from("198.51.100.1"), from("198.51.100.2"));
    for n in 0..30 {
        let guess = format!("Bearer guess-number-{n}");
        let headers = [KIND, guesser, ("authorization", guess.as_str())];
        let path = match n % 3 {
            0 => "/forms/typeform",
            1 => "/forms/generic",
            // It opens to forms' tokens, so it is a place to guess them.
            _ => "/forms/look",
        };
        let (status, _) = send(&service, path, &headers, "{}").await;
        assert!(status == 401 || path == "/forms/look", "{n}: {status}");
    }
    let body = r#"{"form_response":{"token":"t","answers":[]}}"#;
    let signature = format!("sha256={}", hmac_base64("typeform-secret", body));
    let signed = ("typeform-signature", signature.as_str());
    for (path, headers) in [
        ("/forms/generic", vec![KIND, guesser, AS]),
        ("/forms/look", vec![guesser, AS]),
        ("/forms/typeform", vec![guesser, signed]),
    ] {
        assert_eq!(send(&service, path, &headers, body).await.0, 429, "{path}");
    }
    let large = " ".repeat(1024 * 1024 + 1);
    let request = service.request(reqwest::Method::POST, "/forms/generic");
    let answer = request
        .header(guesser.0, guesser.1)
        .body(large)
        .send()
        .await;
    if let Ok(answer) = answer {
        assert_eq!(answer.status(), 429, "the body is not read");
        assert!(answer.headers().contains_key("retry-after"));
    }
    for (path, headers) in [
        ("/forms/generic", vec![KIND, other, AS]),
        ("/forms/typeform", vec![other, signed]),
    ] {
        assert_eq!(send(&service, path, &headers, body).await.0, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_posts_of_many_addresses_do_not_fill_the_log() {
    let world = world(&with("")).await;
    let service = world.serve().await;
    for n in 0..100 {
        let address = format!("198.51.100.{n}");
        let (status, _) = send(&service, "/forms/typeform", &[from(&address)], "{}").await;
        assert_eq!(status, 401);
    }
    let lines = service.log().matches("a form's post was refused").count();
    assert!((1..=60).contains(&lines), "{lines} lines");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_needs_the_token_in_the_header_and_is_one_post_then() {
    let world = world(&format!("form_token = \"{TOKEN}\"\n")).await;
    let service = world.serve().await;
    let rows: Vec<String> = (0..200).map(|n| format!("acme{n}.com")).collect();
    let list = json!(rows).to_string();
    let (status, answer) = send(&service, IN_URL, &[KIND], &list).await;
    let told = answer["detail"].as_str().unwrap_or_default();
    assert_eq!(status, 400, "{answer}");
    assert!(told.contains("Authorization: Bearer"), "{told}");
    assert_eq!(leads(&service).await, 0);
    let one = r#"{"leads":[{"domain":"globex.com"}]}"#;
    assert_eq!(send(&service, IN_URL, &[KIND], one).await.0, 200);
    let (status, answer) = send(&service, "/forms/generic", &[KIND, AS], &list).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(leads(&service).await, 201);
}
