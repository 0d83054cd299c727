//! The published routes. Each handler finds the agent that the gate has let in.

mod agent;
mod runs;
mod spoil;
mod webhooks;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use super::answers::Refusal;
use super::{control, gate};

pub(super) fn all(config: &mut ServiceConfig) {
    config
        .service(
            web::scope("/api/agent")
                .wrap(from_fn(gate::gate))
                .configure(runs::routes)
                .configure(agent::routes)
                .configure(webhooks::routes)
                .default_service(web::to(unknown_route)),
        )
        .configure(control::routes);
}

async fn unknown_route() -> Result<&'static str, Refusal> {
    Err(Refusal::NotFound("route"))
}
