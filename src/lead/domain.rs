//! A company's domain, as Citedy wants it: bare domains and http(s) URLs are accepted, paths
//! and profile URLs are not (published contract). What is refused here is refused in words
//! that name the domain which was probably meant, before anything is paid.

mod hosts;

use std::net::IpAddr;

use url::Url;

use hosts::{is_free_mail, is_profile_host};

/// A normalised company domain: lower-case ASCII (punycode), without `www.`, under a known
/// ending, at most 253 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CompanyDomain(String);

/// The contract's bound.
const LONGEST: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Why a text is no company domain, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    #[error("is empty; type a domain like acme.com")]
    Empty,
    #[error("has a path{}", meant(.suggestion))]
    Path { suggestion: Option<String> },
    #[error("is a profile page on {host}; type the company's own website")]
    Profile { host: String },
    #[error("is an e-mail address{}", meant(.suggestion))]
    Email { suggestion: Option<String> },
    #[error("is a personal e-mail address at {host}; type the company's own website")]
    FreeMail { host: String },
    #[error("holds a user name{}", meant(.suggestion))]
    UserInfo { suggestion: Option<String> },
    #[error("has a port{}", meant(.suggestion))]
    Port { suggestion: Option<String> },
    #[error("begins with {scheme}:, only web addresses can be used{}", meant(.suggestion))]
    Scheme {
        scheme: String,
        suggestion: Option<String>,
    },
    #[error("is an IP address; type the company's domain")]
    IpAddress,
    #[error("is a name of this machine or network; type a public domain")]
    Local,
    #[error("has no ending; did you mean {label}.com?")]
    SingleLabel { label: String },
    #[error("is an ending that companies register under, not a company's domain")]
    PublicSuffix,
    #[error("ends in .{ending}, which is no known ending")]
    UnknownEnding { ending: String },
    #[error("holds several domains; one row takes one, start with {first}")]
    Several { first: String },
    #[error("is longer than {LONGEST} characters")]
    TooLong,
    #[error("is no domain; type one like acme.com")]
    NotADomain,
}

fn meant(suggestion: &Option<String>) -> String {
    suggestion
        .as_ref()
        .map_or_else(String::new, |domain| format!("; did you mean {domain}?"))
}

impl CompanyDomain {
    /// Normalises what a person typed or pasted.
    pub fn parse(input: &str) -> Result<Self, DomainError> {
        let text = tidy(input);
        if text.is_empty() {
            return Err(DomainError::Empty);
        }
        if let Some(first) = several(&text) {
            return Err(DomainError::Several { first });
        }
        let (scheme, rest) = split_scheme(&text);
        match scheme.as_deref() {
            None | Some("http" | "https") => {}
            Some(scheme) => return Err(wrong_scheme(scheme, rest)),
        }
        let (authority, tail) = match rest.find(['/', '?', '#', '\\']) {
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        };
        if let Some((_, host)) = authority.rsplit_once('@') {
            return Err(with_user(host, scheme.is_some() || !tail.is_empty()));
        }
        let (host, port) = split_port(authority)?;
        let domain = from_host(host);
        if !matches!(tail, "" | "/") {
            return Err(match domain {
                Ok(domain) if is_profile_host(&domain.0) => DomainError::Profile { host: domain.0 },
                Ok(domain) => DomainError::Path {
                    suggestion: Some(domain.0),
                },
                Err(error) => error,
            });
        }
        match domain {
            Ok(domain) if port => Err(DomainError::Port {
                suggestion: Some(domain.0),
            }),
            other => other,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for CompanyDomain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Takes away what copying leaves around a domain: white space, characters without width,
/// quotes, brackets and stray punctuation.
fn tidy(input: &str) -> String {
    let visible: String = input
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| if c == '\u{3002}' { '.' } else { c })
        .collect();
    let around = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\''
                    | '<'
                    | '>'
                    | '('
                    | ')'
                    | '['
                    | ']'
                    | ','
                    | ';'
                    | '`'
                    | '\u{201c}'
                    | '\u{201d}'
                    | '\u{2018}'
                    | '\u{2019}'
                    | '\u{ab}'
                    | '\u{bb}'
            )
    };
    let trimmed = visible.trim_matches(around);
    // An IPv6 host keeps its brackets.
    if trimmed.contains(':') && visible.trim().starts_with('[') {
        return visible.trim().to_owned();
    }
    trimmed.to_owned()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
        || (c.is_control() && !c.is_whitespace())
}

/// The first of several domains in one cell.
fn several(text: &str) -> Option<String> {
    let is_gap = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|');
    if !text.contains(is_gap) {
        return None;
    }
    let parts: Vec<CompanyDomain> = text
        .split(is_gap)
        .filter_map(|part| CompanyDomain::parse(part).ok())
        .collect();
    (parts.len() > 1).then(|| parts[0].0.clone())
}

