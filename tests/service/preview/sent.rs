use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use reqwest::{Method, StatusCode};
use rust_xlsxwriter::Workbook;

use super::{CSV, at_home, buy, confirmed, field, leads, page, preview, previewed, send};
use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};

fn workbook() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let rows = [
        ["Website", "Max contacts", "Buyer roles"],
        ["acme.com", "1", "CMO, Founder"],
        ["globex.com", "", ""],
        ["initech.com", "7", ""],
    ];
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_csv_keep_their_options_and_a_double_confirm_buys_once() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = at_home(&world).await;
    service.add(&["elsewhere.com"]).await;
    let fields = [("form_id", "one"), ("drafts", "2")];
    let shown = previewed(&service, &fields, Some(("list.csv", CSV.as_bytes()))).await;
    let batch = buy(&service, &shown).await;
    assert_eq!(buy(&service, &shown).await, batch);
    let (_, to, _) = send(&service, "/submit", &confirmed(&shown)).await;
    assert_eq!(to, format!("/batches/{batch}?again=4"));
    let list = format!("/api/v1/leads?batch={batch}");
    let of_batch = eventually("it has ended", || async {
        let found = service.get(&list).await;
        let leads = found["leads"].as_array().expect("leads").clone();
        let ended = ["completed", "reused", "rejected"].map(serde_json::Value::from);
        match leads.iter().all(|lead| ended.contains(&lead["status"])) {
            true => Ok(leads),
            false => Err(found.to_string()),
        }
    })
    .await;
    let states: Vec<_> = of_batch
        .iter()
        .rev()
        .map(|lead| lead["status"].clone())
        .collect();
    // The copy was left out: it would be bought, should the run of the first one fail.
    assert_eq!(states, ["completed", "completed", "rejected", "rejected"]);
    let mut charged = world.charged().await;
    charged.sort();
    assert_eq!(charged, ["acme.com", "elsewhere.com", "globex.com"]);
    let drafts = async |domain: &str| service.lead_of(domain).await["drafts"].clone();
    assert_eq!(
        (drafts("acme.com").await, drafts("globex.com").await),
        (1.into(), 2.into())
    );

    let shown = page(&service, &to).await;
    for said in [
        "Form, list.csv",
        "2 of 4 finished, 2 not usable",
        "80 of 80 credits",
        "4 rows of",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let download = format!("/exports/leads.xlsx?batch={batch}");
    assert!(shown.contains(&format!("href=\"{download}\"")), "{shown}");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(service.bytes(&download).await)).expect("XLSX");
    let rows = book.worksheet_range("Warm leads").expect("the sheet");
    let holds = |text: &str| {
        let cells = rows.used_cells();
        cells
            .into_iter()
            .any(|(_, _, cell)| *cell == Data::String(text.to_owned()))
    };
    assert!(holds("acme.com") && holds("globex.com") && !holds("elsewhere.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_come_to_cost_more_since_the_preview_is_asked_again() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = at_home(&world).await;
    let stored = service.add(&["acme.com"]).await;
    let stored = stored[0]["id"].as_str().expect("an id");
    service.until_status(stored, "completed").await;
    let fields = [("form_id", "one"), ("domains", "acme.com")];
    let shown = previewed(&service, &fields, None).await;
    assert!(
        shown.contains("Take 1 reused report (0 credits)"),
        "{shown}"
    );
    assert_eq!(service.terminate().await, Some(0));

    let service = Warmsheet::serve_as(&world, &[("WARMSHEET_REUSE_DAYS", "0")]).await;
    let (status, _, again) = send(&service, "/submit", &confirmed(&shown)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{again}");
    for said in ["Nothing was bought", "Buy 1 report for 40 credits"] {
        assert!(again.contains(said), "{said}: {again}");
    }
    assert_eq!(leads(&service).await, 1);
    assert_eq!(world.charged().await, ["acme.com"]);
    buy(&service, &again).await;
    service.until_count("completed", 2).await;
    assert_eq!(world.charged().await, ["acme.com", "acme.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_is_read_and_change_shows_the_form_as_it_was() {
    let world = World::slow().await;
    let service = at_home(&world).await;
    let fields = [
        ("form_id", "one"),
        ("icp", "vertical-saas"),
        ("domains", "hooli.com/jobs"),
    ];
    let book = workbook();
    let hostile = "<img src=x onerror=1>.xlsx";
    let shown = previewed(&service, &fields, Some((hostile, &book))).await;
    assert!(shown.contains("2 reports for 80 credits"), "{shown}");
    assert!(
        shown.contains("max contacts 1") && shown.contains("CMO, Founder"),
        "{shown}"
    );
    assert!(!shown.contains("<img src=x"), "{shown}");
    let mut sent = confirmed(&shown);
    sent.push(("mend".into(), "yes".into()));
    let (status, _, form) = send(&service, "/submit/edit", &sent).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!form.contains("<img src=x"), "{form}");
    for said in [
        "3 rows of &#60;img",
        "hooli.com</textarea>",
        "\"vertical-saas\" selected",
        "1 row was changed",
    ] {
        assert!(form.contains(said), "{said}: {form}");
    }
    assert!(form.contains("name=\"form_id\" value=\"one\""), "{form}");
    // What the form carries along is sent again with it, or left out when that is no longer wanted.
    let (rows, name) = (field(&sent, "rows"), field(&sent, "file_name"));
    let again = [
        ("form_id", "one"),
        ("file_name", name),
        ("rows", rows),
        ("domains", "hooli.com"),
    ];
    let kept = [&again[..], &[("keep_file", "yes")]].concat();
    let shown = previewed(&service, &kept, None).await;
    assert!(shown.contains("3 reports for 120 credits"), "{shown}");
    let shown = previewed(&service, &again, None).await;
    assert!(shown.contains("1 report for 40 credits"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_cannot_be_used_is_shown_again_with_the_reason() {
    let world = World::slow().await;
    let service = world.serve().await;
    let (status, shown) = preview(&service, &[("domains", " \n ")], None).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(shown.contains("or choose a file"), "{shown}");
    let (status, shown) =
        preview(&service, &[("domains", "acme.com"), ("drafts", "9")], None).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        shown.contains("Drafts:") && shown.contains("acme.com</textarea>"),
        "{shown}"
    );
    for (name, bytes, reason) in [
        (
            "old.xls",
            &b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..],
            "save it",
        ),
        (
            "list.xlsx",
            b"PK\x03\x04nonsense",
            "list.xlsx: The workbook cannot be read",
        ),
        ("empty.csv", b"\n\n", "empty.csv: The file is empty"),
        (
            "words.csv",
            b"Name,City\nAcme,Berlin\n",
            "No column with domains was found",
        ),
        (
            "run.csv",
            b"Domain,Run\nacme.com,no\n",
            "run.csv: no row of it may start",
        ),
    ] {
        let (status, shown) = preview(&service, &[("domains", "")], Some((name, bytes))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(shown.contains(reason), "{name}: {shown}");
    }
    let large = vec![b'a'; 16 * 1024 * 1024 + 1];
    let fields = [("domains", "acme.com")];
    let (status, shown) = preview(&service, &fields, Some(("large.csv", &large))).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(shown.contains("large.csv is larger than 16 MiB"), "{shown}");
    assert!(shown.contains("acme.com</textarea>"), "{shown}");
    let many = "a.com\n".repeat(10_001);
    let (status, shown) = preview(&service, &[("domains", &many)], None).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(shown.contains("10,001 domains are too many"), "no reason");
    let answer = service
        .request(Method::POST, "/submit/preview")
        .body("x")
        .send()
        .await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::BAD_REQUEST);
    let shown = previewed(&service, &[("domains", "acme.com/a")], None).await;
    assert!(shown.contains("Nothing of this can be used"), "{shown}");
    assert!(
        !shown.contains("action=\"/submit\""),
        "nothing to confirm: {shown}"
    );
    assert_eq!(leads(&service).await, 0);
}
