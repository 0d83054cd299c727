//! Where the sandbox sends its webhooks: hands each to one of the instances, remembers what
//! was acknowledged, and now and then loses an acknowledgement on the way back.

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use rand::RngExt;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::Value;

use super::evidence::Evidence;
use super::fleet::Fleet;

pub const SIGNATURE: &str = "X-Citedy-Signature-256";
/// How often an acknowledgement is lost: the sandbox sends the event again.
const LOST_ANSWERS: f64 = 0.05;

/// A webhook as it was sent.
#[derive(Debug, Clone)]
pub struct Genuine {
    pub signature: String,
    pub body: Bytes,
}

/// Stops when dropped.
pub struct Relay {
    post: Data<Post>,
    handle: ServerHandle,
}

struct Post {
    fleet: Fleet,
    evidence: Arc<Evidence>,
    lots: Mutex<StdRng>,
    seen: Mutex<Vec<Genuine>>,
}

impl Relay {
    /// Listens at the port that the sandbox was told of before there was a fleet.
    pub fn start(port: u16, fleet: Fleet, evidence: Arc<Evidence>, lots: StdRng) -> Self {
        let post = Data::new(Post {
            fleet,
            evidence,
            lots: Mutex::new(lots),
            seen: Mutex::default(),
        });
        let shared = post.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .default_service(web::route().to(receive))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", port))
        .expect("a free port")
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { post, handle }
    }

    /// A webhook that came by before, if any has.
    pub fn any_seen(&self, lots: &mut StdRng) -> Option<Genuine> {
        let seen = self
            .post
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match seen.len() {
            0 => None,
            count => seen.get(lots.random_range(0..count)).cloned(),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Sends a webhook to one of the instances; `None` when nobody answers.
pub async fn send(fleet: &Fleet, signature: Option<&str>, body: Bytes) -> Option<u16> {
    let mut request = fleet.request(Method::POST, "/webhooks/citedy").body(body);
    if let Some(signature) = signature {
        request = request.header(SIGNATURE, signature);
    }
    let answer = request.send().await.ok()?;
    Some(answer.status().as_u16())
}

/// The `event_id` of a webhook's body.
pub fn event_id(body: &[u8]) -> String {
    let envelope: Value = serde_json::from_slice(body).expect("a JSON event");
    envelope["event_id"].as_str().expect("an id").to_owned()
}

async fn receive(request: HttpRequest, body: Bytes, post: Data<Post>) -> HttpResponse {
    let signature = request.headers().get(SIGNATURE);
    let signature = signature.and_then(|value| value.to_str().ok());
    let signature = signature.expect("a signature").to_owned();
    let status = send(&post.fleet, Some(&signature), body.clone()).await;
    if status == Some(200) {
        post.evidence.event_acknowledged(&event_id(&body));
    }
    if status == Some(401) {
        let event = event_id(&body);
        let what = format!("the genuine event {event} was called forged");
        post.evidence.violation(what);
    }
    let mut seen = post.seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.push(Genuine { signature, body });
    drop(seen);
    let mut lots = post.lots.lock().unwrap_or_else(PoisonError::into_inner);
    let lost = lots.random_bool(LOST_ANSWERS);
    let answered = status
        .filter(|_| !lost)
        .and_then(|s| StatusCode::from_u16(s).ok());
    HttpResponse::build(answered.unwrap_or(StatusCode::BAD_GATEWAY)).finish()
}
