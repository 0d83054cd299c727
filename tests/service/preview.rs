//! The form's preview and a batch's page, as a browser without JavaScript uses them.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use reqwest::{Method, StatusCode};
use rust_xlsxwriter::Workbook;

use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};

type Fields = Vec<(String, String)>;

const BOUNDARY: &str = "warmsheet-test-boundary";

/// The body that a browser sends of a form with a file.
fn multipart(fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    let (name, bytes) = file.unwrap_or(("", b""));
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

async fn preview(
    service: &Warmsheet,
    fields: &[(&str, &str)],
    file: Option<(&str, &[u8])>,
) -> (StatusCode, String) {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let answer = service
        .request(Method::POST, "/submit/preview")
        .header("content-type", kind)
        .body(multipart(fields, file))
        .send()
        .await
        .expect("an answer");
    (answer.status(), answer.text().await.expect("a page"))
}

/// The preview of a form that can be used.
async fn previewed(
    service: &Warmsheet,
    fields: &[(&str, &str)],
    file: Option<(&str, &[u8])>,
) -> String {
    let (status, page) = preview(service, fields, file).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page
}

/// Sends a form of a page; answers the status, where it leads to, and what it says.
async fn send(service: &Warmsheet, path: &str, fields: &Fields) -> (StatusCode, String, String) {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    let body = form.extend_pairs(fields).finish();
    let answer = service
        .request(Method::POST, path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .expect("an answer");
    let to = answer
        .headers()
        .get("location")
        .map(|to| to.to_str().expect("ASCII").to_owned());
    (
        answer.status(),
        to.unwrap_or_default(),
        answer.text().await.expect("a page"),
    )
}

/// What the confirm button of a preview sends.
fn confirmed(page: &str) -> Fields {
    let form = page.split_once("<form id=\"confirm\"").expect("the form").1;
    let form = form.split_once("</form>").expect("its end").0;
    form.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|input| {
            let (name, rest) = input.split_once("\" value=\"").expect("a value");
            let value = rest.split_once('"').expect("its end").0;
            let value = value
                .replace("&#34;", "\"")
                .replace("&#39;", "'")
                .replace("&#60;", "<");
            let value = value.replace("&#62;", ">").replace("&#38;", "&");
            (name.to_owned(), value)
        })
        .collect()
}

/// Buys what was previewed; answers the batch's id.
async fn buy(service: &Warmsheet, page: &str) -> String {
    let (status, to, text) = send(service, "/submit", &confirmed(page)).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    let batch = to.strip_prefix("/batches/").expect("a batch");
    batch.split('?').next().expect("an id").to_owned()
}

async fn page(service: &Warmsheet, path: &str) -> String {
    String::from_utf8(service.bytes(path).await).expect("text")
}

/// A service that knows whose key it has.
async fn at_home(world: &World) -> Warmsheet {
    let service = world.serve().await;
    eventually("the account is known", || async {
        let status = service.status().await;
        match status["credits"]["balance"].as_i64() {
            Some(_) => Ok(()),
            None => Err(status.to_string()),
        }
    })
    .await;
    service
}

async fn leads(service: &Warmsheet) -> u64 {
    let status = service.status().await;
    let counts = status["leads"].as_object().expect("counts").values();
    counts.filter_map(serde_json::Value::as_u64).sum()
}

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

const CSV: &str = "Domain;Drafts\nacme.com;1\nhttps://www.globex.com/;\ninitech.com/about;\n\
                   umbrella.com;9\nACME.com;1\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_tells_what_becomes_of_each_row_and_stores_and_buys_nothing() {
    let world = World::slow().await;
    let service = at_home(&world).await;
    let fields = [
        ("form_token", ""),
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
async fn rows_of_a_csv_keep_their_options_and_a_double_confirm_buys_once() {
    let world = World::new().await;
    let service = at_home(&world).await;
    service.add(&["elsewhere.com"]).await;
    let fields = [("form_id", "one"), ("drafts", "2")];
    let shown = previewed(&service, &fields, Some(("list.csv", CSV.as_bytes()))).await;
    let batch = buy(&service, &shown).await;
    assert_eq!(buy(&service, &shown).await, batch);
    let (_, to, _) = send(&service, "/submit", &confirmed(&shown)).await;
    assert_eq!(to, format!("/batches/{batch}?again=5"));
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
    assert_eq!(
        states,
        ["completed", "completed", "rejected", "rejected", "reused"]
    );
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
        "3 of 5 finished, 2 not usable",
        "80 of 80 credits",
        "5 rows of",
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

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let field = fields.iter().find(|(field, _)| field == name);
    field.map(|(_, value)| value.as_str()).expect("the field")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_or_being_bought_costs_nothing_and_names_its_lead() {
    let world = World::slow().await;
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
    service.until_count("reused", 2).await;
    world.finish_all().await;
    service.until_count("reused", 3).await;
    assert_eq!(world.charged().await, ["acme.com", "globex.com"]);
    let forced = [fields[0], ("force", "yes")];
    let shown = previewed(&service, &forced, None).await;
    for said in ["Buy 2 reports for 80 credits", "Copies left out: 1"] {
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
