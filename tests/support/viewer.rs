//! A browser that looks at a page live: it hears the event stream, and after each change fetches
//! the page again as `live.js` does, only without its pause between two refreshes.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::task::JoinHandle;

use super::warmsheet::Warmsheet;

const CHANGE: &str = "event: change\ndata: ";

/// What one viewer has seen.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// The event stream has begun.
    pub listens: bool,
    /// The number of the last change that was told and, where the page follows that, fetched.
    pub mark: i64,
    pub refreshes: usize,
    /// The page as it was fetched last.
    pub page: String,
}

/// Somebody who looks; goes away when dropped.
pub struct Viewer {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Viewer {
    /// Opens a page; `cookie` is the one of a sign-in, or empty.
    pub fn open(service: &Warmsheet, path: &str, cookie: &str) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let browser = Browser {
            client: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            address: service.address.clone(),
            path: path.to_owned(),
            cookie: cookie.to_owned(),
            seen: seen.clone(),
        };
        Self {
            seen,
            task: tokio::spawn(browser.look()),
        }
    }

    pub fn seen(&self) -> Seen {
        self.seen.lock().expect("what was seen").clone()
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Browser {
    client: reqwest::Client,
    address: String,
    path: String,
    cookie: String,
    seen: Arc<Mutex<Seen>>,
}

impl Browser {
    async fn look(self) {
        let mut stream = self.ask("/api/v1/events").send().await.expect("a stream");
        assert!(stream.status().is_success(), "{}", stream.status());
        let mut heard = String::new();
        while let Ok(Some(bytes)) = stream.chunk().await {
            self.seen.lock().expect("what was seen").listens = true;
            heard.push_str(&String::from_utf8_lossy(&bytes));
            while let Some((event, rest)) = heard.split_once("\n\n") {
                let change = event.strip_prefix(CHANGE).map(str::to_owned);
                heard = rest.to_owned();
                if let Some(change) = change {
                    self.refresh(&change).await;
                }
            }
        }
    }

    async fn refresh(&self, change: &str) {
        let change: Value = serde_json::from_str(change).expect("JSON");
        let mark = change["mark"].as_i64().expect("a mark");
        let instance = change["instance"].as_str().expect("an instance");
        if self.is_news(&change) {
            self.fetch(&format!("{instance} {mark}")).await;
        }
        // Only now: who waits for a change waits for what it brought as well.
        self.seen.lock().expect("what was seen").mark = mark;
    }

    async fn fetch(&self, follows: &str) {
        let request = self.ask(&self.path).header("x-warmsheet-follows", follows);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        let page = answer.text().await.expect("a page");
        let mut seen = self.seen.lock().expect("what was seen");
        seen.refreshes += 1;
        seen.page = page;
    }

    /// The page of a lead follows only that, and what every page tells.
    fn is_news(&self, change: &Value) -> bool {
        let Some(lead) = self.path.strip_prefix("/leads/") else {
            return true;
        };
        let leads = change["leads"].as_array();
        change["guard"] == true || leads.is_none_or(|leads| leads.iter().any(|id| id == lead))
    }

    fn ask(&self, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.get(format!("{}{path}", self.address));
        if self.cookie.is_empty() {
            return request;
        }
        request.header("cookie", &self.cookie)
    }
}
