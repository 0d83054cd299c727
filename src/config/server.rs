use std::net::{IpAddr, SocketAddr};

use secrecy::SecretString;
use url::Url;

use super::ConfigFaults;
use super::sources::RawSettings;

const SHORTEST_TOKEN: usize = 12;

/// Where the service listens, and who may come in.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// `address:port`; port 0 lets the system choose.
    pub bind: String,
    pub public_url: Option<Url>,
    /// `None` only where nobody but this machine can connect.
    pub admin_token: Option<SecretString>,
}

impl ServerConfig {
    pub(super) fn read(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let bind = match (raw.get("WARMSHEET_BIND"), raw.get("PORT")) {
            (Some(bind), _) => bind.to_owned(),
            (None, Some(port)) => format!("0.0.0.0:{port}"),
            (None, None) => "127.0.0.1:8080".to_owned(),
        };
        let token = raw.get("WARMSHEET_ADMIN_TOKEN");
        let bind = faults.take("WARMSHEET_BIND", checked_bind(bind, token.is_some()));
        let public_url = match raw.get("WARMSHEET_PUBLIC_URL").map(parse_public_url) {
            Some(parsed) => faults.take("WARMSHEET_PUBLIC_URL", parsed),
            None => None,
        };
        if token.is_some_and(|token| token.len() < SHORTEST_TOKEN) {
            faults.add(
                "WARMSHEET_ADMIN_TOKEN",
                format!("is shorter than {SHORTEST_TOKEN} characters; make one with: openssl rand -hex 24"),
            );
        }
        Some(Self {
            bind: bind?,
            public_url,
            admin_token: token.map(SecretString::from),
        })
    }
}

fn checked_bind(bind: String, has_token: bool) -> Result<String, String> {
    let ip = match bind.parse::<SocketAddr>() {
        Ok(address) => address.ip(),
        Err(_) => match bind.strip_prefix("localhost:") {
            Some(port) if port.parse::<u16>().is_ok() => IpAddr::from([127, 0, 0, 1]),
            _ => {
                return Err(format!(
                    "\u{201c}{bind}\u{201d} is not an address and a port, like 127.0.0.1:8080"
                ));
            }
        },
    };
    if ip.is_loopback() || has_token {
        return Ok(bind);
    }
    Err(format!(
        "{bind} can be reached from other machines, and whoever reaches it can spend credits: \
         set WARMSHEET_ADMIN_TOKEN (openssl rand -hex 24), or bind to 127.0.0.1"
    ))
}

fn parse_public_url(text: &str) -> Result<Url, String> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some())
        .ok_or_else(|| format!("\u{201c}{text}\u{201d} is not an https:// address"))
}
