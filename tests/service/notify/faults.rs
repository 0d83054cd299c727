//! Targets that fail, hang or are gone, and processes that die.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_is_told_again_and_one_that_hangs_holds_up_nobody_else() {
    let (hanging, failing) = (Receiver::start().await, Receiver::start().await);
    let world = World::new().await;
    let tables = [
        hanging.table("webhook", "hanging"),
        failing.table("webhook", "failing"),
    ];
    configure(&world, &tables);
    hanging.will_hang(100);
    failing.will_answer(&[500, 302]);
    let service = serve(&world, 2).await;
    service.post("/api/v1/pause", &json!({})).await;
    hanging.until(1).await;
    let messages = failing.until(3).await;
    let first = &messages[0];
    for again in &messages[1..] {
        assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("webhook-signature"), signed_by_openssl(again));
    }
    let seen = until_targets(&service, |targets| targets[1]["waiting"] == 0).await;
    let error = seen["targets"][1]["lastError"].as_str().expect("an error");
    assert!(error.contains("302, a redirect"), "{error}");
    assert!(
        service.log().contains("it answered 500"),
        "{}",
        service.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_told_on_the_page_and_sent_again_on_demand() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    configure(&world, &[receiver.table("webhook", "crm")]);
    receiver.will_answer(&[410, 410]);
    let service = serve(&world, 1).await;
    service.post("/api/v1/pause", &json!({})).await;
    service.post("/api/v1/resume", &json!({})).await;
    service.post("/api/v1/pause", &json!({})).await;
    let dead = until_targets(&service, |targets| targets[0]["dead"] == 2).await;
    assert_eq!(
        service.get("/api/v1/notices?state=sent").await["notices"],
        json!([])
    );
    let notice = &dead["notices"][0];
    assert_eq!(notice["state"], "dead");
    assert_eq!(notice["type"], "paused");
    assert_eq!(notice["error"], "it answered 410: it wants to hear no more");
    let page = String::from_utf8(service.bytes("/system").await).expect("text");
    for told in [
        "crm",
        "it answered 410",
        "Send again to crm",
        "Sends notifications",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(page.contains(&receiver.url()), "its host");
    assert!(!page.contains(PLANTED) && !page.contains(KEY), "{page}");
    assert!(!dead.to_string().contains(PLANTED));

    let id = notice["id"].as_str().expect("an id");
    let (status, answer) = service
        .post(&format!("/api/v1/notices/{id}/resend"), &json!({}))
        .await;
    assert_eq!((status, answer), (StatusCode::OK, json!({"resent": 1})));
    let messages = receiver.until(3).await;
    assert_eq!(messages[2].header("webhook-id"), id);
    let sent = service
        .send_form("/system/notices/resend", &[("target", "crm")])
        .await;
    assert_eq!(sent, StatusCode::SEE_OTHER);
    receiver.until(4).await;
    until_targets(&service, |targets| {
        targets[0]["dead"] == 0 && targets[0]["waiting"] == 0
    })
    .await;

    for (path, body, status) in [
        ("/api/v1/notices/msg_none/resend", json!({}), 404),
        ("/api/v1/notices/resend", json!({}), 400),
        ("/api/v1/notices/resend", json!({"target": "nobody"}), 404),
        ("/api/v1/notices/resend", json!({"traget": "crm"}), 400),
    ] {
        assert_eq!(service.post(path, &body).await.0, status, "{path} {body}");
    }
    let odd = service
        .request(Method::GET, "/api/v1/notices?state=gone")
        .send()
        .await;
    assert_eq!(odd.expect("an answer").status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_it_was_sent_it_is_sent_by_the_next_process() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    configure(&world, &[receiver.table("webhook", "crm")]);
    receiver.will_hang(1);
    let service = serve(&world, 1).await;
    service.post("/api/v1/pause", &json!({})).await;
    receiver.until(1).await;
    service.kill().await;
    let service = serve(&world, 1).await;
    let messages = receiver.until(2).await;
    assert_eq!(
        messages[0].header("webhook-id"),
        messages[1].header("webhook-id")
    );
    until_targets(&service, |targets| targets[0]["waiting"] == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_no_target_that_hangs_and_its_message_goes_out_again() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    configure(&world, &[receiver.table("webhook", "crm")]);
    receiver.will_hang(1);
    let service = serve(&world, 1).await;
    service.post("/api/v1/pause", &json!({})).await;
    receiver.until(1).await;
    assert_eq!(service.terminate().await, Some(0));
    let service = serve(&world, 1).await;
    let messages = receiver.until(2).await;
    assert_eq!(
        messages[0].header("webhook-id"),
        messages[1].header("webhook-id")
    );
    until_targets(&service, |targets| targets[0]["waiting"] == 0).await;
    // A stop that had waited for the first try to end would have counted it as failed.
    let told = service.get("/api/v1/notices").await;
    assert_eq!(told["notices"][0]["attempts"], 1, "{told}");
}
