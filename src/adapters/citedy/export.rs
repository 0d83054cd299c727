//! Citedy's own export of a run. Its address is made from the run's id: the `exportUrls` of a
//! result may lead anywhere, and the key goes nowhere but to Citedy.

use std::time::Duration;

use reqwest::Method;
use serde::de::IgnoredAny;

use super::answer::{Answer, read_body, transport_words};
use super::client::{CitedyClient, refusal, run_path};
use super::metered::metered;
use crate::flow::ports::ReportFormat;
use crate::lead::run::ApiFault;

/// A larger export is cut off unread.
const LARGEST_EXPORT: usize = 20 * 1024 * 1024;
/// Somebody waits for it in front of a page, who should hear of a failure.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How a ZIP archive begins, which a workbook is.
const ZIP: &[u8] = b"PK\x03\x04";

/// `timeout` is the client's own, if that is shorter than what a person waits for.
pub async fn export_run(
    client: &CitedyClient,
    run_id: &str,
    format: ReportFormat,
    timeout: Duration,
) -> Result<Vec<u8>, ApiFault> {
    let path = run_path(run_id).ok_or(ApiFault::NotFound)?;
    let failed = |why| ApiFault::Failed { why };
    let request = client
        .request(Method::GET, &format!("{path}/export"))
        .query(&[("format", format.ending())])
        .timeout(TIMEOUT.min(timeout));
    let response = metered(request)
        .await
        .map_err(|error| failed(transport_words(&error)))?;
    if !response.status().is_success() {
        let answer = Answer::read(response).await.map_err(failed)?;
        return Err(refusal(&answer));
    }
    let bytes = read_body(response, LARGEST_EXPORT).await.map_err(failed)?;
    if is_of(format, &bytes) {
        Ok(bytes)
    } else {
        let ending = format.ending().to_uppercase();
        Err(failed(format!("the answer is no {ending} file")))
    }
}

/// Whether these bytes may be such a file: a page of some proxy in between is none.
fn is_of(format: ReportFormat, bytes: &[u8]) -> bool {
    match format {
        ReportFormat::Json => serde_json::from_slice::<IgnoredAny>(bytes).is_ok(),
        ReportFormat::Xlsx => bytes.starts_with(ZIP),
        ReportFormat::Csv => {
            let begins = |page: &[u8]| {
                let start = bytes.trim_ascii_start().get(..page.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(page))
            };
            !bytes.contains(&0) && !begins(b"<!doctype") && !begins(b"<html")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_proxy_is_taken_for_no_export() {
        let page = b"\n<!DOCTYPE html><html>sign in</html>";
        for format in [ReportFormat::Json, ReportFormat::Csv, ReportFormat::Xlsx] {
            assert!(!is_of(format, page), "{format:?}");
        }
        assert!(is_of(ReportFormat::Json, br#"{"exportRows": []}"#));
        assert!(is_of(ReportFormat::Csv, b""), "a run without rows");
        assert!(is_of(
            ReportFormat::Csv,
            "name,why\nZo\u{eb},<b>\n".as_bytes()
        ));
        assert!(is_of(ReportFormat::Xlsx, b"PK\x03\x04\x14"));
        assert!(!is_of(ReportFormat::Json, br#"{"exportRows": ["#));
    }
}
