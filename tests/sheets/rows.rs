use crate::office::{Office, TAB};

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_domain_is_bought_once_and_its_rows_appear() {
    let office = Office::with_rows(&[&["Domain", "Owner"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| {
        book.paste(
            TAB,
            1,
            0,
            &[&["acme.com", "Kim"], &["", ""], &["globex.com", "Lee"]],
        )
    });
    office.until_shown("acme.com", "Status", "Done").await;
    office.until_shown("globex.com", "Status", "Done").await;
    let rows = service.lead_of("acme.com").await["rows"]
        .as_array()
        .map_or(0, Vec::len);
    office.until_results("acme.com", rows).await;
    let plural = if rows == 1 { "row" } else { "rows" };
    assert_eq!(
        office.shown("acme.com", "Status"),
        format!("Done, {rows} {plural}")
    );
    assert_eq!(office.shown("acme.com", "Credits"), "40");
    assert!(office.shown("acme.com", "Lead ID").starts_with('L'));
    assert_eq!(office.shown("acme.com", "Owner"), "Kim");
    let mut charged = office.charged().await;
    charged.sort();
    assert_eq!(charged, ["acme.com", "globex.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_wait_for_approval_and_new_ones_do_not() {
    let office = Office::with_rows(&[
        &["Website"],
        &["acme.com"],
        &["globex.com"],
        &["bad domain"],
    ])
    .await;
    let service = office.serve().await;
    service.until_count("held", 2).await;
    office
        .book(|book| book.column(TAB, "Website"))
        .expect("the column");
    let message = crate::support::eventually("the price is told", || async {
        let seen = office.book(|book| {
            let column = book.column(TAB, "Message");
            column.map_or_else(String::new, |column| book.shown(TAB, 1, column))
        });
        if seen.is_empty() { Err(seen) } else { Ok(seen) }
    })
    .await;
    assert!(
        message.contains("2 rows wait: 80 credits, 0.80 USD"),
        "{message}"
    );
    assert!(office.charged().await.is_empty());
    let batch = service.status().await["heldBatches"][0]["id"]
        .as_str()
        .expect("a batch")
        .to_owned();
    service
        .post(
            &format!("/api/v1/batches/{batch}/approve"),
            &serde_json::json!({}),
        )
        .await;
    service.until_count("completed", 2).await;
}
