//! A company is forgotten beside a running service, and nothing on disk names it any more.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::postgres::Postgres;
use crate::support::warmsheet::{Warmsheet, call, words};
use crate::support::{World, eventually};

/// A service that has bought a report on `acme.com`, which stands in a watched list.
async fn after_a_report(world: &mut World) -> (Warmsheet, String) {
    world.with_webhooks().await;
    let lists = world.lists();
    let service = world.serve().await;
    eventually("the folder is watched", || async {
        let status = service.status().await;
        match status["parts"]["folder"]["lastOk"].is_null() {
            false => Ok(()),
            true => Err(status.to_string()),
        }
    })
    .await;
    std::fs::write(lists.join("list.csv"), "Domain\nglobex.com\nAcme.com\n").expect("a list");
    service.until_count("completed", 2).await;
    let lead = service.lead_of("acme.com").await;
    let id = lead["id"].as_str().expect("an id").to_owned();
    let lead = eventually("the list has its report", || async {
        let lead = service.lead(&id).await;
        match lead["delivery"].as_str() {
            Some("done") => Ok(lead),
            _ => Err(lead.to_string()),
        }
    })
    .await;
    assert!(lead.to_string().contains("Sample Person"), "{lead}");
    (service, id)
}

/// The bytes of the database's files, the log's included.
fn on_disk(world: &World) -> String {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(world.dir.path()).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("warmsheet.db"))
        {
            all.extend(std::fs::read(path).expect("a file"));
        }
    }
    assert!(!all.is_empty(), "there is a database");
    String::from_utf8_lossy(&all).to_lowercase()
}

