//! Signed-in browsers: a cookie whose hash is in the database, so that it holds on every instance
//! and after a restart, and can be taken back.

use actix_web::http::header::{self, HeaderMap};
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::flow::Flow;
use crate::flow::ports::{Session, StoreError};

/// How long a sign-in holds.
pub const LASTS: TimeDelta = TimeDelta::days(14);
const NAME: &str = "warmsheet_session";
/// Behind https: only this very host can have set a cookie of this name, and only over https.
const SECURE_NAME: &str = "__Host-warmsheet_session";
/// Hex digits of a cookie's value: 32 random bytes.
const DIGITS: usize = 64;
/// The longest name of a browser that is kept, characters.
const LONGEST_BROWSER: usize = 200;

/// Says which admin token a session was opened with, and opens nothing itself.
pub fn token_hash(token: &SecretString) -> String {
    let hash = Sha256::new()
        .chain_update(b"session\x1f")
        .chain_update(token.expose_secret().as_bytes());
    hex::encode(hash.finalize())
}

/// The id of the session that a request's cookie claims to be of.
pub fn claimed(headers: &HeaderMap, secure: bool) -> Option<String> {
    let name = name(secure);
    headers
        .get_all(header::COOKIE)
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(called, value)| *called == name && is_value(value))
        .map(|(_, value)| id(value))
}

/// Opens a session; answers the header that gives the browser its cookie.
pub async fn open(
    flow: &Flow,
    token_hash: &str,
    headers: &HeaderMap,
    secure: bool,
) -> Result<String, StoreError> {
    let value = hex::encode(rand::random::<[u8; 32]>());
    let now = flow.clock.now();
    let session = Session {
        id: id(&value),
        browser: browser(headers),
        opened_at: now,
        expires_at: now + LASTS,
    };
    flow.store.open_session(&session, token_hash).await?;
    Ok(cookie(&value, LASTS, secure))
}

/// The header that takes the cookie away.
pub fn gone(secure: bool) -> String {
    cookie("", TimeDelta::zero(), secure)
}

/// `Lax`, not `Strict`: a link in a sheet opens a page that is signed in, and no form of another
/// site sends it along.
fn cookie(value: &str, lasts: TimeDelta, secure: bool) -> String {
    let name = name(secure);
    let seconds = lasts.num_seconds();
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { NAME }
}

fn is_value(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn id(value: &str) -> String {
    hex::encode(Sha256::digest(value.as_bytes()))
}

fn browser(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    agent
        .unwrap_or_default()
        .chars()
        .take(LONGEST_BROWSER)
        .collect()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn cookies(lines: &[String]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_str(line).expect("a value");
            headers.append(header::COOKIE, line);
        }
        headers
    }

    #[test]
    fn the_cookie_is_found_among_others_and_only_its_hash_is_known() {
        let value = "a1".repeat(32);
        let sent = cookies(&[
            "other=1".to_owned(),
            format!("theme=dark; warmsheet_session=short; {NAME}={value}; x"),
        ]);
        let found = claimed(&sent, false).expect("an id");
        assert_eq!(found, id(&value));
        assert!(!found.contains(&value));
    }

    #[test]
    fn behind_https_a_cookie_that_anybody_could_have_set_is_not_believed() {
        let value = "a1".repeat(32);
        let plain = cookies(&[format!("{NAME}={value}")]);
        assert_eq!(claimed(&plain, true), None);
        let own = cookies(&[format!("{SECURE_NAME}={value}")]);
        assert!(claimed(&own, true).is_some());
        assert_eq!(claimed(&own, false), None);
    }

    #[test]
    fn another_admin_token_has_another_mark() {
        let token_hash = |token: &str| token_hash(&SecretString::from(token));
        assert_eq!(token_hash("one-long-token"), token_hash("one-long-token"));
        assert_ne!(token_hash("one-long-token"), token_hash("another-token"));
        let plain = hex::encode(Sha256::digest(b"one-long-token"));
        assert_ne!(token_hash("one-long-token"), plain);
    }
}
