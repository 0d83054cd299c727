use std::time::Instant;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::limits::Whose;
use crate::flow::look_now;
use crate::http::AppState;
use crate::http::access::token;
use crate::http::problem::Problem;

/// Looks that are asked for in a minute; each spreadsheet is read less often than that anyway.
const PER_MINUTE: u32 = 60;

/// What is read.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Looking {
    /// Spreadsheets that are connected.
    sheets: usize,
}

/// Has the connected spreadsheets read soon. For a script in the sheet that says when something
/// was typed: a form's token or the admin token opens it.
#[utoipa::path(
    post,
    path = "/forms/look",
    responses(
        (status = 202, description = "They are read soon", body = Looking),
        (status = 400, description = "No spreadsheet is connected"),
        (status = 401, description = "Neither a form\u{2019}s token nor the admin token"),
        (status = 403, description = "From a foreign place"),
        (status = 429, description = "Too many wrong tokens, or asked for too often; see Retry-After"),
        (status = 503, description = "The database cannot be used"),
    ),
    security(()),
)]
pub async fn look(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let (address, now) = (state.access.client(&request), Instant::now());
    state.forms.may_try(address, now)?;
    opened(&request, &state).inspect_err(|_| {
        state.forms.refused(address, now);
    })?;
    let sheets = state.flow.health.sheets().len();
    if sheets == 0 {
        return Err(Problem::BadRequest(
            "no spreadsheet is connected; set WARMSHEET_SHEETS".to_owned(),
        ));
    }
    state
        .forms
        .count(Whose::Form("look".to_owned()), PER_MINUTE, now)?;
    look_now::ask(&state.flow).await?;
    Ok(HttpResponse::Accepted().json(Looking { sheets }))
}

fn opened(request: &HttpRequest, state: &AppState) -> Result<(), Problem> {
    let given = token::given(request.headers()).ok_or_else(|| {
        Problem::FormRefused(
            "a form\u{2019}s token is missing: Authorization: Bearer \u{2026}".to_owned(),
        )
    })?;
    if state.forms.knows_token(&given) {
        return Ok(());
    }
    if !state.access.needs_token() {
        return Err(Problem::FormRefused(
            "that is no form\u{2019}s token".to_owned(),
        ));
    }
    // Guessing is slowed down as everywhere.
    state.access.try_token(request, &given)
}
