//! Whether the process lives, and whether it can do its work.

use actix_web::web::{self, Data};
use actix_web::{HttpResponse, get};

use super::AppState;
use super::problem::Problem;

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(live).service(ready);
}

#[get("/health/live")]
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"status": "ok"}))
}

/// Ready when what comes in can be stored. The Citedy API is no part of this: while it is away
/// leads wait, they are not lost.
#[get("/health/ready")]
async fn ready(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    state.flow.store.prove_writable().await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({"status": "ready"})))
}
