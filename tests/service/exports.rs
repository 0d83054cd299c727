use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn every_format_holds_the_same_rows_and_hostile_results_stay_text() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    service
        .add(&["acme.com", "hostile-acme.com", "blocked-acme.com", "acme"])
        .await;
    service.until_count("completed", 2).await;
    service.until_count("blocked", 1).await;
    let json = service.get("/exports/leads.json").await;
    let rows = json["rows"].as_array().expect("rows").len();
    assert_eq!(json["leads"].as_array().expect("leads").len(), 4);
    assert_eq!(json["summary"]["credits"], 120);

    let xlsx = service.bytes("/exports/leads.xlsx").await;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(xlsx)).expect("a workbook");
    let sheet = workbook.worksheet_range("Warm leads").expect("the sheet");
    assert_eq!(sheet.height(), rows + 1);
    let formulas = workbook.worksheet_formula("Warm leads").expect("the sheet");
    assert!(
        formulas.used_cells().next().is_none(),
        "no formula anywhere"
    );
    let longest = sheet
        .used_cells()
        .filter_map(|(_, _, cell)| match cell {
            Data::String(text) => Some(text.encode_utf16().count()),
            _ => None,
        })
        .max();
    assert!(longest <= Some(32_767));

    let text = String::from_utf8(service.bytes("/exports/leads.csv").await).expect("UTF-8");
    let mut csv = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut count = 0;
    for record in csv.records() {
        for field in &record.expect("well formed") {
            let number = field.parse::<f64>().is_ok();
            assert!(
                number || !field.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{field}"
            );
        }
        count += 1;
    }
    assert_eq!(count, rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_leaves_only_what_it_names() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    service
        .add(&["acme.com", "globex.com", "failed-acme.com"])
        .await;
    service.until_count("completed", 2).await;
    service.until_count("failed", 1).await;
    for (query, leads) in [
        ("?status=failed", 1),
        ("?q=acme", 2),
        ("?q=%25", 0),
        ("?source=form", 0),
        ("?from=2020-01-01&to=2020-01-02", 0),
        ("?from=2020-01-01", 3),
    ] {
        let json = service.get(&format!("/exports/leads.json{query}")).await;
        assert_eq!(
            json["leads"].as_array().expect("leads").len(),
            leads,
            "{query}"
        );
    }
}
