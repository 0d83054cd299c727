//! A service that goes on with an older database meets a sheet that is ahead of it.

use serde_json::json;

use crate::office::{Office, TAB, paste_three};

#[tokio::test(flavor = "multi_thread")]
async fn rows_bought_after_the_back_up_are_not_bought_again_and_new_ones_wait() {
    let mut office = Office::with_rows(&[&["Domain", "Owner"]]).await;
    office.world.set("DATABASE_URL", "sqlite://first.db");
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(paste_three);
    office.until_shown("initech.com", "Status", "Done").await;
    let said = office.run(&["db", "backup", "copy.db"]).await;
    assert!(said.contains("is a back-up"), "{said}");
    office.book(|book| book.type_cell(TAB, 4, 0, "later.com"));
    office.until_shown("later.com", "Status", "Done").await;
    service.kill().await;

    office.world.set("DATABASE_URL", "sqlite://copy.db");
    let service = office.serve().await;
    office
        .until_shown("later.com", "Status", "Handled elsewhere")
        .await;
    office.book(|book| book.type_cell(TAB, 5, 0, "fresh.com"));
    office
        .until_shown("fresh.com", "Status", "Waiting for approval")
        .await;
    office
        .until_shown("fresh.com", "Message", "New after the restore")
        .await;
    service.post("/api/v1/resume", &json!({})).await;
    office.after_syncs(&service, 2).await;
    assert_eq!(office.charged().await.len(), 4, "a resume approves nothing");
    office.choose("fresh.com", "Approve");
    office.until_shown("fresh.com", "Status", "Done").await;
    let charged = office.charged().await;
    assert_eq!(charged.len(), 5, "{charged:?}");
}
