//! One piece of text without blanks: a bare domain, a web address, an e-mail address, …

use std::net::Ipv6Addr;

use super::{CompanyDomain, DomainError, host, sites};

/// A web address taken apart; nothing is checked yet.
struct Parts<'a> {
    has_scheme: bool,
    user: Option<&'a str>,
    host: &'a str,
    has_port: bool,
    /// Path, query and fragment.
    rest: &'a str,
}

pub(super) fn parse(piece: &str) -> Result<CompanyDomain, DomainError> {
    let slashed = piece.replace('\\', "/");
    if is_ip_v6(&slashed) {
        return Err(DomainError::IpAddress);
    }
    let (has_scheme, address) = strip_scheme(&slashed)?;
    let parts = split(has_scheme, address);
    if let Some(error) = refuse_mail(&parts) {
        return Err(error);
    }
    if is_ip_v6(parts.host) {
        return Err(DomainError::IpAddress);
    }
    let domain = CompanyDomain(host::normalise(parts.host)?);
    refuse_extras(&parts, &domain)?;
    Ok(domain)
}

/// `true` and the rest for http and https, `false` and the whole for a bare domain.
fn strip_scheme(text: &str) -> Result<(bool, &str), DomainError> {
    let lower = text.to_ascii_lowercase();
    for scheme in ["https://", "http://"] {
        if lower.starts_with(scheme) && !lower[scheme.len()..].starts_with('/') {
            return Ok((true, &text[scheme.len()..]));
        }
    }
    if lower.starts_with("mailto:") {
        let address = &text["mailto:".len()..];
        return Err(DomainError::Email {
            suggestion: address
                .rsplit_once('@')
                .and_then(|(_, host)| suggest_from_mail(host)),
        });
    }
    if let Some(length) = mistyped_scheme(&lower) {
        return Err(DomainError::MistypedScheme {
            typed: text[..length].to_owned(),
            suggestion: suggest(split(true, &text[length..]).host),
        });
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return Ok((false, text));
    };
    let is_port = rest.starts_with(|c: char| c.is_ascii_digit())
        && rest
            .split(['/', '?', '#'])
            .next()
            .is_some_and(is_all_digits);
    let is_login = rest.contains('@') && !rest.starts_with("//");
    if !could_be_scheme(scheme) || is_port || is_login {
        return Ok((false, text));
    }
    Err(DomainError::Scheme {
        scheme: format!("{scheme}:"),
        suggestion: suggest(split(true, rest.trim_start_matches('/')).host),
    })
}

/// A dot would be allowed too, but then it is a domain with something behind it.
fn could_be_scheme(text: &str) -> bool {
    text.len() <= 20
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-".contains(&b))
}

/// How long the beginning is that was meant to be `https://`: `http//`, `https:/`, `//`, …
fn mistyped_scheme(lower: &str) -> Option<usize> {
    let word = ["https", "http", "htps", "htp", "ttps", "ttp", ""]
        .into_iter()
        .find(|word| lower.starts_with(word))?;
    let marks = lower[word.len()..]
        .bytes()
        .take_while(|b| b":/;".contains(b))
        .count();
    // A single slash after a word is a path.
    let follows_colon = !word.is_empty() && lower[word.len()..].starts_with(':');
    let fewest = if follows_colon { 1 } else { 2 };
    (fewest..=4).contains(&marks).then_some(word.len() + marks)
}

fn split(has_scheme: bool, address: &str) -> Parts<'_> {
    let end = address.find(['/', '?', '#']).unwrap_or(address.len());
    let (authority, rest) = address.split_at(end);
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let (host, has_port) = match host.split_once(':') {
        Some((name, port)) if is_all_digits(port) => (name, true),
        _ => (host, false),
    };
    Parts {
        has_scheme,
        user,
        host,
        has_port,
        rest,
    }
}

/// `jane@acme.com` and `@acme`. With a scheme or a password it is a web address with a login.
fn refuse_mail(parts: &Parts<'_>) -> Option<DomainError> {
    let user = parts.user?;
    if parts.has_scheme || user.contains(':') {
        return None;
    }
    if user.is_empty() && !parts.host.contains('.') {
        return Some(DomainError::Handle);
    }
    Some(DomainError::Email {
        suggestion: suggest_from_mail(parts.host),
    })
}

fn refuse_extras(parts: &Parts<'_>, domain: &CompanyDomain) -> Result<(), DomainError> {
    let has_path = !matches!(parts.rest, "" | "/");
    if let Some(site) = sites::page_on(domain.as_str(), has_path) {
        return Err(DomainError::Profile {
            site: site.to_owned(),
        });
    }
    let suggestion = Some(domain.display());
    if parts.user.is_some() {
        return Err(DomainError::UserInfo { suggestion });
    }
    if has_path && let Some(found) = domains_between_slashes(parts, domain) {
        return Err(DomainError::Several { found });
    }
    if has_path {
        return Err(DomainError::Path { suggestion });
    }
    if parts.has_port {
        return Err(DomainError::Port { suggestion });
    }
    Ok(())
}

/// `acme.com/foo.org`, as people write alternatives. After `https://` it is a path.
fn domains_between_slashes(parts: &Parts<'_>, first: &CompanyDomain) -> Option<Vec<String>> {
    if parts.has_scheme {
        return None;
    }
    let others = parts.rest.split('/').filter(|part| !part.is_empty());
    let mut found = vec![first.display()];
    for other in others {
        found.push(CompanyDomain(host::normalise(other).ok()?).display());
    }
    (found.len() > 1).then_some(found)
}

/// The host as a domain that would be accepted and could be the company's own.
fn suggest(host: &str) -> Option<String> {
    let domain = CompanyDomain(host::normalise(host).ok()?);
    match sites::page_on(domain.as_str(), true) {
        Some(_) => None,
        None => Some(domain.display()),
    }
}

fn suggest_from_mail(host: &str) -> Option<String> {
    // `mailto:` links carry `?subject=…`.
    let host = host.split(['?', '/', '>']).next().unwrap_or_default();
    suggest(host).filter(|domain| !sites::gives_mail_to_anyone(domain))
}

fn is_all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn is_ip_v6(text: &str) -> bool {
    let inside = text
        .strip_prefix('[')
        .map_or(text, |t| t.split(']').next().unwrap_or(t));
    let without_zone = inside.split('%').next().unwrap_or(inside);
    without_zone.parse::<Ipv6Addr>().is_ok()
}
