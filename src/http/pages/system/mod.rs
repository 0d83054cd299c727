//! The state of the machinery: webhooks, sheets and folders, who is told of what happens, who does
//! what, what is left of the budget, who is signed in.

mod notices;
mod parts;
mod webhooks;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;

use super::banners::{self, Banner};
use super::view::Moment;
use super::{AppState, Frame, PageError, Visitor, page};
use crate::flow::errand;
use crate::flow::guard::Guard;
use crate::flow::ports::Session;
use notices::TargetRow;
pub use notices::resend_notices;
use parts::{InstanceRow, LeaseRow, PartRow, SheetRow};
use webhooks::Webhooks;

/// How this service and its places are doing.
#[get("/system")]
pub async fn show(
    request: HttpRequest,
    visitor: Visitor,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let shown = state
        .views
        .get(&request, &state, "/system", read(&state))
        .await?;
    let shown = SystemPage {
        frame: Frame::new("System", "system", &state, &visitor).follows("all"),
        own_session: visitor.signed_in.id().unwrap_or_default().to_owned(),
        banners: &shown.banners,
        view: &shown,
    };
    Ok(page(StatusCode::OK, &shown)?)
}

#[derive(Template)]
#[template(path = "system.html")]
struct SystemPage<'a> {
    frame: Frame,
    banners: &'a [Banner],
    /// The id of the session that this page is shown to; empty without one.
    own_session: String,
    view: &'a View,
}

/// What the page shows; the same for everybody who looks at it.
struct View {
    banners: Vec<Banner>,
    version: &'static str,
    instance: String,
    started: Moment,
    read_at: Moment,
    webhooks: Webhooks,
    sheets: Vec<SheetRow>,
    parts: Vec<PartRow>,
    targets: Vec<TargetRow>,
    leases: Vec<LeaseRow>,
    instances: Vec<InstanceRow>,
    /// `None`: nobody needs to sign in here.
    sessions: Option<Vec<SessionRow>>,
}

/// A browser that is signed in.
struct SessionRow {
    id: String,
    browser: String,
    opened: Moment,
    expires: Moment,
}

impl From<Session> for SessionRow {
    fn from(session: Session) -> Self {
        Self {
            id: session.id,
            browser: session.browser,
            opened: session.opened_at.into(),
            expires: session.expires_at.into(),
        }
    }
}

async fn read(state: &AppState) -> Result<View, PageError> {
    let flow = &state.flow;
    let guard = Guard::read(flow).await?;
    let now = flow.clock.now();
    let instances = parts::instances(flow, now).await?;
    let leases = flow.store.leases().await?;
    let sheets = flow.health.sheets();
    let refused = instances.iter().map(|view| view.health.refused_webhooks);
    errand::refresh_webhooks(flow).await?;
    let sessions = match state.access.needs_token() {
        true => Some(state.access.sessions(flow).await?),
        false => None,
    };
    Ok(View {
        banners: banners::read(flow, &guard).await?,
        version: env!("CARGO_PKG_VERSION"),
        instance: flow.instance.clone(),
        started: flow.started_at.into(),
        read_at: now.into(),
        webhooks: Webhooks::read(state, refused).await?,
        parts: parts::parts(&instances),
        targets: notices::targets(flow).await?,
        leases: leases
            .into_iter()
            .map(|lease| LeaseRow::new(lease, &sheets, &flow.instance))
            .collect(),
        sessions: sessions.map(|all| all.into_iter().map(SessionRow::from).collect()),
        sheets: sheets.into_iter().map(SheetRow::new).collect(),
        instances: instances
            .into_iter()
            .map(|view| InstanceRow::new(view, &flow.instance, now))
            .collect(),
    })
}
