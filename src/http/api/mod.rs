//! The JSON API under `/api/v1`.

pub(super) mod control;
pub(super) mod events;
pub(super) mod intake;
pub(super) mod leads;
pub(super) mod ledger;
pub(super) mod notices;
pub(super) mod status;
mod view;

use actix_web::web;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(intake::post_leads)
        .service(leads::list)
        .service(leads::one)
        .service(leads::decide_lead)
        .service(leads::decide_batch)
        .service(control::pause)
        .service(control::resume)
        .service(status::overview)
        .service(notices::list)
        .service(notices::resend_dead)
        .service(notices::resend)
        .service(ledger::page)
        .service(ledger::file)
        .service(events::events);
}
