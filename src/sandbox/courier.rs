//! The one background task: it announces the ends of runs and carries webhook letters.

use std::time::Duration;

use actix_web::web::Data;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::agenda::Task;
use super::clock;
use super::config::SandboxError;
use super::mailbox::Letter;
use super::state::Shared;

/// Letters under way at the same time.
const MOST_LETTERS: usize = 32;
/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to sleep when nothing is planned; a change of the agenda ends the sleep.
const IDLE: Duration = Duration::from_secs(3600);

/// How one attempt went; `None` when nobody answered.
struct Receipt {
    delivery: usize,
    response: Option<u16>,
}

pub(super) fn client() -> Result<Client, SandboxError> {
    // Another part of the process may have chosen a provider already; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(PATIENCE)
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .map_err(SandboxError::HttpClient)
}

/// Works through the agenda for as long as the sandbox lives.
pub(super) async fn run(shared: Data<Shared>, client: Client) {
    let mut under_way = JoinSet::new();
    loop {
        let room = MOST_LETTERS - under_way.len();
        let (letters, pause) = {
            let mut state = shared.state();
            let now = clock::now();
            let letters = state.due_letters(room, now);
            let next = state.agenda.next().filter(|_| letters.len() < room);
            let pause = next.map_or(IDLE, |at| (at - now).to_std().unwrap_or_default());
            (letters, pause)
        };
        for letter in letters {
            under_way.spawn(carry(client.clone(), letter));
        }
        tokio::select! {
            Some(receipt) = under_way.join_next() => {
                if let Ok(receipt) = receipt {
                    record(&shared, receipt);
                }
            }
            () = shared.agenda_changed.notified() => {}
            () = sleep(pause.min(IDLE)) => {}
        }
    }
}

async fn carry(client: Client, letter: Letter) -> Receipt {
    let response = client
        .post(&letter.url)
        .header(CONTENT_TYPE, "application/json")
        .header("X-Citedy-Signature-256", letter.signature)
        .body(letter.body)
        .send()
        .await;
    Receipt {
        delivery: letter.delivery,
        response: response.ok().map(|response| response.status().as_u16()),
    }
}

fn record(shared: &Shared, receipt: Receipt) {
    let mut state = shared.state();
    let speed = shared.config.speed;
    let next = state
        .mailbox
        .end_attempt(receipt.delivery, receipt.response, clock::now(), speed);
    if let Some(at) = next {
        state.agenda.add(at, Task::Attempt(receipt.delivery));
    }
}
