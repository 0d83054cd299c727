use std::process::Stdio;

use calamine::{Reader, Xlsx, open_workbook};
use tokio::io::AsyncWriteExt;
use warmsheet::adapters::store::SqliteStore;
use warmsheet::flow::ports::{LeadFilter, QueryStore};
use warmsheet::lead::Status;

use crate::google::GoogleStandIn;
use crate::support::warmsheet::{call, command, words};
use crate::support::{World, eventually};

fn write(world: &World, name: &str, text: &str) -> String {
    let path = world.path(name);
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_every_kind_become_one_report_and_the_same_again_buys_nothing() {
    let world = World::new().await;
    let csv = write(
        &world,
        "companies.csv",
        "Name;Website\nAcme;acme.com\nBad;acme.com/about\n",
    );
    let plain = write(&world, "more.txt", "globex.com\ninitech.com\n");
    let report = world.path("report.xlsx").display().to_string();
    let arguments = ["run", &csv, &plain, "-", "-o", &report];
    let mut child = command(&world)
        .args(arguments)
        .stdin(Stdio::piped())
        .spawn()
        .expect("the binary");
    let mut input = child.stdin.take().expect("standard input");
    input.write_all(b"hooli.com\n").await.expect("written");
    drop(input);
    let output = child.wait_with_output().await.expect("an end");
    let text = words(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("5 rows: 4 new (160 credits, 1.60 USD), 1 not usable"),
        "{text}"
    );
    let mut workbook: Xlsx<_> = open_workbook(&report).expect("a workbook");
    let leads = workbook.worksheet_range("Leads").expect("the sheet");
    assert_eq!(leads.height(), 6);
    assert_eq!(world.ledger().await["total"], 160);

    let again = call(&world, &["run", &csv, &plain, "-o", &report]).await;
    let text = words(&again);
    assert_eq!(again.status.code(), Some(0), "{text}");
    assert!(text.contains("not bought again"), "{text}");
    assert_eq!(world.ledger().await["total"], 160);

    let anew = call(&world, &["run", &plain, "-o", &report, "--again"]).await;
    assert_eq!(anew.status.code(), Some(0), "{}", words(&anew));
    assert_eq!(world.ledger().await["total"], 240, "--again buys anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_half_way_the_same_command_goes_on_without_paying_again() {
    let world = World::slow().await;
    let list = write(&world, "list.csv", "acme.com\nglobex.com\ninitech.com\n");
    let report = world.path("report.json").display().to_string();
    let mut child = command(&world)
        .args(["run", &list, "-o", &report])
        .spawn()
        .expect("the binary");
    eventually("all three are paid for", || async {
        match world.ledger().await["total"].as_i64() {
            Some(120) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    child.kill().await.expect("killed");
    world.finish_all().await;
    let output = call(&world, &["run", &list, "-o", &report]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert_eq!(world.ledger().await["total"], 120);
    let text = std::fs::read_to_string(&report).expect("the report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["summary"]["leads"]["completed"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_by_a_signal_it_leaves_a_report_and_says_how_to_go_on() {
    let world = World::slow().await;
    let list = write(&world, "list.csv", "acme.com\n");
    let report = world.path("report.csv").display().to_string();
    let child = command(&world)
        .args(["run", &list, "-o", &report])
        .spawn()
        .expect("the binary");
    eventually("it is paid for", || async {
        match world.ledger().await["total"].as_i64() {
            Some(40) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    let id = child.id().expect("a process").to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(sent.expect("kill").success());
    let output = child.wait_with_output().await.expect("an end");
    let text = words(&output);
    assert_eq!(output.status.code(), Some(130), "{text}");
    assert!(text.contains("the same command goes on"), "{text}");
    assert!(world.path("report.csv").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_above_the_limit_needs_a_yes_and_nothing_is_spent_before() {
    let mut world = World::new().await;
    world.set("WARMSHEET_APPROVE_ABOVE", "1");
    let list = write(&world, "list.csv", "acme.com\nglobex.com\n");
    let report = world.path("report.xlsx").display().to_string();
    let output = call(&world, &["run", &list, "-o", &report]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(
        text.contains("2 leads, 80 credits, 0.80 USD") && text.contains("--yes"),
        "{text}"
    );
    assert_eq!(world.ledger().await["total"], 0);
    let output = call(&world, &["run", &list, "-o", &report, "--yes"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert_eq!(world.ledger().await["total"], 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_cap_it_stops_with_its_own_code_and_goes_on_when_called_again() {
    let mut world = World::new().await;
    world.set("WARMSHEET_DAILY_CREDITS", "40");
    let list = write(&world, "list.csv", "acme.com\nglobex.com\n");
    let report = world.path("report.xlsx").display().to_string();
    let output = call(&world, &["run", &list, "-o", &report]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("opens again"), "{text}");
    assert_eq!(world.ledger().await["total"], 40);
    let output = call(
        &world,
        &["run", &list, "-o", &report, "--daily-credits", "80"],
    )
    .await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert_eq!(world.ledger().await["total"], 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_shows_in_the_exit_code() {
    let world = World::new().await;
    let list = write(&world, "list.csv", "failed-acme.com\n");
    let report = world.path("report.xlsx").display().to_string();
    let output = call(&world, &["run", &list, "-o", &report]).await;
    assert_eq!(output.status.code(), Some(3), "{}", words(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_service_it_lets_that_one_work() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let list = write(&world, "list.csv", "acme.com\nglobex.com\n");
    let report = world.path("report.xlsx").display().to_string();
    let output = call(&world, &["run", &list, "-o", &report]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("A running warmsheet works"), "{text}");
    assert_eq!(service.status().await["leads"]["completed"], 2);
    assert_eq!(world.ledger().await["total"], 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_work_is_told_before_anything_is_bought() {
    let world = World::new().await;
    let list = write(&world, "list.csv", "acme.com\n");
    let towns = write(&world, "towns.csv", "Name,Town\nAcme,Berlin\n");
    for (arguments, word) in [
        (["run", &list, "-o", "report.pdf"], ".xlsx, .csv or .json"),
        (
            ["run", &list, "-o", "/nowhere/report.xlsx"],
            "does not exist",
        ),
        (["run", "missing.csv", "-o", "report.xlsx"], "missing.csv"),
        (
            ["run", &towns, "-o", "report.xlsx"],
            "no column with domains",
        ),
        (["run", &list, "-o", &list], "one of the lists"),
    ] {
        let output = call(&world, &arguments).await;
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(
            words(&output).contains(word),
            "{arguments:?}: {}",
            words(&output)
        );
    }
    assert_eq!(world.ledger().await["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn again_after_an_interruption_goes_on_and_does_not_buy_a_third_time() {
    let mut world = World::new().await;
    world.set("WARMSHEET_DAILY_CREDITS", "80");
    let list = write(&world, "list.csv", "acme.com\nglobex.com\n");
    let report = world.path("report.xlsx").display().to_string();
    let again = ["run", &list, "-o", &report, "--again"];
    call(&world, &again).await;
    assert_eq!(world.ledger().await["total"], 80);
    let output = call(&world, &again).await;
    assert_eq!(output.status.code(), Some(4), "{}", words(&output));
    world.set("WARMSHEET_DAILY_CREDITS", "unlimited");
    let output = call(&world, &again).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert_eq!(
        world.ledger().await["total"],
        160,
        "the second time, finished"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_list_left_in_the_queue_is_not_started_with_this_one() {
    let mut world = World::new().await;
    world.set("WARMSHEET_DAILY_CREDITS", "0");
    let wrong = write(&world, "wrong.csv", "wrong.com\n");
    let right = write(&world, "right.csv", "acme.com\n");
    let report = world.path("report.xlsx").display().to_string();
    call(&world, &["run", &wrong, "-o", &report]).await;
    world.set("WARMSHEET_DAILY_CREDITS", "unlimited");
    let output = call(&world, &["run", &right, "-o", &report]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert_eq!(world.charged().await, ["acme.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_another_account_end_the_waiting_with_words_and_buy_nothing() {
    let mut world = World::slow().await;
    let list = write(&world, "list.csv", "acme.com\n");
    let report = world.path("report.json").display().to_string();
    let mut child = command(&world)
        .args(["run", &list, "-o", &report])
        .spawn()
        .expect("the binary");
    eventually("it is paid for", || async {
        match world.ledger().await["total"].as_i64() {
            Some(40) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    // The answer is on its way: killed only once the run is known.
    let database = world.path("warmsheet.db");
    eventually("the run is known", || async {
        let url = format!("sqlite://{}", database.display());
        match SqliteStore::open(&url).await {
            Ok(store) => match store.counts(&LeadFilter::default()).await {
                Ok(counts) if counts == [(Status::Waiting, 1)] => Ok(()),
                other => Err(format!("{other:?}")),
            },
            Err(error) => Err(error.to_string()),
        }
    })
    .await;
    child.kill().await.expect("killed");
    let own = world.settings.len();
    world.set("CITEDY_API_KEY", "citedy_agent_somebody_else");
    let output = call(&world, &["run", &list, "-o", &report]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(6), "{text}");
    assert!(text.contains("another API key"), "{text}");
    let told = std::fs::read_to_string(&report).expect("the report");
    assert!(
        told.contains("Waiting for another Citedy account"),
        "{told}"
    );
    assert_eq!(world.ledger().await["total"], 40);
    world.settings.truncate(own);
    world.finish_all().await;
    let output = call(&world, &["run", &list, "-o", &report]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert_eq!(world.ledger().await["total"], 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_for_a_spreadsheet_needs_a_running_serve_and_costs_nothing_without() {
    let mut world = World::new().await;
    world.set("WARMSHEET_SHEETS", "1Sheet-for_tests");
    // Never reached: what counts is that the running `serve` has it in its settings.
    let google = GoogleStandIn::start().await;
    world.settings.extend(google.settings(world.dir.path()));
    let text = "Domain,Deliver to\nacme.com,1Sheet-for_tests\nglobex.com,\n";
    let list = write(&world, "list.csv", text);
    let report = world.path("report.json").display().to_string();
    let alone = call(&world, &["run", &list, "-o", &report]).await;
    assert_eq!(alone.status.code(), Some(0), "{}", words(&alone));
    assert_eq!(world.charged().await, ["globex.com"]);
    let told = std::fs::read_to_string(&report).expect("the report");
    assert!(
        told.contains("Deliver to: no spreadsheet is connected"),
        "{told}"
    );
    assert!(told.contains("warmsheet serve"), "{told}");

    // The same list beside a running `serve`: the row can be used now.
    let service = world.serve().await;
    let beside = call(&world, &["run", &list, "-o", &report]).await;
    assert_eq!(beside.status.code(), Some(0), "{}", words(&beside));
    assert_eq!(world.charged().await, ["globex.com", "acme.com"]);
    let lead = service.lead_of("acme.com").await;
    assert_eq!(lead["deliverTo"], "1Sheet-for_tests");
}
