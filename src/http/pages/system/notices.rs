//! Who is told of what happens, and the button that tells it again.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Deserialize;

use super::super::page_form::PageForm;
use super::super::{Problem, see_other};
use super::{AppState, Moment, PageError};
use crate::flow::ports::{StoreError, TargetView};
use crate::flow::{Flow, notify};
use crate::lead::notice::NoticeKind;

/// A target of the configuration.
pub struct TargetRow {
    pub name: String,
    pub host: String,
    pub events: String,
    pub last_sent: Option<Moment>,
    /// What the last failure met and when, while nothing has been sent since.
    pub error: Option<(String, Option<Moment>)>,
    pub waiting: u64,
    pub dead: u64,
}

impl From<TargetView> for TargetRow {
    fn from(view: TargetView) -> Self {
        let all = view.events.len() == NoticeKind::ALL.len();
        let names: Vec<&str> = view.events.iter().map(|kind| kind.as_str()).collect();
        let still = view.last_failed_at > view.last_sent_at || view.dead > 0;
        let failed_at = view.last_failed_at.map(Moment::from);
        Self {
            events: if all {
                "every event".to_owned()
            } else {
                names.join(", ")
            },
            name: view.name,
            host: view.host,
            last_sent: view.last_sent_at.map(Moment::from),
            error: view
                .last_error
                .filter(|_| still)
                .map(|error| (error, failed_at)),
            waiting: view.waiting,
            dead: view.dead,
        }
    }
}

/// In the order of the configuration.
pub async fn targets(flow: &Flow) -> Result<Vec<TargetRow>, StoreError> {
    let targets = flow.store.notify_targets().await?;
    Ok(targets.into_iter().map(TargetRow::from).collect())
}

#[derive(Deserialize)]
struct ResendForm {
    target: String,
}

/// Sends everything again that was given up for a target.
#[post("/system/notices/resend")]
pub async fn resend_notices(
    form: PageForm<ResendForm>,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let target = form.0.target;
    match notify::resend_dead(&state.flow, &target).await? {
        Some(_) => Ok(see_other("/system#notices")),
        None => Err(Problem::NotFound(format!("target {target}")).into()),
    }
}
