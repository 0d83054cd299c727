use secrecy::SecretString;
use url::Url;

use super::sources::RawSettings;
use super::{ConfigFaults, list};
use crate::lead::transport::is_protected;

/// How Citedy is reached, and as whom.
#[derive(Debug, Clone)]
pub struct CitedyConfig {
    /// `citedy_agent_…`; what needs one says so itself.
    pub api_key: Option<SecretString>,
    pub base_url: Url,
    /// The name under which runs are kept apart by where they were bought; `None`: the base
    /// URL's origin. The built-in sandbox has another port each time and is the same place.
    pub origin: Option<String>,
    /// Each is tried, so that secrets can be rotated.
    pub webhook_secrets: Vec<SecretString>,
    /// For all routes together.
    pub requests_per_minute: u32,
    /// How many times faster than real ones runs are there; 1 but for a sandbox.
    pub speed: f64,
}

impl CitedyConfig {
    pub(super) fn read(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let base_url = raw
            .get("CITEDY_BASE_URL")
            .unwrap_or("https://www.citedy.com");
        let base_url = faults.take("CITEDY_BASE_URL", parse_base_url(base_url));
        let per_minute = raw.get("CITEDY_REQUESTS_PER_MINUTE").unwrap_or("60");
        let requests_per_minute =
            faults.take("CITEDY_REQUESTS_PER_MINUTE", parse_per_minute(per_minute));
        let speed = raw.get("CITEDY_SANDBOX_SPEED").unwrap_or("1");
        let speed = faults.take("CITEDY_SANDBOX_SPEED", parse_speed(speed));
        Some(Self {
            api_key: raw.get("CITEDY_API_KEY").map(SecretString::from),
            base_url: base_url?,
            origin: None,
            webhook_secrets: list(raw.get("CITEDY_WEBHOOK_SECRETS").unwrap_or_default())
                .into_iter()
                .map(SecretString::from)
                .collect(),
            requests_per_minute: requests_per_minute?,
            speed: speed?,
        })
    }
}

fn parse_base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| {
        format!("\u{201c}{text}\u{201d} is not a URL ({error}); use https://www.citedy.com")
    })?;
    if is_protected(&url) {
        return Ok(url);
    }
    Err(format!(
        "\u{201c}{text}\u{201d} would send the API key unprotected; use https:// (http:// \
             only for this machine itself)"
    ))
}

fn parse_per_minute(text: &str) -> Result<u32, String> {
    text.parse::<u32>()
        .ok()
        .filter(|number| (1..=1_000_000).contains(number))
        .ok_or_else(|| {
            format!("\u{201c}{text}\u{201d} is not a whole number from 1; Citedy allows 60")
        })
}

fn parse_speed(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|speed| (0.001..=100_000.0).contains(speed))
        .ok_or_else(|| {
            format!("\u{201c}{text}\u{201d} is not a number above 0; use what the sandbox's --speed says")
        })
}
