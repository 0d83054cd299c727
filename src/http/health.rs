//! Whether the process lives, and whether it can do its work.

mod readiness;

use actix_web::get;
use actix_web::web::{self, Data, Json};
use serde::Serialize;

use super::AppState;
use super::problem::Problem;
pub use readiness::Readiness;

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
/// leads wait, they are not lost. The answer may be two seconds old.
#[utoipa::path(
    responses(
        (status = 200, description = "What comes in can be stored", body = HealthJson),
        (status = 503, description = "The database takes nothing"),
    ),
    security(()),
)]
#[get("/health/ready")]
pub(super) async fn ready(state: Data<AppState>) -> Result<Json<HealthJson>, Problem> {
    // Made a problem right away, so that what is wrong is logged once, not once a caller.
    let proven = async {
        state
            .flow
            .store
            .prove_writable()
            .await
            .map_err(Problem::from)
    };
    if state.readiness.ask(async { proven.await.is_ok() }).await {
        Ok(Json(HealthJson { status: "ready" }))
    } else {
        Err(Problem::StoreUnavailable)
    }
}