/// `https` and what follows, or the whole text where no scheme stands.
fn split_scheme(text: &str) -> (Option<String>, &str) {
    if let Some(rest) = text.strip_prefix("//") {
        return (None, rest);
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return (None, text);
    };
    let well_formed = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let known = rest.starts_with("//") || !scheme.contains('.') && !starts_with_port(rest);
    if well_formed && known {
        let rest = rest.trim_start_matches('/');
        (Some(scheme.to_ascii_lowercase()), rest)
    } else {
        (None, text)
    }
}

fn starts_with_port(text: &str) -> bool {
    let digits = text.split(['/', '?', '#']).next().unwrap_or_default();
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
}

fn wrong_scheme(scheme: &str, rest: &str) -> DomainError {
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let suggestion = from_host(host)
        .ok()
        .filter(|domain| !is_free_mail(&domain.0))
        .map(|domain| domain.0);
    DomainError::Scheme {
        scheme: scheme.to_owned(),
        suggestion,
    }
}

fn with_user(host: &str, is_url: bool) -> DomainError {
    let host = host.split(':').next().unwrap_or_default();
    let domain = from_host(host).ok().map(|domain| domain.0);
    match domain {
        Some(host) if !is_url && is_free_mail(&host) => DomainError::FreeMail { host },
        suggestion if is_url => DomainError::UserInfo { suggestion },
        suggestion => DomainError::Email { suggestion },
    }
}

/// The host, and whether a port stands behind it.
fn split_port(authority: &str) -> Result<(&str, bool), DomainError> {
    if authority.starts_with('[') || authority.matches(':').count() > 1 {
        return Err(DomainError::IpAddress);
    }
    match authority.split_once(':') {
        Some((host, "")) => Ok((host, false)),
        Some((host, _)) => Ok((host, true)),
        None => Ok((authority, false)),
    }
}

fn from_host(host: &str) -> Result<CompanyDomain, DomainError> {
    let host = host.trim_end_matches('.');
    let ascii = idna::domain_to_ascii(host).map_err(|_| DomainError::NotADomain)?;
    if ascii.is_empty() {
        return Err(DomainError::NotADomain);
    }
    if is_ip_address(&ascii) {
        return Err(DomainError::IpAddress);
    }
    if ascii.len() > LONGEST {
        return Err(DomainError::TooLong);
    }
    if !ascii.split('.').all(is_label) {
        return Err(DomainError::NotADomain);
    }
    registered(without_www(&ascii))
}

