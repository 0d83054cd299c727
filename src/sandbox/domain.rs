//! Which domains the contract accepts: a bare domain or an http(s) URL without a path.

use std::net::IpAddr;

use url::{Host, Url};

const SOCIAL: [&str; 9] = [
    "linkedin.com",
    "facebook.com",
    "instagram.com",
    "x.com",
    "twitter.com",
    "youtube.com",
    "tiktok.com",
    "github.com",
    "medium.com",
];

/// The domain in lower case, without `www.` and trailing dot, or why it is refused.
pub(super) fn normalize(text: &str) -> Result<String, String> {
    let text = text.trim();
    let url = if text.contains("://") {
        Url::parse(text)
    } else {
        Url::parse(&format!("https://{text}"))
    }
    .map_err(|_| "is not a domain".to_owned())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must be a bare domain or an http(s) URL".to_owned());
    }
    let Some(Host::Domain(host)) = url.host() else {
        return Err("must be a company domain, not an IP address".to_owned());
    };
    let host = host.trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(if is_social(host) {
            "must be a company domain, not a social profile".to_owned()
        } else {
            format!("must not have a path, use {host}")
        });
    }
    if !url.username().is_empty() || url.password().is_some() || url.port().is_some() {
        return Err(format!("must not have a user name or port, use {host}"));
    }
    if !is_company_host(host) {
        return Err("is not a domain".to_owned());
    }
    Ok(host.to_owned())
}

fn is_social(host: &str) -> bool {
    SOCIAL.iter().any(|site| {
        host.strip_suffix(site)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn is_company_host(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    labels.len() >= 2
        && host.len() <= 253
        && host.parse::<IpAddr>().is_err()
        && labels.iter().all(|label| is_label(label))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_domains_and_urls_without_a_path_are_accepted() {
        for text in ["acme.com", "HTTPS://www.Acme.com/", " http://acme.com. "] {
            assert_eq!(normalize(text).as_deref(), Ok("acme.com"), "{text}");
        }
        assert_eq!(
            normalize("b\u{fc}cher.de").as_deref(),
            Ok("xn--bcher-kva.de")
        );
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "acme.com/about",
            "https://acme.com/?q=1",
            "https://www.linkedin.com/company/acme",
            "https://user:pass@acme.com",
            "acme.com:8080",
            "info@acme.com",
            "ftp://acme.com",
            "javascript:alert(1)",
            "localhost",
            "192.168.0.1",
            "[::1]",
            "acme",
            "two words.com",
            "acme.com, other.com",
            "",
            ".",
            "-acme.com",
        ] {
            assert!(normalize(text).is_err(), "{text}");
        }
    }
}
