use sqlx::{Connection as _, SqliteConnection};

use super::{TOKEN, leads, send, world};

const KIND: (&str, &str) = ("content-type", "application/json");
const AS: (&str, &str) = ("authorization", "Bearer a-token-of-this-form");

fn with(more: &str) -> String {
    format!("[[forms]]\nprovider = \"generic\"\ntoken = \"{TOKEN}\"\n{more}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pages_token_tells_nothing_of_leads_and_a_field_called_id_names_no_post() {
    let world = world(&with("")).await;
    let service = world.serve().await;
    let url = ("content-type", "application/x-www-form-urlencoded");
    let public = format!("/forms/generic?token={TOKEN}");
    for domain in ["acme.com", "globex.com"] {
        let body = format!("id=contact&website={domain}");
        let (status, answer) = send(&service, &public, &[url], &body).await;
        assert_eq!((status, &answer["leads"]), (200, &serde_json::json!([])));
        assert_eq!(service.lead_of(domain).await["sourceName"], "generic");
    }
    let (_, answer) = send(&service, "/forms/generic", &[url, AS], "website=acme.com").await;
    assert!(answer["leads"][0]["id"].is_string(), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn json_urlencoded_and_multipart_are_read_with_the_token_in_any_place() {
    let world = world(&with("")).await;
    let service = world.serve().await;
    let url = "application/x-www-form-urlencoded";
    let parts = "multipart/form-data; boundary=x";
    let part = |name: &str, value: &str| {
        format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let multipart = format!(
        "{}{}--x--\r\n",
        part("token", TOKEN),
        part("Website", "initech.com")
    );
    let in_url = format!("/forms/generic?token={TOKEN}");
    for (path, headers, body, domain) in [
        (
            "/forms/generic",
            vec![KIND, AS],
            r#"{"domain":"acme.com"}"#.to_owned(),
            "acme.com",
        ),
        (
            &in_url,
            vec![KIND],
            r#"{"contact":{"company":{"website":"globex.com"}}}"#.to_owned(),
            "globex.com",
        ),
        (
            "/forms/generic",
            vec![("content-type", parts)],
            multipart,
            "initech.com",
        ),
        (
            "/forms/generic",
            vec![("content-type", url)],
            format!("token={TOKEN}&website=umbrella.com"),
            "umbrella.com",
        ),
    ] {
        let (status, answer) = send(&service, path, &headers, &body).await;
        assert_eq!(status, 200, "{body}: {answer}");
        assert_eq!(service.lead_of(domain).await["sourceName"], "generic");
    }
    for (path, headers, body) in [
        ("/forms/generic", vec![KIND], "{}"),
        ("/forms/generic?token=wrong", vec![KIND], "{}"),
        (
            "/forms/generic",
            vec![KIND, ("authorization", "Bearer wrong")],
            "{}",
        ),
        (
            "/forms/generic",
            vec![("content-type", url)],
            "website=hooli.com",
        ),
        (
            "/forms/generic",
            vec![("content-type", url)],
            "token=&website=hooli.com",
        ),
    ] {
        assert_eq!(
            send(&service, path, &headers, body).await.0,
            401,
            "{path} {body}"
        );
    }
    assert_eq!(leads(&service).await, 4);
    assert!(!service.log().contains(TOKEN), "{}", service.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_or_idempotency_key_is_the_same_lead() {
    let world = world("form_token = \"a-token-of-this-form\"\n").await;
    let service = world.serve().await;
    let key = ("idempotency-key", "7");
    let mut ids = std::collections::HashSet::new();
    for (headers, body) in [
        (vec![KIND, AS], r#"{"domain":"acme.com","id":5}"#),
        (vec![KIND, AS], r#"{"domain":"acme.com","id":5,"drafts":1}"#),
        (vec![KIND, AS, key], r#"{"domain":"globex.com"}"#),
        (vec![KIND, AS, key], r#"{"domain":"globex.com"}"#),
    ] {
        let (status, answer) = send(&service, "/forms/generic", &headers, body).await;
        assert_eq!(status, 200, "{answer}");
        ids.insert(answer["leads"][0]["id"].to_string());
    }
    assert_eq!(ids.len(), 2);
    assert_eq!(leads(&service).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_one_batch_that_waits_when_it_is_large_and_a_form_can_wait_always() {
    let toml = with("") + &with("name = \"careful\"\nhold = true");
    let mut world = world(&toml).await;
    world.set("WARMSHEET_APPROVE_ABOVE", "1");
    let service = world.serve().await;
    let two = r#"{"leads":[{"domain":"acme.com"},"globex.com"]}"#;
    let one = r#"{"domain":"initech.com","force":true}"#;
    let mut held = 0;
    for (path, body, count) in [
        ("/forms/generic", two, 2),
        ("/forms/generic/careful", one, 1),
    ] {
        let (status, answer) = send(&service, path, &[KIND, AS], body).await;
        assert_eq!(status, 200, "{answer}");
        let all = answer["leads"].as_array().expect("leads");
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|lead| lead["status"] == "held"), "{answer}");
        held += count as u64;
        service.until_count("held", held).await;
    }
    assert_eq!(world.ledger().await["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_is_called_a_form_is_told_how_to_be_sent_and_stored_nowhere() {
    let world = world(&with("")).await;
    let service = world.serve().await;
    let curls = ("content-type", "application/x-www-form-urlencoded");
    let one = r#"{"domain":"acme.com","email":"jane.planted@acme.com"}"#;
    for body in [one, "\n [\"acme.com\"]"] {
        let (status, answer) = send(&service, "/forms/generic", &[curls, AS], body).await;
        let told = answer["detail"].as_str().unwrap_or_default();
        assert_eq!(status, 400, "{answer}");
        assert!(told.contains("Content-Type: application/json"), "{told}");
        let (status, _) = send(&service, "/forms/generic", &[curls], body).await;
        assert_eq!(status, 401, "without the token");
    }
    assert_eq!(leads(&service).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_robot_has_filled_in_is_stored_no_more_as_json() {
    let world = world(&with("per_minute = 3")).await;
    let service = world.serve().await;
    let robots = r#"{"domain":"acme.com","website_confirm":"x"}"#;
    let persons = r#"{"domain":"globex.com","website_confirm":""}"#;
    for (body, status, count) in [
        (robots, 200, 0),
        (persons, 200, 1),
        (robots, 200, 0),
        (robots, 429, 0),
    ] {
        let (answered, answer) = send(&service, "/forms/generic", &[KIND, AS], body).await;
        assert_eq!(answered, status, "{answer}");
        assert_eq!(
            answer["leads"].as_array().map_or(0, Vec::len),
            count,
            "{answer}"
        );
    }
    assert_eq!(leads(&service).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_mebibyte_is_refused() {
    let world = world(&with("")).await;
    let service = world.serve().await;
    let body = " ".repeat(1024 * 1024 + 1);
    assert_eq!(
        send(&service, "/forms/generic", &[KIND, AS], &body).await.0,
        413
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_took_too_long_to_store_is_stored_once_when_it_is_sent_again() {
    if std::env::var(crate::support::world::SERVER).is_ok() {
        return;
    }
    let world = world(&with("")).await;
    let service = world.serve().await;
    let file = format!("sqlite://{}", world.path("warmsheet.db").display());
    let mut other = SqliteConnection::connect(&file).await.expect("a database");
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .expect("locked");
    let post = |body| send(&service, "/forms/generic", &[KIND, AS], body);
    let bodies = [
        r#"{"domain":"acme.com","id":1}"#,
        r#"{"domain":"globex.com"}"#,
    ];
    for body in bodies {
        let (status, answer) = post(body).await;
        assert_eq!(status, 503, "{answer}");
        assert_eq!(answer["type"], "urn:warmsheet:problem:still-storing");
    }
    sqlx::query("ROLLBACK")
        .execute(&mut other)
        .await
        .expect("free");
    for body in bodies {
        assert_eq!(post(body).await.0, 200);
    }
    assert_eq!(leads(&service).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_name_is_known_by_what_it_says_and_what_has_one_by_that() {
    let world = world(&with("")).await;
    let service = world.serve().await;
    let id = async |more: &[(&str, &str)], body: &str| {
        let headers = [&[AS], more].concat();
        let (status, answer) = send(&service, "/forms/generic", &headers, body).await;
        assert_eq!(status, 200, "{answer}");
        answer["leads"][0]["id"].clone()
    };
    let said = r#"{"domain":"acme.com"}"#;
    let first = id(&[KIND], said).await;
    assert_eq!(first, id(&[KIND], said).await);
    let named = |name| [KIND, ("idempotency-key", name)];
    let one = id(&named("one"), said).await;
    let two = id(&named("two"), said).await;
    assert!(first != one && one != two && first != two);
    assert_eq!(one, id(&named("one"), said).await);
    let parts = async |boundary: &str| {
        let part = "content-disposition: form-data; name=\"website\"";
        let body = format!("--{boundary}\r\n{part}\r\n\r\nglobex.com\r\n--{boundary}--\r\n");
        let kind = format!("multipart/form-data; boundary={boundary}");
        id(&[("content-type", &kind)], &body).await
    };
    assert_eq!(parts("a").await, parts("b").await);
}
