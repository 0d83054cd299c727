//! Who was told of what, and telling it again.

use actix_web::web::{Bytes, Data, Json, Path, Query};
use actix_web::{get, post};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::flow::notify;
use crate::flow::ports::{SendFilter, SendState, SendView, TargetView};
use crate::http::AppState;
use crate::http::problem::Problem;

const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1000;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// What became of it: `waiting`, `sent` or `dead`.
    #[param(required = false)]
    state: Option<String>,
    /// A target's name.
    #[param(required = false)]
    target: Option<String>,
    /// `nextCursor` of the page before.
    #[param(required = false)]
    cursor: Option<i64>,
    /// Notices on this page; at most 1000, and 100 if not given.
    #[param(required = false)]
    limit: Option<u32>,
}

/// Who is told, and of what.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticesJson {
    targets: Vec<TargetView>,
    /// An entry for each target of a notice.
    notices: Vec<SendView>,
    next_cursor: Option<i64>,
}

/// What is sent again.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ResentJson {
    /// Those that wait already, or whose target is in the configuration no more, are not counted.
    resent: u64,
}

/// Targets, and notices with what became of them at each target, the newest first; `nextCursor`
/// goes on where this page ends.
#[utoipa::path(
    operation_id = "notices",
    params(Which),
    responses(
        (status = 200, description = "A page of notices", body = NoticesJson),
        (status = 400, description = "The state or the paging cannot be understood"),
    ),
)]
#[get("/api/v1/notices")]
pub async fn list(
    which: Query<Which>,
    state: Data<AppState>,
) -> Result<Json<NoticesJson>, Problem> {
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
    Ok(Json(NoticesJson {
        targets,
        notices: page.sends,
        next_cursor: page.next,
    }))
}

/// Whom to send to.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToJson {
    target: Option<String>,
}

/// Sends a notice again, to all its targets or to `{"target": …}`; answers how many.
#[utoipa::path(
    operation_id = "resendNotice",
    params(("id" = String, Path, description = "A notice's id")),
    request_body(content = Option<ToJson>, description = "One target, if not all"),
    responses(
        (status = 200, description = "They will be sent", body = ResentJson),
        (status = 400, description = "The body cannot be understood"),
        (status = 404, description = "There is no such notice, or not for this target"),
        (status = 413, description = "The body is too large"),
    ),
)]
#[post("/api/v1/notices/{id}/resend")]
pub async fn resend(
    id: Path<String>,
    body: Bytes,
    state: Data<AppState>,
) -> Result<Json<ResentJson>, Problem> {
    let to: ToJson = read(&body)?;
    let again = notify::resend(&state.flow, &id, to.target.as_deref()).await?;
    match again {
        None => Err(Problem::NotFound(match to.target {
            Some(target) => format!("notice {id} for the target {target}"),
            None => format!("notice {id}"),
        })),
        Some(resent) => Ok(Json(ResentJson { resent })),
    }
}

/// Sends everything again that was given up for `{"target": …}`; answers how many.
#[utoipa::path(
    operation_id = "resendDeadNotices",
    request_body = ToJson,
    responses(
        (status = 200, description = "They will be sent", body = ResentJson),
        (status = 400, description = "No target is named"),
        (status = 404, description = "There is no such target"),
        (status = 413, description = "The body is too large"),
    ),
)]
#[post("/api/v1/notices/resend")]
pub async fn resend_dead(body: Bytes, state: Data<AppState>) -> Result<Json<ResentJson>, Problem> {
    let to: ToJson = read(&body)?;
    let Some(target) = to.target else {
        let remedy = "name a target, like {\"target\": \"slack-1\"}";
        return Err(Problem::BadRequest(remedy.to_owned()));
    };
    match notify::resend_dead(&state.flow, &target).await? {
        None => Err(Problem::NotFound(format!("target {target}"))),
        Some(resent) => Ok(Json(ResentJson { resent })),
    }
}

fn read<T: Default + DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| Problem::BadRequest(error.to_string()))
}
