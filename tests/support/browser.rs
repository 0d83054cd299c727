//! A browser as the service sees it: it asks for pages, keeps a cookie, and says with each form
//! where it comes from.

use reqwest::header::{HeaderMap, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};

use super::warmsheet::Warmsheet;

/// An admin token that a service of a test is given.
pub const TOKEN: &str = "a-long-admin-token";
/// What the service calls itself behind a browser's https.
const HTTPS: (&str, &str) = ("X-Forwarded-Proto", "https");

const BOUNDARY: &str = "warmsheet-test-boundary";

#[derive(Default)]
pub struct Browser {
    /// `name=value`, as it is sent along.
    pub cookie: Option<String>,
    https: bool,
}

impl Browser {
    pub fn new() -> Self {
        Self::default()
    }

    /// One that comes by a proxy which speaks https.
    pub fn over_https() -> Self {
        Self {
            https: true,
            ..Self::default()
        }
    }

    /// Asks for a page.
    pub async fn get(&mut self, service: &Warmsheet, path: &str) -> Response {
        let request = service.request(Method::GET, path);
        self.send(request.header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"))
            .await
    }

    /// A page's text, whatever its status.
    pub async fn page(&mut self, service: &Warmsheet, path: &str) -> (StatusCode, String) {
        let answer = self.get(service, path).await;
        (answer.status(), answer.text().await.expect("a page"))
    }

    /// Sends a form as it is.
    pub async fn post(
        &mut self,
        service: &Warmsheet,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Response {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(fields).finish();
        let kind = "application/x-www-form-urlencoded".to_owned();
        self.post_body(service, path, (kind, body.into())).await
    }

    /// Sends a body of this content type as a form.
    pub async fn post_body(
        &mut self,
        service: &Warmsheet,
        path: &str,
        (kind, body): (String, Vec<u8>),
    ) -> Response {
        let scheme = if self.https { "https" } else { "http" };
        let origin = service.address.replacen("http", scheme, 1);
        let request = service
            .request(Method::POST, path)
            .header("Content-Type", kind)
            .header("Accept", "text/html")
            .header("Origin", origin)
            .header("Sec-Fetch-Site", "same-origin");
        self.send(request.body(body)).await
    }

    /// Opens a page, fills in a form of it and sends that.
    pub async fn fill_in(
        &mut self,
        service: &Warmsheet,
        (page, action): (&str, &str),
        fields: &[(&str, &str)],
    ) -> Response {
        let (_, html) = self.page(service, page).await;
        let hidden = hidden_fields(&html, &format!("action=\"{action}\""));
        let mut all: Vec<(&str, &str)> = fields.to_vec();
        let typed = |name: &str| fields.iter().any(|(field, _)| *field == name);
        let left = hidden.iter().filter(|(name, _)| !typed(name));
        all.extend(left.map(|(name, value)| (name.as_str(), value.as_str())));
        self.post(service, action, &all).await
    }

    /// Signs in and answers what the form is answered with.
    pub async fn sign_in(&mut self, service: &Warmsheet, token: &str) -> Response {
        self.fill_in(service, ("/sign-in", "/sign-in"), &[("token", token)])
            .await
    }

    async fn send(&mut self, mut request: RequestBuilder) -> Response {
        if let Some(cookie) = &self.cookie {
            request = request.header("Cookie", cookie);
        }
        if self.https {
            request = request.header(HTTPS.0, HTTPS.1);
        }
        let answer = request.send().await.expect("an answer");
        self.keep_cookie(answer.headers());
        answer
    }

    fn keep_cookie(&mut self, headers: &HeaderMap) {
        let Some(told) = headers.get(SET_COOKIE) else {
            return;
        };
        let told = told.to_str().expect("ASCII");
        let kept = !told.contains("Max-Age=0");
        let pair = told.split(';').next().expect("a pair").to_owned();
        self.cookie = kept.then_some(pair);
    }
}

/// The token that every form of a page carries.
pub fn csrf_token(html: &str) -> &str {
    let rest = html.split("name=\"csrf_token\" value=\"").nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no form in {html}"));
    rest.split('"').next().expect("its end")
}

/// Names and values of the hidden fields of a page's form, the one with this attribute.
pub fn hidden_fields(html: &str, attribute: &str) -> Vec<(String, String)> {
    let form = html.split("<form").find(|form| form.contains(attribute));
    let form = form.unwrap_or_else(|| panic!("no form with {attribute} in {html}"));
    let form = form.split("</form>").next().expect("a form");
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1);
    fields
        .map(|field| {
            let (name, rest) = field.split_once("\" value=\"").expect("a value");
            let value = rest.split('"').next().expect("its end");
            (name.to_owned(), unescaped(value))
        })
        .collect()
}

/// The text that stands so in a page.
fn unescaped(html: &str) -> String {
    html.replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}

/// The content type and body that a browser sends of a form with a file.
pub fn multipart(fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> (String, Vec<u8>) {
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
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}
