//! Who was told of what, and telling it again.

use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::flow::notify;
use crate::flow::ports::{SendFilter, SendState};
use crate::http::AppState;
use crate::http::problem::Problem;

const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1000;

#[derive(Deserialize)]
struct Which {
    /// `waiting`, `sent` or `dead`
    state: Option<String>,
    target: Option<String>,
    cursor: Option<i64>,
    limit: Option<u32>,
}

/// Targets, and notices with what became of them at each target, the newest first; `nextCursor`
/// goes on where this page ends. `limit` counts notices.
#[get("/api/v1/notices")]
pub async fn list(which: Query<Which>, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let which = which.into_inner();
    let wanted = |text: String| {
        SendState::parse(&text).ok_or_else(|| {
            Problem::BadRequest(format!(
                "state is waiting, sent or dead, not \u{201c}{text}\u{201d}"
            ))
        })
    };
    let filter = SendFilter {
        state: which.state.map(wanted).transpose()?,
        target: which.target,
    };
    let most = which.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let store = &state.flow.store;
    let targets = store.notify_targets().await?;
    let page = store.notice_sends(&filter, which.cursor, most).await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({
        "targets": targets, "notices": page.sends, "nextCursor": page.next,
    })))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    target: Option<String>,
}

/// Sends a notice again, to all its targets or to `{"target": …}`; answers how many.
#[post("/api/v1/notices/{id}/resend")]
pub async fn resend(
    id: Path<String>,
    body: Bytes,
    state: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let to: To = read(&body)?;
    let again = notify::resend(&state.flow, &id, to.target.as_deref()).await?;
    match again {
        None => Err(Problem::NotFound(match to.target {
            Some(target) => format!("notice {id} for the target {target}"),
            None => format!("notice {id}"),
        })),
        Some(again) => Ok(answer(again)),
    }
}

/// Sends everything again that was given up for `{"target": …}`; answers how many.
#[post("/api/v1/notices/resend")]
pub async fn resend_dead(body: Bytes, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let to: To = read(&body)?;
    let Some(target) = to.target else {
        let remedy = "name a target, like {\"target\": \"slack-1\"}";
        return Err(Problem::BadRequest(remedy.to_owned()));
    };
    match notify::resend_dead(&state.flow, &target).await? {
        None => Err(Problem::NotFound(format!("target {target}"))),
        Some(again) => Ok(answer(again)),
    }
}

/// Those that wait already, or whose target is in the configuration no more, are not counted.
fn answer(again: u64) -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"resent": again}))
}

fn read<T: Default + DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| Problem::BadRequest(error.to_string()))
}