/// The first row of the results file beside the list names this many companies.
fn reported(world: &World) -> Vec<String> {
    use calamine::{Reader as _, Xlsx, open_workbook};
    let path = world.path("lists").join("list.csv.results.xlsx");
    let mut workbook: Xlsx<_> = open_workbook(path).expect("a workbook");
    let mut all = Vec::new();
    for (_, range) in workbook.worksheets() {
        for row in range.rows() {
            all.extend(row.iter().map(|cell| cell.to_string().to_lowercase()));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_service_everything_that_names_it_goes_and_the_charge_stays() {
    let mut world = World::new().await;
    world.settings.retain(|(name, _)| *name != "DATABASE_URL");
    let (service, id) = after_a_report(&mut world).await;
    // The other company's contacts are invented like this one's: it is forgotten as well.
    let output = call(&world, &["forget", "globex.com", "--yes"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert!(on_disk(&world).contains("acme.com"));

    let output = call(&world, &["forget", "https://www.acme.com", "--yes"]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for told in [
        "1 lead",
        "row 3 of ",
        "list.csv",
        "Back-ups",
        "40 credits",
        "- none",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let left = on_disk(&world);
    for planted in ["acme.com", "sample person", "@example.com"] {
        assert!(!left.contains(planted), "{planted} is still there");
    }
    let lead = service.lead(&id).await;
    assert_eq!(
        (&lead["status"], &lead["credits"]),
        (&json!("completed"), &json!(40))
    );
    assert_eq!(
        (&lead["normalizedDomain"], &lead["domain"]),
        (&json!(null), &json!("(forgotten)"))
    );
    assert!(
        lead["story"]
            .as_str()
            .expect("words")
            .starts_with("Forgotten on"),
        "{lead}"
    );
    let ledger = words(&call(&world, &["ledger"]).await);
    assert!(
        ledger.contains("80 credits") && !ledger.contains("acme.com"),
        "{ledger}"
    );
    assert!(!service.log().contains("acme.com"), "{}", service.log());
    eventually("the list's results file is written without it", || async {
        let seen = reported(&world);
        match seen.iter().any(|cell| cell.contains("acme.com")) {
            false => Ok(()),
            true => Err(format!("{seen:?}")),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_on_others_that_name_it_are_listed_and_left_as_they_are() {
    let mut world = World::new().await;
    let (service, id) = after_a_report(&mut world).await;
    let before = service.lead(&id).await;
    // The addresses and the sources in the reports of the sandbox are there.
    let output = call(&world, &["forget", "example.com", "--yes"]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let address = "an e-mail address at example.com";
    for told in [
        format!("- acme.com: {address} (/leads/{id})"),
        format!("- globex.com: {address} (/leads/L"),
    ] {
        assert!(text.contains(&told), "{told}: {text}");
    }
    assert_eq!(service.lead(&id).await, before);
    let output = call(&world, &["forget", "acme.com", "--yes", "--no-vacuum"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    let text = words(&call(&world, &["forget", "example.com", "--dry-run"]).await);
    assert!(
        !text.contains(&id) && text.contains("globex.com"),
        "what is gone is not listed: {text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_not_bought_again_until_that_is_lifted() {
    let mut world = World::new().await;
    let (service, id) = after_a_report(&mut world).await;
    let output = call(&world, &["forget", "acme.com", "--yes", "--no-vacuum"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    let (_, body) = service
        .post(
            "/api/v1/leads",
            &json!({"leads": [{"domain": "ACME.com", "force": true}]}),
        )
        .await;
    let entry = &body["leads"][0];
    assert_eq!(entry["status"], "rejected", "{body}");
    let reason = entry["reason"].as_str().expect("a reason");
    assert!(
        reason.starts_with("This company was forgotten on "),
        "{reason}"
    );
    let (status, problem) = service
        .post(&format!("/api/v1/leads/{id}/retry"), &json!({}))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    let page = service.bytes(&format!("/leads/{id}")).await;
    let page = String::from_utf8_lossy(&page);
    assert!(
        page.contains("Forgotten on") && page.contains("nothing of it is left here"),
        "{page}"
    );
    let answer = service
        .request(Method::GET, "/exports/leads.csv")
        .send()
        .await;
    let csv = answer.expect("an answer").text().await.expect("text");
    assert!(
        csv.contains("globex.com") && !csv.contains("acme.com"),
        "{csv}"
    );

    let output = call(&world, &["forget", "acme.com", "--undo", "--yes"]).await;
    assert!(
        words(&output).contains("may be bought again"),
        "{}",
        words(&output)
    );
    assert_eq!(
        world
            .charged()
            .await
            .iter()
            .filter(|domain| *domain == "acme.com")
            .count(),
        1
    );
    service.add(&["acme.com"]).await;
    service.until_count("completed", 3).await;
    assert_eq!(
        world
            .charged()
            .await
            .iter()
            .filter(|domain| *domain == "acme.com")
            .count(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_removed_without_a_yes_or_for_what_is_no_domain() {
    let mut world = World::new().await;
    let (service, id) = after_a_report(&mut world).await;
    for (arguments, code, told) in [
        (vec!["acme.com", "--dry-run"], 0, "Nothing was changed"),
        (vec!["acme.com"], 5, "call again with --yes"),
        (vec!["acme.com", "--undo"], 0, "is not forgotten"),
        (vec!["acme"], 1, "acme"),
        (vec!["acme.com", "--undo", "--dry-run"], 2, "--dry-run"),
    ] {
        let output = call(&world, &[vec!["forget"], arguments.clone()].concat()).await;
        let text = words(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(told), "{arguments:?}: {text}");
    }
    assert_eq!(service.lead(&id).await["normalizedDomain"], "acme.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_a_server_names_it_no_more_and_a_move_keeps_the_stop() {
    let server = Postgres::new().await;
    let mut world = World::new().await;
    world.settings.retain(|(name, _)| *name != "DATABASE_URL");
    let database = server.create_database("leads").await;
    world.set("DATABASE_URL", database.clone());
    let (service, _) = after_a_report(&mut world).await;
    assert!(
        server
            .dump(&database)
            .await
            .to_lowercase()
            .contains("acme.com")
    );
    for domain in ["acme.com", "globex.com"] {
        let output = call(&world, &["forget", domain, "--yes"]).await;
        assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    }
    let dump = server.dump(&database).await.to_lowercase();
    for planted in ["acme.com", "sample person", "@example.com"] {
        let hidden = hex::encode(planted);
        assert!(
            !dump.contains(planted) && !dump.contains(&hidden),
            "{planted}"
        );
    }
    service.terminate().await;
    let exported = call(&world, &["db", "export", "all.jsonl"]).await;
    assert_eq!(exported.status.code(), Some(0), "{}", words(&exported));
    world.set("DATABASE_URL", server.create_database("moved").await);
    let imported = call(&world, &["db", "import", "all.jsonl"]).await;
    assert_eq!(imported.status.code(), Some(0), "{}", words(&imported));
    let service = world.serve().await;
    let entries = service.add(&["acme.com"]).await;
    assert_eq!(entries[0]["status"], "rejected", "{entries:?}");
}
