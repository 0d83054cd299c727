use actix_web::post;
use actix_web::web::{Data, Json};
use serde::Serialize;

use crate::flow::pause as stop;
use crate::flow::ports::Pause;
use crate::http::AppState;
use crate::http::problem::Problem;

/// The stop holds.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PausedJson {
    paused: bool,
}

/// What a resume has left.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ResumedJson {
    /// Something still stands in the way.
    paused: bool,
    pauses: Vec<Pause>,
}

/// The stop that stops: after the answer no paid call is sent, and none is on its way.
#[utoipa::path(responses((status = 200, description = "Nothing is bought any more", body = PausedJson)))]
#[post("/api/v1/pause")]
pub async fn pause(state: Data<AppState>) -> Result<Json<PausedJson>, Problem> {
    stop::by_person(&state.flow).await?;
    Ok(Json(PausedJson { paused: true }))
}

/// Lifts a person's pause and the one after a restore. What else stands in the way, an empty balance
/// say, stays.
#[utoipa::path(responses((status = 200, description = "What is left of pauses", body = ResumedJson)))]
#[post("/api/v1/resume")]
pub async fn resume(state: Data<AppState>) -> Result<Json<ResumedJson>, Problem> {
    stop::resume(&state.flow).await?;
    let pauses = state.flow.store.pauses().await?;
    Ok(Json(ResumedJson {
        paused: !pauses.is_empty(),
        pauses,
    }))
}
