use google_sheets4::yup_oauth2::ServiceAccountKey;
use serde_json::Value;

use crate::support::{BOOK, SCOPE, World, authenticator};

#[tokio::test]
async fn a_right_signature_gets_a_token_that_opens_the_spreadsheet() {
    let world = World::new().await;
    let book = world.sheets.spreadsheets().get(BOOK).doit().await;
    let (_, book) = book.expect("a spreadsheet");
    assert_eq!(book.spreadsheet_id.as_deref(), Some(BOOK));
    assert_eq!(world.google.tokens(), 1);
}

#[tokio::test]
async fn a_wrong_signature_gets_no_token() {
    let world = World::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = world.google.write_key_file(folder.path());
    let text = std::fs::read_to_string(&path).expect("a key file");
    let mut key: ServiceAccountKey = serde_json::from_str(&text).expect("a key");
    let output = std::process::Command::new("openssl")
        .args(["genrsa", "2048"])
        .output()
        .expect("openssl");
    key.private_key = String::from_utf8(output.stdout).expect("a PEM file");
    let refused = authenticator(key).await.token(&[SCOPE]).await;
    let error = refused.expect_err("no token").to_string();
    assert!(error.contains("Invalid JWT Signature"), "{error}");
}

#[tokio::test]
async fn a_clock_that_is_off_gets_no_token() {
    let world = World::new().await;
    for skew in [-600, 2 * 3600] {
        world.google.set_clock_skew_seconds(skew);
        let folder = tempfile::tempdir().expect("a folder");
        let key = world.google.write_key_file(folder.path());
        let key = google_sheets4::yup_oauth2::read_service_account_key(key).await;
        let refused = authenticator(key.expect("a key"))
            .await
            .token(&[SCOPE])
            .await;
        let error = refused.expect_err("no token").to_string();
        assert!(error.contains("reasonable timeframe"), "{skew}: {error}");
    }
}

#[tokio::test]
async fn a_call_without_a_token_that_holds_is_refused() {
    let world = World::new().await;
    let path = format!("v4/spreadsheets/{BOOK}");
    let token = world.token().await;
    assert_eq!(world.get_with(&path, &token).await.0, 200);
    world.google.revoke_tokens();
    let (status, answer) = world.get_with(&path, &token).await;
    assert_eq!(status, 401);
    assert_eq!(answer["error"]["status"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_token_opens_only_what_its_scopes_name() {
    let world = World::new().await;
    let path = format!("drive/v3/files/{BOOK}?fields=version");
    let (status, answer) = world.get(&path).await;
    assert_eq!(status, 403);
    let reason: &Value = &answer["error"]["details"][0]["reason"];
    assert_eq!(reason, "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    let scope = "https://www.googleapis.com/auth/drive.metadata.readonly";
    let token = world.token_for(scope).await;
    let (status, answer) = world.get_with(&path, &token).await;
    assert_eq!((status, answer), (200, serde_json::json!({"version": "1"})));
    world.google.set_drive_disabled(true);
    let (status, answer) = world.get_with(&path, &token).await;
    assert_eq!(status, 403, "{answer}");
}
