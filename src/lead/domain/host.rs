//! The name itself: mapping to ASCII, the rules of labels, and the Public Suffix List.

use std::net::Ipv4Addr;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::{DomainError, display, sites};

const LONGEST: usize = 253;
const LONGEST_LABEL: usize = 63;
/// The mapping's cost grows with its input, and no mapping shrinks this to 253 characters.
const LONGEST_UNMAPPED: usize = 4 * 1024;

/// On the Public Suffix List, but never a company's: reverse look-ups and hidden services.
const NOT_FOR_COMPANIES: [&str; 2] = ["arpa", "onion"];

/// From any spelling of a host to the one that is stored.
pub(super) fn normalise(host: &str) -> Result<String, DomainError> {
    if host.len() > LONGEST_UNMAPPED {
        return Err(DomainError::TooLong);
    }
    // The rules of labels are checked below, where each has words of its own.
    let mapped = Uts46::new()
        .to_ascii(
            host.as_bytes(),
            AsciiDenyList::EMPTY,
            Hyphens::Allow,
            DnsLength::Ignore,
        )
        .map_err(|_| DomainError::International)?;
    let name = mapped.strip_suffix('.').unwrap_or(&mapped);
    if name.is_empty() {
        return Err(DomainError::Words);
    }
    let rest = without_www(name);
    if rest != name && !rest.contains('.') {
        check(name)?;
        return Err(only_the_ending(rest));
    }
    check(rest)?;
    Ok(rest.to_owned())
}

/// Without any `www.` in front. What is left may be too little: who writes `www.com` or
/// `www.co.uk` has left out the company's name.
pub(super) fn without_www(mut name: &str) -> &str {
    while let Some(rest) = name.strip_prefix("www.") {
        name = rest;
    }
    name
}

/// Whether this lower-case ASCII name can be a company's.
pub(super) fn check(name: &str) -> Result<(), DomainError> {
    if name.is_empty() {
        return Err(DomainError::Empty);
    }
    if is_ip_v4(name) {
        return Err(DomainError::IpAddress);
    }
    for label in name.split('.') {
        check_label(label).map_err(|error| with_suggestion(error, name))?;
    }
    if name.len() > LONGEST {
        return Err(DomainError::TooLong);
    }
    check_ending(name)
}

fn check_label(label: &str) -> Result<(), DomainError> {
    let suggestion = None;
    if label.is_empty() {
        return Err(DomainError::EmptyLabel { suggestion });
    }
    let wrong = |c: &char| !matches!(c, 'a'..='z' | '0'..='9' | '-');
    match label.chars().find(wrong) {
        Some('_') => return Err(DomainError::Underscore { suggestion }),
        Some(character) => {
            return Err(DomainError::Character {
                character,
                suggestion,
            });
        }
        None => {}
    }
    if label.len() > LONGEST_LABEL {
        return Err(DomainError::LabelTooLong);
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(DomainError::Hyphen);
    }
    Ok(())
}

/// Adds the domain that is left when the parts that cannot be right are taken away from the
/// front (`*.acme.com`) or the empty ones from anywhere (`acme..com`).
fn with_suggestion(error: DomainError, name: &str) -> DomainError {
    let meant = || {
        name.match_indices('.')
            .map(|(at, _)| without_www(&name[at + 1..]))
            .find(|rest| is_worth_suggesting(rest))
            .map(display::readable)
    };
    match error {
        DomainError::Underscore { .. } => DomainError::Underscore {
            suggestion: meant(),
        },
        DomainError::Character { character, .. } => DomainError::Character {
            character,
            suggestion: meant(),
        },
        DomainError::EmptyLabel { .. } => {
            let filled: Vec<&str> = name.split('.').filter(|label| !label.is_empty()).collect();
            let joined = filled.join(".");
            let rest = without_www(&joined);
            DomainError::EmptyLabel {
                suggestion: is_worth_suggesting(rest).then(|| display::readable(rest)),
            }
        }
        other => other,
    }
}

fn is_worth_suggesting(name: &str) -> bool {
    name.len() <= LONGEST
        && sites::page_on(name, true).is_none()
        && !is_ip_v4(name)
        && name.split('.').all(|label| check_label(label).is_ok())
        && check_ending(name).is_ok()
}

fn check_ending(name: &str) -> Result<(), DomainError> {
    let last = name.rsplit('.').next().unwrap_or(name);
    if last == "localhost" || last == "localdomain" {
        return Err(DomainError::Localhost);
    }
    // Brands own endings too: "Apple" is a word before it is an ending.
    if last == name {
        return Err(DomainError::SingleLabel);
    }
    let suffix = psl::suffix(name.as_bytes()).filter(psl::Suffix::is_known);
    if suffix.is_none() || NOT_FOR_COMPANIES.contains(&last) {
        return Err(DomainError::UnknownEnding {
            ending: display::readable(last),
        });
    }
    if psl::domain(name.as_bytes()).is_none() {
        return Err(only_the_ending(name));
    }
    Ok(())
}

fn only_the_ending(ending: &str) -> DomainError {
    DomainError::PublicSuffix {
        ending: display::readable(ending),
    }
}

/// Also `10.1` and `0x7f.1`: what a browser takes for an address is none of a company's names.
fn is_ip_v4(name: &str) -> bool {
    let is_number = |label: &str| {
        let hex = label
            .strip_prefix("0x")
            .is_some_and(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
        !label.is_empty() && (hex || label.bytes().all(|b| b.is_ascii_digit()))
    };
    name.parse::<Ipv4Addr>().is_ok() || name.contains('.') && name.split('.').all(is_number)
}
