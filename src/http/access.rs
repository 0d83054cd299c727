//! Who may come in. `Host` and `Origin` are checked always: without a token only this machine
//! is served, and a page of another site must not be able to make a browser on it spend
//! credits. With a token, every route but health, webhooks and static files needs it.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::Data;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use super::problem::Problem;
use super::{AccessConfig, AppState};

/// Routes that prove themselves in their own way, or hold nothing worth protecting.
const OPEN: [&str; 3] = ["/health/", "/webhooks/", "/assets/"];

/// The middleware around every route.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let state = request
        .app_data::<Data<AppState>>()
        .ok_or(Problem::Internal)?;
    let open = OPEN.iter().any(|prefix| request.path().starts_with(prefix));
    let health = request.path().starts_with("/health/");
    if !health {
        check_host(request.headers(), &state.access, open)?;
        check_origin(request.method(), request.headers(), &state.access)?;
    }
    if !open {
        check_token(request.headers(), &state.access)?;
    }
    next.call(request).await
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The host of a `Host` header, without its port.
fn host_name(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// Without a token the name must be this machine's: a foreign name that was pointed at it (DNS
/// rebinding) gets nothing, and the public address only what is open anyway. With a token and a
/// public address, that address or this machine's.
fn check_host(headers: &HeaderMap, access: &AccessConfig, open: bool) -> Result<(), Problem> {
    let host = text(headers, header::HOST).unwrap_or_default();
    let name = host_name(host);
    let public = access.public_url.as_ref().and_then(Url::host_str);
    let served_publicly = access.admin_token.is_some() || open;
    let is_public =
        served_publicly && public.is_some_and(|public| public.eq_ignore_ascii_case(name));
    let unnamed = access.admin_token.is_some() && public.is_none();
    if is_loopback_name(name) || is_public || unnamed {
        Ok(())
    } else {
        Err(Problem::ForeignOrigin(format!("the host name {host}")))
    }
}

/// A browser says where a changing request comes from; it must be our own page.
fn check_origin(
    method: &Method,
    headers: &HeaderMap,
    access: &AccessConfig,
) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let Some(origin) = text(headers, header::ORIGIN) else {
        // Not a browser; where one leaves it out, it says how the sites relate.
        return match headers.get("sec-fetch-site").and_then(|v| v.to_str().ok()) {
            None | Some("same-origin" | "none") => Ok(()),
            Some(_) => Err(Problem::ForeignOrigin("another site".to_owned())),
        };
    };
    let host = text(headers, header::HOST).unwrap_or_default();
    let same_host = origin
        .split_once("://")
        .is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(host));
    let public = access
        .public_url
        .as_ref()
        .is_some_and(|url| url.origin().ascii_serialization() == origin);
    if same_host || public {
        Ok(())
    } else {
        Err(Problem::ForeignOrigin(origin.to_owned()))
    }
}

fn check_token(headers: &HeaderMap, access: &AccessConfig) -> Result<(), Problem> {
    let Some(token) = &access.admin_token else {
        return Ok(());
    };
    let given = text(headers, header::AUTHORIZATION).and_then(given_token);
    match given {
        Some(given) if is_same(&given, token) => Ok(()),
        _ => Err(Problem::Unauthorized),
    }
}

/// The token of `Bearer …`, or the password of `Basic …` with any user name.
fn given_token(authorization: &str) -> Option<String> {
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
fn is_same(given: &str, token: &SecretString) -> bool {
    let given = Sha256::digest(given.as_bytes());
    let token = Sha256::digest(token.expose_secret().as_bytes());
    given.ct_eq(&token).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn access(token: Option<&str>, public: Option<&str>) -> AccessConfig {
        AccessConfig {
            admin_token: token.map(SecretString::from),
            public_url: public.map(|url| Url::parse(url).expect("a URL")),
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(
                header::HeaderName::from_static(name),
                HeaderValue::from_str(value).expect("a value"),
            );
        }
        headers
    }

    #[test]
    fn a_name_that_was_pointed_at_this_machine_gets_nothing() {
        let open = access(None, None);
        for (host, fine) in [
            ("127.0.0.1:8080", true),
            ("localhost:8080", true),
            ("[::1]:8080", true),
            ("evil.example:8080", false),
            ("", false),
        ] {
            assert_eq!(
                check_host(&headers(&[("host", host)]), &open, false).is_ok(),
                fine,
                "{host}"
            );
        }
    }

    #[test]
    fn behind_a_public_address_only_that_name_is_served() {
        let access = access(Some("token"), Some("https://leads.acme.com"));
        assert!(check_host(&headers(&[("host", "leads.acme.com")]), &access, false).is_ok());
        assert!(check_host(&headers(&[("host", "evil.com")]), &access, false).is_err());
    }

    #[test]
    fn a_public_address_without_a_token_serves_webhooks_and_nothing_else() {
        let access = access(None, Some("https://leads.acme.com"));
        let public = headers(&[("host", "leads.acme.com")]);
        assert!(check_host(&public, &access, false).is_err());
        assert!(check_host(&public, &access, true).is_ok());
    }

    #[test]
    fn a_form_on_another_site_cannot_post_here() {
        let access = access(None, None);
        let post = |origin: &str| {
            let headers = headers(&[("host", "127.0.0.1:8080"), ("origin", origin)]);
            check_origin(&Method::POST, &headers, &access)
        };
        assert!(post("http://127.0.0.1:8080").is_ok());
        assert!(post("https://evil.com").is_err());
        assert!(post("null").is_err());
        let marked = headers(&[("host", "127.0.0.1:8080"), ("sec-fetch-site", "cross-site")]);
        assert!(check_origin(&Method::POST, &marked, &access).is_err());
        let curl = headers(&[("host", "127.0.0.1:8080")]);
        assert!(check_origin(&Method::POST, &curl, &access).is_ok());
    }

    #[test]
    fn the_token_opens_as_bearer_and_as_basic_password() {
        let access = access(Some("s3cret-token"), None);
        let basic = format!("Basic {}", STANDARD.encode("anyone:s3cret-token"));
        for (value, fine) in [
            ("Bearer s3cret-token", true),
            ("bearer s3cret-token", true),
            (basic.as_str(), true),
            ("Bearer s3cret", false),
            ("Basic !!!", false),
            ("", false),
        ] {
            let headers = headers(&[("authorization", value)]);
            assert_eq!(check_token(&headers, &access).is_ok(), fine, "{value}");
        }
    }
}