/// Also the shapes that browsers read as an address: `127.1`, `0x7f.1`, `2130706433`.
fn is_ip_address(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
        || Url::parse(&format!("http://{host}/"))
            .is_ok_and(|url| matches!(url.host(), Some(url::Host::Ipv4(_) | url::Host::Ipv6(_))))
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= LONGEST_LABEL
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Takes `www.` away where a domain of its own is left.
fn without_www(host: &str) -> &str {
    let mut host = host;
    while let Some(rest) = host.strip_prefix("www.") {
        if psl::domain(rest.as_bytes()).is_none() {
            break;
        }
        host = rest;
    }
    host
}

fn registered(host: &str) -> Result<CompanyDomain, DomainError> {
    let ending = host.rsplit('.').next().unwrap_or(host);
    if host == "localhost"
        || matches!(
            ending,
            "localhost" | "local" | "internal" | "lan" | "home" | "corp" | "intranet"
        )
    {
        return Err(DomainError::Local);
    }
    let suffix = psl::suffix(host.as_bytes());
    if !suffix.as_ref().is_some_and(|suffix| suffix.is_known()) {
        return Err(if host.contains('.') {
            DomainError::UnknownEnding {
                ending: ending.to_owned(),
            }
        } else {
            DomainError::SingleLabel {
                label: host.to_owned(),
            }
        });
    }
    if psl::domain(host.as_bytes()).is_none() {
        return Err(DomainError::PublicSuffix);
    }
    Ok(CompanyDomain(host.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ok(input: &str) -> String {
        match CompanyDomain::parse(input) {
            Ok(domain) => domain.0,
            Err(error) => panic!("{input:?} {error}"),
        }
    }

    fn why(input: &str) -> String {
        match CompanyDomain::parse(input) {
            Ok(domain) => panic!("{input:?} became {domain}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_people_paste_becomes_the_same_domain() {
        for input in [
            "acme.com",
            "ACME.com",
            " acme.com ",
            "\u{feff}acme.com\u{200b}",
            "\u{a0}acme.com",
            "acme.com.",
            "www.acme.com",
            "WWW.Acme.Com",
            "http://acme.com",
            "https://www.acme.com/",
            "https://acme.com.",
            "//acme.com",
            "\"acme.com\"",
            "<acme.com>,",
            "acme.com:",
        ] {
            assert_eq!(ok(input), "acme.com", "{input:?}");
        }
    }

    #[test]
    fn other_alphabets_become_punycode_once() {
        assert_eq!(ok("münchen.de"), "xn--mnchen-3ya.de");
        assert_eq!(ok("XN--MNCHEN-3YA.de"), "xn--mnchen-3ya.de");
        assert_eq!(ok("https://www.faß.de"), "xn--fa-hia.de");
        assert_eq!(ok("例え。jp"), "xn--r8jz45g.jp");
    }

    #[test]
    fn a_subdomain_is_kept_and_www_only_goes_where_a_domain_is_left() {
        assert_eq!(ok("shop.acme.co.uk"), "shop.acme.co.uk");
        assert_eq!(ok("www.com"), "www.com");
        assert_eq!(ok("www.co.uk"), "www.co.uk");
        assert_eq!(ok("linkedin.com"), "linkedin.com");
    }

    #[test]
    fn a_refusal_names_what_was_probably_meant() {
        for (input, words) in [
            ("acme.com/about", "has a path; did you mean acme.com?"),
            (
                "https://www.acme.com/?utm=1",
                "has a path; did you mean acme.com?",
            ),
            ("acme.com#team", "has a path; did you mean acme.com?"),
            (
                "jane@acme.com",
                "is an e-mail address; did you mean acme.com?",
            ),
            (
                "https://user:pw@acme.com",
                "holds a user name; did you mean acme.com?",
            ),
            ("acme.com:8080", "has a port; did you mean acme.com?"),
            (
                "ftp://acme.com",
                "begins with ftp:, only web addresses can be used; did you mean acme.com?",
            ),
            (
                "mailto:jane@acme.com",
                "begins with mailto:, only web addresses can be used; did you mean acme.com?",
            ),
            (
                "acme.com, globex.com",
                "holds several domains; one row takes one, start with acme.com",
            ),
            (
                "acme.com globex.com",
                "holds several domains; one row takes one, start with acme.com",
            ),
            ("acme", "has no ending; did you mean acme.com?"),
        ] {
            assert_eq!(why(input), words, "{input:?}");
        }
    }

    #[test]
    fn profiles_and_personal_mail_suggest_nothing_wrong() {
        for input in [
            "https://www.linkedin.com/company/acme",
            "facebook.com/acme",
            "x.com/acme",
            "https://de.linkedin.com/in/jane",
        ] {
            assert!(
                why(input).contains("profile page"),
                "{input:?} {}",
                why(input)
            );
        }
        assert!(why("jane@gmail.com").contains("personal e-mail"));
        assert!(!why("mailto:jane@gmail.com").contains("did you mean"));
    }

    #[test]
    fn addresses_local_names_and_endings_are_no_companies() {
        for (input, word) in [
            ("127.0.0.1", "IP address"),
            ("127.1", "IP address"),
            ("http://2130706433", "IP address"),
            ("[::1]", "IP address"),
            ("::1", "IP address"),
            ("localhost", "this machine"),
            ("http://localhost:3000", "this machine"),
            ("nas.local", "this machine"),
            ("co.uk", "ending that companies register under"),
            ("github.io", "ending that companies register under"),
            ("acme.notanending", "no known ending"),
            ("", "empty"),
            (" \u{200b} ", "empty"),
            ("-acme.com", "no domain"),
            ("ac_me.com", "no domain"),
            ("acme..com", "no domain"),
            ("!!!", "no domain"),
        ] {
            assert!(why(input).contains(word), "{input:?} {}", why(input));
        }
        assert!(why(&format!("{}.com", "a".repeat(64))).contains("no domain"));
        let long = format!("{}com", "abcdefghi.".repeat(26));
        assert!(why(&long).contains("253"));
    }

    proptest! {
        #[test]
        fn no_input_panics_and_normalising_twice_changes_nothing(input in "\\PC{0,80}") {
            if let Ok(domain) = CompanyDomain::parse(&input) {
                prop_assert!(domain.0.len() <= LONGEST);
                prop_assert_eq!(CompanyDomain::parse(&domain.0), Ok(domain));
            }
        }

        #[test]
        fn what_looks_like_a_web_address_is_handled(
            scheme in "(https?://|ftp://|//|)(www\\.|)",
            host in "[a-zA-Z0-9äöü.-]{1,30}",
            ending in "(com|co\\.uk|de|io|invalid|)",
            tail in "(/|/a/b|\\?q|:80|@x\\.com|)",
        ) {
            if let Ok(domain) = CompanyDomain::parse(&format!("{scheme}{host}.{ending}{tail}")) {
                prop_assert_eq!(CompanyDomain::parse(&domain.0), Ok(domain));
            }
        }
    }
}
