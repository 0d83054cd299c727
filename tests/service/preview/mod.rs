//! The form's preview and a batch's page, as a browser without JavaScript uses them.

mod sent;
mod told;

use reqwest::{Method, StatusCode};

use crate::support::browser::{hidden_fields, multipart};
use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};

type Fields = Vec<(String, String)>;

async fn preview(
    service: &Warmsheet,
    fields: &[(&str, &str)],
    file: Option<(&str, &[u8])>,
) -> (StatusCode, String) {
    let (kind, body) = multipart(fields, file);
    let answer = service
        .request(Method::POST, "/submit/preview")
        .header("content-type", kind)
        .body(body)
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
    hidden_fields(page, "id=\"confirm\"")
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

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let field = fields.iter().find(|(field, _)| field == name);
    field.map(|(_, value)| value.as_str()).expect("the field")
}

const CSV: &str = "Domain;Drafts\nacme.com;1\nhttps://www.globex.com/;\ninitech.com/about;\n\
                   umbrella.com;9\nACME.com;1\n";
