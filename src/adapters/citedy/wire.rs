use serde::Serialize;

use crate::lead::request::Icp;
use crate::lead::run::IdempotencyKey;
use crate::lead::{CompanyDomain, RequestOptions};

/// The body of `POST /api/agent/citedy-warm-lead`: exactly the contract's fields
/// (`CreateWarmLeadRunRequest`, which allows no others).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartRequest<'a> {
    domain: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    icp: Option<Icp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer_roles: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_contacts: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drafts: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    freshness_days: Option<u16>,
    idempotency_key: &'a str,
}

impl<'a> StartRequest<'a> {
    pub fn new(
        domain: &'a CompanyDomain,
        options: &'a RequestOptions,
        key: &'a IdempotencyKey,
    ) -> Self {
        Self {
            domain: domain.as_str(),
            icp: options.icp,
            buyer_roles: options.buyer_roles.as_ref().map(|roles| roles.as_slice()),
            max_contacts: options.max_contacts.map(|n| n.get()),
            drafts: options.drafts.map(|n| n.get()),
            freshness_days: options.freshness_days.map(|n| n.get()),
            idempotency_key: key.as_str(),
        }
    }
}
