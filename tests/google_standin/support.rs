use google_sheets4::Sheets;
use google_sheets4::api::{BatchUpdateSpreadsheetRequest, BatchUpdateSpreadsheetResponse};
use google_sheets4::common::Body;
use google_sheets4::yup_oauth2::authenticator::Authenticator;
use google_sheets4::yup_oauth2::{
    CustomHyperClientBuilder, ServiceAccountAuthenticator, ServiceAccountKey,
};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::google::{GoogleStandIn, Tab};

pub const SCOPE: &str = "https://www.googleapis.com/auth/spreadsheets";
pub const BOOK: &str = "book-1";

/// The stand-in with one spreadsheet, beside Google's own client and a plain one.
pub struct World {
    pub google: GoogleStandIn,
    pub sheets: Sheets<HttpConnector>,
    auth: Authenticator<HttpConnector>,
    http: reqwest::Client,
}

pub fn companies() -> Tab {
    Tab::with_rows(
        7,
        "My leads",
        &[
            &["Company", "Domain", "Score"] as &[&str],
            &["Acme", "acme.com", "12"],
            &["Globex", "", "7.5"],
            &["", "initech.com", ""],
        ],
    )
}

pub fn client<B>() -> Client<HttpConnector, B>
where
    B: google_sheets4::hyper::body::Body + Send,
    B::Data: Send,
{
    Client::builder(TokioExecutor::new()).build(HttpConnector::new())
}

impl World {
    pub async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let google = GoogleStandIn::start().await;
        google.add_book(BOOK, "Leads", vec![companies(), Tab::new(8, "Log")]);
        let folder = tempfile::tempdir().expect("a folder");
        let key = google.write_key_file(folder.path());
        let key = google_sheets4::yup_oauth2::read_service_account_key(key)
            .await
            .expect("a key");
        let auth = authenticator(key).await;
        let mut sheets = Sheets::new(client::<Body>(), auth.clone());
        sheets.base_url(google.base_url().to_owned());
        Self {
            google,
            sheets,
            auth,
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
        }
    }

    pub async fn token(&self) -> String {
        self.token_for(SCOPE).await
    }

    pub async fn token_for(&self, scope: &str) -> String {
        let token = self.auth.token(&[scope]).await.expect("a token");
        token.token().expect("a token").to_owned()
    }

    /// A batch by way of Google's client.
    pub async fn batch(
        &self,
        body: Value,
    ) -> google_sheets4::Result<BatchUpdateSpreadsheetResponse> {
        let request = BatchUpdateSpreadsheetRequest::deserialize(&body).expect("a request");
        self.sheets
            .spreadsheets()
            .batch_update(request, BOOK)
            .doit()
            .await
            .map(|(_, answer)| answer)
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<(u16, Value)> {
        let answer = request.bearer_auth(self.token().await).send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await?))
    }

    pub async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<(u16, Value)> {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.try_post(path, body).await.expect("an answer")
    }

    /// `requests` as one batch.
    pub async fn requests(&self, requests: Value) -> (u16, Value) {
        let path = format!("v4/spreadsheets/{BOOK}:batchUpdate");
        self.post(&path, &json!({ "requests": requests })).await
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.http.get(self.url(path)))
            .await
            .expect("an answer")
    }

    pub async fn get_with(&self, path: &str, token: &str) -> (u16, Value) {
        let request = self.http.get(self.url(path)).bearer_auth(token);
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json().await.expect("JSON"))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.google.base_url())
    }
}

pub async fn authenticator(key: ServiceAccountKey) -> Authenticator<HttpConnector> {
    ServiceAccountAuthenticator::with_client(key, CustomHyperClientBuilder::from(client()))
        .build()
        .await
        .expect("an authenticator")
}

/// `updateCells` that writes one text.
pub fn write(row: u32, column: u32, text: &str) -> Value {
    json!({"updateCells": {
        "start": {"sheetId": 7, "rowIndex": row, "columnIndex": column},
        "rows": [{"values": [{"userEnteredValue": {"stringValue": text}}]}],
        "fields": "userEnteredValue",
    }})
}

pub fn message(answer: &Value) -> &str {
    answer["error"]["message"].as_str().expect("a message")
}
