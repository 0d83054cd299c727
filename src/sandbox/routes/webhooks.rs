//! Registering, listing and deleting webhooks, and their deliveries.

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, Data, Json, Path, Query, ReqData, ServiceConfig};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sandbox::answers::Refusal;
use crate::sandbox::clock;
use crate::sandbox::endpoint::{Endpoint, Registration};
use crate::sandbox::keys::KeyHash;
use crate::sandbox::mailbox::DeliveryStatus;
use crate::sandbox::state::Shared;

/// Deliveries on one page, when nobody says how many.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/webhooks", web::post().to(register))
        .route("/webhooks", web::get().to(list))
        .route("/webhooks/deliveries", web::get().to(deliveries))
        .route("/webhooks/{id}", web::delete().to(delete));
}

async fn register(
    shared: Data<Shared>,
    agent: ReqData<KeyHash>,
    body: Bytes,
) -> Result<HttpResponse, Refusal> {
    let registration: Registration =
        serde_json::from_slice(&body).map_err(|error| Refusal::BadRequest(error.to_string()))?;
    let endpoint = registration
        .accept(agent.into_inner(), clock::now())
        .map_err(Refusal::BadRequest)?;
    let view = endpoint.view_with_secret();
    shared.state().register_webhook(endpoint)?;
    Ok(HttpResponse::Created().json(view))
}

async fn list(shared: Data<Shared>, agent: ReqData<KeyHash>) -> Json<Value> {
    let state = shared.state();
    let webhooks: Vec<Value> = state.mailbox.of(&agent).map(Endpoint::view).collect();
    Json(json!({"webhooks": webhooks}))
}

async fn delete(
    shared: Data<Shared>,
    agent: ReqData<KeyHash>,
    id: Path<String>,
) -> Result<Json<Value>, Refusal> {
    let id = Uuid::parse_str(&id).map_err(|_| Refusal::NotFound("webhook"))?;
    shared.state().delete_webhook(&agent, id)?;
    Ok(Json(json!({"id": id, "deleted": true})))
}

#[derive(Deserialize)]
struct DeliveriesQuery {
    status: Option<DeliveryStatus>,
    limit: Option<usize>,
    offset: Option<usize>,
}

async fn deliveries(
    shared: Data<Shared>,
    agent: ReqData<KeyHash>,
    query: Result<Query<DeliveriesQuery>, actix_web::Error>,
) -> Result<Json<Value>, Refusal> {
    let query = query.map_err(|error| Refusal::BadRequest(error.to_string()))?;
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let offset = query.offset.unwrap_or(0);
    let state = shared.state();
    Ok(Json(state.mailbox.deliveries(
        &agent,
        query.status,
        limit,
        offset,
    )))
}
