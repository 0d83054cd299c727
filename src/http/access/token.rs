//! The admin token as programs send it.

use actix_web::http::header::{self, HeaderMap};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The token of `Bearer …`, or the password of `Basic …` with any user name. `None`: nothing that
/// could be one was sent.
pub fn given(headers: &HeaderMap) -> Option<String> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, value) = authorization.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    Some(decoded.split_once(':')?.1.to_owned())
}

/// Compares digests, so that neither content nor length shows in the time it takes.
pub fn is_same(given: &str, token: &SecretString) -> bool {
    digest(given).ct_eq(&digest(token.expose_secret())).into()
}

/// What a token is told from others by.
pub fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn the_token_opens_as_bearer_and_as_basic_password() {
        let token = SecretString::from("s3cret-token");
        let basic = format!("Basic {}", STANDARD.encode("anyone:s3cret-token"));
        for (value, fine) in [
            ("Bearer s3cret-token", true),
            ("bearer s3cret-token", true),
            (basic.as_str(), true),
            ("Bearer s3cret", false),
            ("Basic !!!", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            let value_sent = HeaderValue::from_str(value).expect("a value");
            headers.insert(header::AUTHORIZATION, value_sent);
            let opens = given(&headers).is_some_and(|given| is_same(&given, &token));
            assert_eq!(opens, fine, "{value}");
        }
    }
}
