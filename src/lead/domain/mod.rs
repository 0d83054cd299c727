//! A company's domain, as Citedy wants it: from whatever a person pasted to one normalised
//! name, or to a reason why not that names what was probably meant.
//!
//! A text goes through three rooms: `text` takes off what copying leaves around a domain and
//! finds out whether there is more than one, `address` takes a web address apart, `host`
//! checks the name itself. `sites` knows the hosts that are never the company itself.

mod address;
mod display;
mod error;
mod host;
mod sites;
#[cfg(test)]
mod tests;
mod text;

pub use error::DomainError;
pub(super) use text::is_invisible;

/// A normalised company domain: lower-case ASCII (punycode), with an ending from the Public
/// Suffix List, never beginning with `www.`, at most 253 characters. Subdomains are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CompanyDomain(String);

impl CompanyDomain {
    /// Reads one domain or one http(s) address without a path.
    ///
    /// # Errors
    /// The first thing that is wrong, worded for the person who typed the text.
    pub fn parse(input: &str) -> Result<Self, DomainError> {
        text::parse_cell(input)
    }

    /// Reads back what [`CompanyDomain::as_str`] gave. Checks the rules again, but neither
    /// cleans nor maps: a stored domain that is not in its normal form is a fault.
    pub(crate) fn from_stored(stored: String) -> Result<Self, DomainError> {
        host::check(&stored)?;
        if host::without_www(&stored) == stored {
            Ok(Self(stored))
        } else {
            Err(DomainError::NotNormal)
        }
    }

    /// The domain in ASCII, as it is sent and stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain for people's eyes: international names in their own script, unless that
    /// could be mistaken for another name; then in ASCII.
    pub fn display(&self) -> String {
        display::readable(&self.0)
    }
}

impl std::fmt::Display for CompanyDomain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.display())
    }
}
