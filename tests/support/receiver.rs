//! Somebody who is told: keeps every message, and answers as the test wants.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

use super::eventually;
use super::world::World;

/// 24 bytes, as base64.
pub const KEY: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Stands in every address; nobody may ever see it.
pub const PLANTED: &str = "planted-in-the-address";

/// Services of this world that are started from now on tell these.
pub fn configure(world: &World, tables: &[String]) {
    std::fs::write(world.path("warmsheet.toml"), tables.concat()).expect("a file");
}

/// One request as it came.
pub struct Message {
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Message {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }
}

/// The next answers; when there are none left, 204.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<VecDeque<ResponseTemplate>>>);

impl Respond for Script {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let next = self.0.lock().expect("the script").pop_front();
        next.unwrap_or_else(|| ResponseTemplate::new(204))
    }
}

pub struct Receiver {
    server: MockServer,
    script: Script,
}

impl Receiver {
    pub async fn start() -> Self {
        let server = MockServer::start().await;
        let script = Script::default();
        Mock::given(matchers::any())
            .respond_with(script.clone())
            .mount(&server)
            .await;
        Self { server, script }
    }

    /// A `[[notify]]` table that tells this receiver; [`KEY`] signs what a `webhook` is sent, and
    /// [`PLANTED`] stands in the address.
    pub fn table(&self, kind: &str, name: &str) -> String {
        let secret = match kind {
            "webhook" => format!("secret = \"whsec_{KEY}\"\n"),
            _ => String::new(),
        };
        format!(
            "[[notify]]\nkind = \"{kind}\"\nname = \"{name}\"\nallow_private = true\n\
             url = \"{}/{PLANTED}\"\n{secret}",
            self.url()
        )
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// Its next answers.
    pub fn will_answer(&self, statuses: &[u16]) {
        let mut script = self.script.0.lock().expect("the script");
        script.extend(statuses.iter().map(|status| {
            ResponseTemplate::new(*status).insert_header("location", "http://127.0.0.1:9/")
        }));
    }

    /// It takes so many messages and says nothing.
    pub fn will_hang(&self, times: usize) {
        let hanging = ResponseTemplate::new(204).set_delay(Duration::from_secs(120));
        let mut script = self.script.0.lock().expect("the script");
        script.extend(std::iter::repeat_n(hanging, times));
    }

    pub async fn messages(&self) -> Vec<Message> {
        let requests = self.server.received_requests().await.expect("kept");
        requests
            .into_iter()
            .map(|request| Message {
                headers: request
                    .headers
                    .iter()
                    .map(|(name, value)| {
                        let value = value.to_str().unwrap_or_default();
                        (name.to_string(), value.to_owned())
                    })
                    .collect(),
                body: request.body,
            })
            .collect()
    }

    /// Waits for so many messages; more are a fault.
    pub async fn until(&self, count: usize) -> Vec<Message> {
        let messages = eventually(&format!("{count} messages have come"), || async {
            let messages = self.messages().await;
            match messages.len() >= count {
                true => Ok(messages),
                false => {
                    let kinds = messages.iter().map(|m| m.json().to_string());
                    Err(kinds.collect::<Vec<_>>().join("\n"))
                }
            }
        })
        .await;
        assert_eq!(messages.len(), count);
        messages
    }
}
