//! One question to Drive: has the file changed? By hand, because the generated client for all
//! of Drive would cost more build time than this request is worth.

use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::account::{DRIVE_SCOPE, ServiceAccount};
use crate::flow::meter::{self, Answered};
use crate::flow::ports::SheetFault;

const TIMEOUT: Duration = Duration::from_secs(20);

pub struct Drive {
    http: reqwest::Client,
    base: Url,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

impl Drive {
    pub fn new(base: Url) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { http, base })
    }

    /// How far this machine's clock is off, by the time in an answer of Google's.
    pub async fn clock_note(&self) -> Option<String> {
        let answer = self.http.get(self.base.clone()).send().await.ok()?;
        let date = answer.headers().get("date")?.to_str().ok()?;
        let theirs = chrono::DateTime::parse_from_rfc2822(date).ok()?;
        let off = chrono::Utc::now()
            .signed_duration_since(theirs)
            .num_seconds();
        let direction = if off > 0 { "ahead" } else { "behind" };
        let minutes = off.unsigned_abs() / 60;
        (minutes > 0).then(|| format!("this clock is {minutes} minutes {direction}"))
    }

    /// The file's version; `None` where Drive may not be asked (its API is off, or the scope is
    /// not granted).
    pub async fn version(
        &self,
        account: &ServiceAccount,
        file: &str,
    ) -> Result<Option<String>, SheetFault> {
        let Ok(token) = account.token(DRIVE_SCOPE).await else {
            // Where even the token is refused the read says what is wrong.
            return Ok(None);
        };
        let mut address = self.base.clone();
        if let Ok(mut path) = address.path_segments_mut() {
            path.pop_if_empty().extend(["drive", "v3", "files", file]);
        }
        address.set_query(Some("fields=version&supportsAllDrives=true"));
        let answer = self.http.get(address).bearer_auth(token).send().await;
        meter::google_request("version", answered(&answer));
        // Drive is not needed: where it cannot be reached the sheet is read.
        let Ok(answer) = answer else { return Ok(None) };
        if !answer.status().is_success() {
            return Ok(None);
        }
        // An answer that cannot be understood is none: the sheet is read then.
        Ok(answer.json::<Version>().await.ok().map(|v| v.version))
    }
}

fn answered(answer: &reqwest::Result<reqwest::Response>) -> Answered {
    match answer {
        Ok(answer) => Answered::Status(answer.status().as_u16()),
        Err(error) if error.is_timeout() => Answered::Late,
        Err(error) if error.is_connect() => Answered::Unreachable,
        Err(_) => Answered::Lost,
    }
}
