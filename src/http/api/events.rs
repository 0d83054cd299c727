//! The stream of events that open pages follow.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, get};
use futures_util::stream;
use serde::Serialize;
use tokio::time::Instant;

use crate::flow::live::Change;
use crate::http::AppState;
use crate::lead::LeadId;

/// A line at least this often keeps proxies from closing the stream.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// A stream ends after this; whoever still may listen comes again at once.
const LASTS: Duration = Duration::from_secs(10 * 60);

/// What a `change` event says in its `data`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChangeJson<'c> {
    /// The instance that tells it.
    instance: &'c str,
    /// Counts the changes that this instance told of.
    mark: i64,
    /// The leads that something happened to; `null`: perhaps all.
    #[schema(required)]
    leads: Option<&'c [LeadId]>,
    /// What every page shows of pauses, spending and the health of parts may be new.
    guard: bool,
}

/// Server-sent events: `change` whenever something was written, with the leads that it is about
/// (`null`: perhaps all). What became of them is for the listener to ask.
#[utoipa::path(responses(
    (status = 200, content_type = "text/event-stream", body = String,
        description = "A stream of `event: change`, each with a `ChangeJson` as its `data`; it ends \
            after ten minutes, come again then"),
))]
#[get("/api/v1/events")]
pub async fn events(state: Data<AppState>) -> HttpResponse {
    let listener = state.live.listen();
    let instance = state.flow.instance.clone();
    let stop = state.stop.clone();
    let ends = Instant::now() + LASTS;
    let stream = stream::unfold((listener, true), move |(mut listener, first)| {
        let (instance, stop) = (instance.clone(), stop.clone());
        async move {
            if first {
                return Some((
                    Ok::<_, actix_web::Error>(Bytes::from_static(b"retry: 2000\n\n")),
                    (listener, false),
                ));
            }
            let text = tokio::select! {
                change = listener.next() => event(&instance, &*change?),
                () = tokio::time::sleep(KEEP_ALIVE) => ": still here\n\n".to_owned(),
                () = stop.cancelled() => return None,
                () = tokio::time::sleep_until(ends) => return None,
            };
            Some((Ok(Bytes::from(text)), (listener, false)))
        }
    });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream)
}

fn event(instance: &str, change: &Change) -> String {
    let data = ChangeJson {
        instance,
        mark: change.mark,
        leads: change.leads.as_deref(),
        guard: change.guard,
    };
    let data = serde_json::to_string(&data).unwrap_or_default();
    format!("event: change\ndata: {data}\n\n")
}
