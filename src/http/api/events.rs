//! The stream of events that open pages follow.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, get};
use futures_util::stream;
use tokio::time::Instant;

use crate::flow::live::Change;
use crate::http::AppState;

/// A line at least this often keeps proxies from closing the stream.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// A stream ends after this; whoever still may listen comes again at once.
const LASTS: Duration = Duration::from_secs(10 * 60);

/// Server-sent events: `change` whenever something was written, with the leads that it is about
/// (`null`: perhaps all). What became of them is for the listener to ask.
#[utoipa::path(responses(
    (status = 200, content_type = "text/event-stream", body = String,
        description = "An endless stream of `event: change` lines, each with `data: {\"instance\", \
            \"mark\", \"leads\": [id] or null, \"guard\"}`; it ends after ten minutes, come again then"),
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
    let data = serde_json::json!({
        "instance": instance,
        "mark": change.mark,
        "leads": change.leads,
        "guard": change.guard,
    });
    format!("event: change\ndata: {data}\n\n")
}
