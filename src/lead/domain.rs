//! A company's domain, as Citedy wants it.

/// A normalised company domain: lower-case ASCII (punycode), without `www.`, at most 253 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CompanyDomain(String);

impl CompanyDomain {
    pub fn parse(_input: &str) -> Result<Self, DomainError> {
        Err(DomainError::Empty)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no company domain, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    #[error("is empty")]
    Empty,
}
