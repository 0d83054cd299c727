//! What every request to `/api/agent` passes first: it is counted, its key is looked at, and
//! it is held to the rate limit.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, ResponseError};

use super::answers::Refusal;
use super::keys::KeyHash;
use super::state::Shared;

/// The one route that needs no key, and counts towards nobody's limit.
const HEALTH: &str = "/api/agent/health";

pub(super) async fn gate(
    shared: Data<Shared>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = match admit(&shared, &request) {
        Ok(agent) => {
            if let Some(agent) = agent {
                request.extensions_mut().insert(agent);
            }
            next.call(request).await?.map_into_boxed_body()
        }
        Err(refusal) => request.into_response(refusal.error_response()),
    };
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        shared.state().traffic.count_429();
    }
    Ok(response)
}

fn admit(shared: &Shared, request: &ServiceRequest) -> Result<Option<KeyHash>, Refusal> {
    let route = request
        .match_pattern()
        .unwrap_or_else(|| "other".to_owned());
    let mut state = shared.state();
    state
        .traffic
        .count_request(format!("{} {route}", request.method()));
    if request.path() == HEALTH {
        return Ok(None);
    }
    let key = bearer(request).ok_or(Refusal::Unauthorized)?;
    state.admit(key).map(Some)
}

fn bearer(request: &ServiceRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}
