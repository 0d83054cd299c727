mod accepted;
mod properties;
mod refused;

use super::{CompanyDomain, DomainError};

pub(super) fn ok(input: &str) -> String {
    match CompanyDomain::parse(input) {
        Ok(domain) => domain.as_str().to_owned(),
        Err(error) => panic!("{input:?} {error}"),
    }
}

pub(super) fn refused(input: &str) -> DomainError {
    match CompanyDomain::parse(input) {
        Ok(domain) => panic!("{input:?} was accepted as {}", domain.as_str()),
        Err(error) => error,
    }
}
