//! Who is never told, what is never shown, and trying a target out.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_and_nothing_of_a_report_is_in_the_log() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    world.with_webhooks().await;
    world.set("RUST_LOG", "debug");
    configure(
        &world,
        &[
            receiver.table("webhook", "crm"),
            receiver.table("slack", "team"),
        ],
    );
    let refusals = [500, 404, 302, 410];
    receiver.will_answer(&refusals);
    let service = serve(&world, 2).await;
    completed(&service, "acme.com").await;
    service.post("/api/v1/pause", &json!({})).await;
    // Whichever target is refused how: what it answers 410 to it is not told again.
    eventually("all refusals were given", || async {
        let heard = receiver.messages().await.len();
        (heard >= refusals.len())
            .then_some(())
            .ok_or(heard.to_string())
    })
    .await;
    until_targets(&service, |targets| {
        targets.iter().all(|target| target["waiting"] == 0)
    })
    .await;
    let log = service.log();
    assert!(log.contains("a notice was not taken"), "{log}");
    for secret in [PLANTED, KEY] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_within_is_not_told_unless_that_is_allowed() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let port = receiver
        .url()
        .rsplit(':')
        .next()
        .expect("a port")
        .to_owned();
    let slack = |url: &str| format!("[[notify]]\nkind = \"slack\"\nurl = \"{url}\"\n");
    // As a number it is a fault of the configuration; behind a name it shows when it is looked up.
    configure(
        &world,
        &[slack(&format!("https://127.0.0.1:{port}/{PLANTED}"))],
    );
    let refused = call(&world, &["notify", "test"]).await;
    assert!(!refused.status.success());
    let told = words(&refused);
    assert!(
        told.contains("[[notify]]: number 1: url leads to a private"),
        "{told}"
    );
    configure(
        &world,
        &[slack(&format!("https://localhost:{port}/{PLANTED}"))],
    );
    for command in [&["notify", "test"][..], &["check"]] {
        let refused = call(&world, command).await;
        assert!(!refused.status.success());
        let told = words(&refused);
        assert!(
            told.contains("nothing is sent to a private or loopback address"),
            "{told}"
        );
        assert!(
            told.contains("allow_private = true") && !told.contains(PLANTED),
            "{told}"
        );
    }
    assert!(receiver.messages().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_tried_out_from_the_command_line() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let none = call(&world, &["notify", "test"]).await;
    assert!(words(&none).contains("no target is configured"));
    configure(
        &world,
        &[
            receiver.table("webhook", "crm"),
            receiver.table("slack", "team"),
        ],
    );
    receiver.will_answer(&[204, 404]);
    let tried = call(&world, &["notify", "test"]).await;
    let told = words(&tried);
    assert!(!tried.status.success(), "{told}");
    assert!(
        told.contains(&format!("ok    crm ({})", receiver.url())),
        "{told}"
    );
    assert!(
        told.contains("FAULT team") && told.contains("it answered 404"),
        "{told}"
    );
    let one = call(&world, &["notify", "test", "crm"]).await;
    assert!(one.status.success());
    let messages = receiver.until(3).await;
    assert_eq!(messages[2].kind(), "test");
    assert_eq!(
        messages[2].header("webhook-signature"),
        signed_by_openssl(&messages[2])
    );
    assert!(messages[1].json()["text"].is_string());
    let nobody = call(&world, &["notify", "test", "nobody"]).await;
    assert!(words(&nobody).contains("there are crm, team"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_taken_out_of_the_configuration_hears_no_more() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    configure(&world, &[receiver.table("webhook", "crm")]);
    let service = serve(&world, 1).await;
    service.post("/api/v1/pause", &json!({})).await;
    receiver.until(1).await;
    service.terminate().await;
    configure(&world, &[]);
    let service = serve(&world, 0).await;
    service.post("/api/v1/resume", &json!({})).await;
    service.post("/api/v1/pause", &json!({})).await;
    let seen = service.get("/api/v1/notices").await;
    assert_eq!(
        seen["notices"].as_array().expect("notices").len(),
        1,
        "{seen}"
    );
}
