//! Citedy's own export of a lead's run, to download. It is asked for by whoever drives the key,
//! and comes to the browser through the database; no address that a result names is followed.

use std::time::Duration;

use actix_web::http::header::{
    self, ContentDisposition, DispositionParam, DispositionType, HeaderValue,
};
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};

use super::{AppState, PageError, Problem};
use crate::flow::ports::{Errand, LeadView, Payer, ReportFormat, StoreError};
use crate::flow::{Flow, account, errand};
use crate::http::filter::lead_id;

/// How long a browser waits: longer than Citedy has for one answer.
const PATIENCE: Duration = Duration::from_secs(25);

/// Answers once Citedy has, or with what is in the way.
#[get("/leads/{id}/{file:citedy\\.(json|csv|xlsx)}")]
pub async fn citedy_export(
    path: Path<(String, String)>,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let (id, file) = path.into_inner();
    let id = lead_id(&id)?;
    let format = ReportFormat::of_file(&file).ok_or_else(|| Problem::NotFound(file.clone()))?;
    let flow = &state.flow;
    let lead = flow.store.lead(&id).await?;
    let lead = lead.ok_or_else(|| Problem::NotFound(format!("lead {id}")))?;
    let (run_id, payer) = run_of(&lead, flow).await??;
    let asked = Errand::Export { format, run_id };
    let changes = state.live.marks();
    let answer = tokio::select! {
        answer = errand::wait_for(flow, &asked, &payer, changes, PATIENCE) => answer?,
        () = state.stop.cancelled() => None,
    };
    match answer {
        Some(Ok(body)) => Ok(attachment(&lead, format, body.bytes)),
        Some(Err(problem)) => Err(Problem::CitedyRefused(problem).into()),
        None => Err(Problem::CitedySilent.into()),
    }
}

/// The run behind the lead's result, and the account that may ask for it, the one that bought it;
/// or why nobody can ask.
pub async fn run_of(
    lead: &LeadView,
    flow: &Flow,
) -> Result<Result<(String, Payer), Problem>, StoreError> {
    let Some(bought) = flow.store.bought_run(lead.seq).await? else {
        let what = format!("report for lead {} yet", lead.id);
        return Ok(Err(Problem::NotFound(what)));
    };
    let Some(now) = account::known_payer(flow).await? else {
        // Citedy has never told whose key this is.
        return Ok(Err(Problem::CitedySilent));
    };
    Ok(match bought.payer {
        Some(payer) if payer == now => Ok((bought.run_id, payer)),
        _ => Err(Problem::OtherAccount),
    })
}

/// Saved, not shown: whatever stands in it, nothing of it runs here.
fn attachment(lead: &LeadView, format: ReportFormat, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(format.content_type())
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::Filename(file_name(
                lead.domain.as_deref(),
                lead.id.as_str(),
                format,
            ))],
        })
        .body(bytes)
}

/// `citedy-acme.com.csv`; without a domain that can stand in a name, the lead's id.
fn file_name(domain: Option<&str>, id: &str, format: ReportFormat) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let domain = domain.filter(|domain| domain.chars().all(plain));
    format!("citedy-{}.{}", domain.unwrap_or(id), format.ending())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_after_its_company() {
        let name = |domain| file_name(domain, "L7K3QF9XM2TDA", ReportFormat::Csv);
        assert_eq!(name(Some("acme.com")), "citedy-acme.com.csv");
        for odd in [None, Some("a/../b"), Some("a\"b"), Some("m\u{fc}ller.de")] {
            assert_eq!(name(odd), "citedy-L7K3QF9XM2TDA.csv");
        }
    }
}
