//! Whether the process lives, and whether it can do its work.

use actix_web::get;
use actix_web::web::{self, Data, Json};
use serde::Serialize;

use super::AppState;
use super::problem::Problem;

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(live).service(ready);
}

/// `ok` or `ready`.
#[derive(Serialize, utoipa::ToSchema)]
struct HealthJson {
    status: &'static str,
}

/// The process lives.
#[utoipa::path(
    responses((status = 200, description = "It lives", body = HealthJson)),
    security(()),
)]
#[get("/health/live")]
pub(super) async fn live() -> Json<HealthJson> {
    Json(HealthJson { status: "ok" })
}

/// Ready when what comes in can be stored. The Citedy API is no part of this: while it is away
/// leads wait, they are not lost.
#[utoipa::path(
    responses(
        (status = 200, description = "What comes in can be stored", body = HealthJson),
        (status = 503, description = "The database takes nothing"),
    ),
    security(()),
)]
#[get("/health/ready")]
pub(super) async fn ready(state: Data<AppState>) -> Result<Json<HealthJson>, Problem> {
    state.flow.store.prove_writable().await?;
    Ok(Json(HealthJson { status: "ready" }))
}
