//! What Google's errors mean. 403 stands for three different things, and 400 for more.

use std::time::Duration;

use google_sheets4::common;
use serde_json::Value;

use super::account;
use crate::flow::ports::SheetFault;

/// Sees what the library's errors leave out.
#[derive(Default)]
pub struct Seen {
    pub retry_after: Option<Duration>,
    pub status: u16,
}

impl common::Delegate for Seen {
    fn http_failure(&mut self, response: &common::Response, _: Option<&Value>) -> common::Retry {
        self.status = response.status().as_u16();
        self.retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.parse().ok())
            .map(Duration::from_secs);
        // Whether to send again is not decided here.
        common::Retry::Abort
    }
}

/// Whom and what a call was about.
pub struct About<'a> {
    pub account: &'a str,
    pub spreadsheet: &'a str,
}

pub fn fault(error: common::Error, seen: &Seen, about: &About<'_>) -> SheetFault {
    match error {
        common::Error::HttpError(error) if error.is_connect() => {
            SheetFault::Unreachable(error.to_string())
        }
        common::Error::HttpError(error) => SheetFault::Unknown(error.to_string()),
        common::Error::Io(error) => SheetFault::Unknown(error.to_string()),
        common::Error::JsonDecodeError(..) => {
            SheetFault::Unknown("the answer was cut or is no JSON".to_owned())
        }
        common::Error::MissingToken(error) => match error.downcast_ref() {
            Some(error) => account::fault(error),
            None => SheetFault::Unreachable(error.to_string()),
        },
        common::Error::BadRequest(body) => answered(&body, seen, about),
        common::Error::Failure(response) => {
            by_status(response.status().as_u16(), "no explanation", seen, about)
        }
        other => SheetFault::Refused(other.to_string()),
    }
}

/// An error answer in Google's own form.
fn answered(body: &Value, seen: &Seen, about: &About<'_>) -> SheetFault {
    let error = &body["error"];
    let message = error["message"].as_str().unwrap_or("no explanation");
    let status = error["code"]
        .as_u64()
        .and_then(|code| u16::try_from(code).ok())
        .unwrap_or(seen.status);
    let reasons: Vec<&str> = error["details"]
        .as_array()
        .into_iter()
        .chain(error["errors"].as_array())
        .flatten()
        .filter_map(|detail| detail["reason"].as_str())
        .collect();
    let lower = message.to_lowercase();
    if lower.contains("protected cell") || lower.contains("protected range") {
        return SheetFault::Protected {
            account: about.account.to_owned(),
        };
    }
    let by_words = match status {
        403 => forbidden(message, &reasons, seen),
        400 => bad_request(message),
        _ => None,
    };
    by_words.unwrap_or_else(|| by_status(status, message, seen, about))
}

/// What 403 stands for where it is not the sheet that is kept from us.
fn forbidden(message: &str, reasons: &[&str], seen: &Seen) -> Option<SheetFault> {
    let lower = message.to_lowercase();
    let disabled = reasons.contains(&"SERVICE_DISABLED")
        || reasons.contains(&"accessNotConfigured")
        || lower.contains("has not been used in project");
    if disabled {
        return Some(SheetFault::ApiDisabled(message.to_owned()));
    }
    let quota = reasons.iter().any(|reason| {
        let reason = reason.to_lowercase();
        reason.contains("ratelimit") || reason.contains("rate_limit") || reason.contains("quota")
    });
    (quota || lower.contains("quota")).then_some(SheetFault::Quota {
        retry_after: seen.retry_after,
    })
}

/// What 400 stands for where something can be done about it.
fn bad_request(message: &str) -> Option<SheetFault> {
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| lower.contains(words));
    if lower.contains("metadata") && says(&["exist", "duplicate", "in use"]) {
        return Some(SheetFault::MarkTaken);
    }
    if says(&[
        "no grid with id",
        "no sheet with id",
        "unable to parse range",
    ]) {
        return Some(SheetFault::TabGone(message.to_owned()));
    }
    let workbook = says(&["office file", "not supported for this document"]);
    workbook.then(|| {
        SheetFault::Refused(
            "the file is an Excel workbook in Drive. Open it and choose File, Save as Google \
             Sheets, then use the new address"
                .to_owned(),
        )
    })
}

fn by_status(status: u16, message: &str, seen: &Seen, about: &About<'_>) -> SheetFault {
    match status {
        401 => {
            SheetFault::Unreachable("the access token was refused; a new one is fetched".to_owned())
        }
        403 => SheetFault::NotShared {
            account: about.account.to_owned(),
        },
        404 => SheetFault::NoSuchSheet {
            id: about.spreadsheet.to_owned(),
        },
        429 => SheetFault::Quota {
            retry_after: seen.retry_after,
        },
        500.. => SheetFault::Unknown(format!("{status}: {message}")),
        _ => SheetFault::Refused(format!("{status}: {}", without_values(message))),
    }
}

/// Google quotes the value that it refuses; a result holds contacts, which no log may.
fn without_values(message: &str) -> String {
    match message.split_once('"') {
        Some((words, _)) => format!("{}\u{2026}", words.trim_end_matches([' ', ',', ':'])),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(code: u16, message: &str, reason: &str) -> SheetFault {
        let body = json!({"error": {"code": code, "message": message,
            "details": [{"reason": reason}]}});
        let about = About {
            account: "robot@example.iam.gserviceaccount.com",
            spreadsheet: "S1",
        };
        answered(&body, &Seen::default(), &about)
    }

    #[test]
    fn the_three_meanings_of_403_are_told_apart() {
        let denied = of(403, "The caller does not have permission", "");
        assert!(denied.to_string().contains("robot@example"), "{denied}");
        let disabled = of(
            403,
            "Google Sheets API has not been used in project 1 before or it is disabled. Enable \
             it by visiting https://console.developers.google.com/x then retry.",
            "SERVICE_DISABLED",
        );
        assert!(
            disabled.to_string().contains("https://console"),
            "{disabled}"
        );
        let quota = of(403, "slow down", "RATE_LIMIT_EXCEEDED");
        assert!(matches!(quota, SheetFault::Quota { .. }));
    }

    #[test]
    fn a_refused_value_is_not_repeated() {
        let said = "Invalid value at 'requests[0].rows' (TYPE_STRING), \"ada@example.com\"";
        let fault = of(400, said, "").to_string();
        assert!(fault.contains("requests[0].rows"), "{fault}");
        assert!(!fault.contains("ada@"), "{fault}");
    }

    #[test]
    fn only_an_answer_that_tells_nothing_leaves_the_outcome_open() {
        assert!(of(503, "The service is currently unavailable.", "").may_be_applied());
        assert!(!of(400, "Invalid requests[0]", "").may_be_applied());
        assert!(!of(429, "Quota exceeded", "").may_be_applied());
    }
}
