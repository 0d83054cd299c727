use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::flow::look_now;
use crate::http::AppState;
use crate::http::access::token;
use crate::http::problem::Problem;
use std::time::Instant;

use super::limits::Whose;

/// Looks that are asked for in a minute; each spreadsheet is read less often than that anyway.
const PER_MINUTE: u32 = 60;

/// Has the connected spreadsheets read soon. For a script in the sheet that says when something
/// was typed: a form's token or the admin token opens it.
pub async fn look(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let given = token::given(request.headers()).ok_or_else(|| {
        Problem::FormRefused(
            "a form\u{2019}s token is missing: Authorization: Bearer \u{2026}".to_owned(),
        )
    })?;
    if !state.forms.knows_token(&given) && !state.access.is_admin_token(&given) {
        return Err(Problem::FormRefused(
            "that is neither a form\u{2019}s token nor the admin token".to_owned(),
        ));
    }
    let sheets = state.flow.health.sheets().len();
    if sheets == 0 {
        return Err(Problem::BadRequest(
            "no spreadsheet is connected; set WARMSHEET_SHEETS".to_owned(),
        ));
    }
    state
        .forms
        .count(Whose::Form("look".to_owned()), PER_MINUTE, Instant::now())?;
    look_now::ask(&state.flow).await?;
    Ok(HttpResponse::Accepted().json(json!({ "sheets": sheets })))
}
