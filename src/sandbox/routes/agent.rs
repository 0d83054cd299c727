//! `GET /me` and `GET /health`.

use actix_web::web::{self, Data, Json, ReqData, ServiceConfig};
use serde_json::{Value, json};

use crate::sandbox::keys::KeyHash;
use crate::sandbox::state::Shared;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/me", web::get().to(me))
        .route("/health", web::get().to(health));
}

async fn me(shared: Data<Shared>, agent: ReqData<KeyHash>) -> Json<Value> {
    let credits = shared.state().accounts.balance(&agent);
    Json(json!({
        "agent": {"id": agent.agent_id(), "name": "Sandbox agent (invented)", "status": "active"},
        "tenant_balance": {"credits": credits},
    }))
}

async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}
