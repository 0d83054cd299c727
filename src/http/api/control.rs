use actix_web::web::Data;
use actix_web::{HttpResponse, post};

use crate::flow::pause as stop;
use crate::http::AppState;
use crate::http::problem::Problem;

/// The stop that stops: after the answer no paid call is sent, and none is on its way.
#[post("/api/v1/pause")]
pub async fn pause(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    stop::by_person(&state.flow).await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({"paused": true})))
}

/// Lifts a person's pause and the one after a restore. What else stands in the way, an empty balance say, stays.
#[post("/api/v1/resume")]
pub async fn resume(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    stop::resume(&state.flow).await?;
    let left = state.flow.store.pauses().await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({"paused": !left.is_empty(), "pauses": left})))
}
