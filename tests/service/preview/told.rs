use reqwest::StatusCode;

use super::{CSV, Fields, at_home, buy, leads, page, previewed, send};
use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_tells_what_becomes_of_each_row_and_stores_and_buys_nothing() {
    let world = World::slow().await;
    let service = at_home(&world).await;
    let fields = [
        ("csrf_token", ""),
        ("form_id", "one"),
        ("domains", "hooli.com\nnot a domain"),
        ("drafts", "2"),
    ];
    let before = world.ledger().await["total"].clone();
    let page = previewed(&service, &fields, Some(("list.csv", CSV.as_bytes()))).await;
    for said in [
        "3 reports for 120 credits (1.20 USD)",
        "Buy 3 reports for 120 credits (1.20 USD)",
        "Not usable: 3",
        "did you mean initech.com?",
        "Drafts: “9” is not a whole number from 1 to 3.",
        "Copies: 1",
        "as in file, row 2",
        "<b>9,880 credits</b>",
        "<b>1,880 credits</b> <span class=\"quiet\">of 2,000 credits a day</span>",
        "Use the 1 suggested domain",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert_eq!(leads(&service).await, 0);
    let after = world.ledger().await;
    assert_eq!(after["total"], before);
    assert_eq!(
        after["requests"].get("POST /api/agent/citedy-warm-lead"),
        None,
        "{after}"
    );
    let batches = service.get("/api/v1/leads").await;
    assert_eq!(batches["leads"].as_array().map(Vec::len), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_or_being_bought_costs_nothing_and_names_its_lead() {
    let mut world = World::slow().await;
    world.with_webhooks().await;
    let service = at_home(&world).await;
    let stored = service.add(&["acme.com"]).await;
    let stored = stored[0]["id"].as_str().expect("an id");
    service.until_count("waiting", 1).await;
    world.finish_all().await;
    service.until_status(stored, "completed").await;
    let moving = service.add(&["globex.com"]).await;
    let moving = moving[0]["id"].as_str().expect("an id");
    service.until_status(moving, "waiting").await;
    let fields = [("domains", "acme.com, globex.com, WWW.acme.com")];
    let shown = previewed(&service, &fields, None).await;
    for said in [
        "Take 2 reused reports (0 credits)",
        "Reused: 2",
        "Copies: 1",
        stored,
        moving,
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    buy(&service, &shown).await;
    service.until_count("reused", 1).await;
    world.finish_all().await;
    service.until_count("reused", 2).await;
    assert_eq!(world.charged().await, ["acme.com", "globex.com"]);
    let forced = [fields[0], ("force", "yes")];
    let shown = previewed(&service, &forced, None).await;
    for said in ["Buy 2 reports for 80 credits", "Copies: 1"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let before = leads(&service).await;
    buy(&service, &shown).await;
    service.until_count("waiting", 2).await;
    assert_eq!(leads(&service).await, before + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn cap_approval_and_pause_are_told_before_and_after() {
    let mut world = World::slow().await;
    world.set("WARMSHEET_DAILY_CREDITS", "80");
    world.set("WARMSHEET_APPROVE_ABOVE", "3");
    let service = at_home(&world).await;
    let three = [("domains", "a-one.com a-two.com a-three.com")];
    let shown = previewed(&service, &three, None).await;
    let opens = service.status().await["capReopensAt"]
        .as_str()
        .expect("a time")[..10]
        .to_owned();
    let beyond = format!("2 start today, the rest from tomorrow, finished on {opens}");
    assert!(shown.contains(&beyond), "{shown}");
    assert!(
        shown.contains("Buy 3 reports") && !shown.contains("approval"),
        "{shown}"
    );
    let four = [("domains", "a-one.com a-two.com a-three.com a-four.com")];
    service.post("/api/v1/pause", &serde_json::json!({})).await;
    let shown = previewed(&service, &four, None).await;
    for said in [
        "Submit 4 for approval (up to 160 credits, 1.60 USD)",
        "More than 3 at once waits for your approval",
        "Spending is paused",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let batch = buy(&service, &shown).await;
    let at = format!("/batches/{batch}");
    let shown = page(&service, &at).await;
    for said in [
        "Waits for your approval",
        "0 of 4 finished, 4 waiting for approval",
        "Approve without the daily cap",
        "4 leads, 160 credits, 1.60 USD",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let (status, ..) = send(&service, &format!("{at}/approve"), &Fields::new()).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(
        page(&service, &at)
            .await
            .contains("Paused: goes on once you resume")
    );
    service.post("/api/v1/resume", &serde_json::json!({})).await;
    service.until_count("waiting", 2).await;
    let shown = page(&service, &at).await;
    assert!(
        shown.contains("cap is reached: goes on tomorrow"),
        "{shown}"
    );
    assert!(shown.contains("Go on without the daily cap"), "{shown}");
    let lift = vec![("lift_cap".to_owned(), "yes".to_owned())];
    send(&service, &format!("{at}/approve"), &lift).await;
    service.until_count("waiting", 4).await;
    let shown = page(&service, &at).await;
    assert!(
        shown.contains("minutes left") && shown.contains("4 under way"),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("/?status=waiting&#38;batch={batch}")),
        "{shown}"
    );
}
