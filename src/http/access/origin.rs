//! Where a request comes from, and under which name and over what it reached us.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use url::Url;

use super::AccessConfig;
use crate::http::problem::Problem;

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
pub fn check_host(headers: &HeaderMap, access: &AccessConfig, open: bool) -> Result<(), Problem> {
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
pub fn check_origin(
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

/// Whether the browser came over https: the proxy says so, or the public address, which it used, is
/// one.
pub fn is_https(headers: &HeaderMap, access: &AccessConfig) -> bool {
    let told = headers.get("x-forwarded-proto");
    let told = told.and_then(|value| value.to_str().ok());
    let told = told.and_then(|value| value.split(',').next());
    if told.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https")) {
        return true;
    }
    let name = host_name(text(headers, header::HOST).unwrap_or_default());
    access.public_url.as_ref().is_some_and(|url| {
        let host = url.host_str().unwrap_or_default();
        url.scheme() == "https" && host.eq_ignore_ascii_case(name)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use secrecy::SecretString;

    use super::*;

    fn access(token: Option<&str>, public: Option<&str>) -> AccessConfig {
        AccessConfig {
            admin_token: token.map(SecretString::from),
            public_url: public.map(|url| Url::parse(url).expect("a URL")),
            on_fly: false,
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
    fn https_is_what_the_proxy_says_or_the_public_address() {
        let access = access(Some("token"), Some("https://leads.acme.com"));
        for (pairs, expected) in [
            (vec![("host", "leads.acme.com")], true),
            (vec![("host", "LEADS.acme.com:443")], true),
            (vec![("host", "127.0.0.1:8080")], false),
            (
                vec![("host", "127.0.0.1"), ("x-forwarded-proto", "https")],
                true,
            ),
            (
                vec![("host", "127.0.0.1"), ("x-forwarded-proto", "http")],
                false,
            ),
        ] {
            assert_eq!(is_https(&headers(&pairs), &access), expected, "{pairs:?}");
        }
    }
}
