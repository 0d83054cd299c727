//! `CreateWarmLeadRunRequest`, checked as the contract says.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::domain;

/// A request that holds to the contract. Two requests are the same when they are equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartRequest {
    pub(super) domain: String,
    pub(super) normalized_domain: String,
    pub(super) options: Options,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) idempotency_key: Option<String>,
}

/// The options of a run, with the contract's defaults filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Options {
    pub(super) icp: String,
    pub(super) buyer_roles: Vec<String>,
    pub(super) max_contacts: usize,
    pub(super) drafts: usize,
    pub(super) freshness_days: i64,
}

const FIELDS: [&str; 7] = [
    "domain",
    "icp",
    "buyerRoles",
    "maxContacts",
    "drafts",
    "freshnessDays",
    "idempotencyKey",
];
const ICPS: [&str; 3] = ["seo-geo-agency", "content-led-saas", "vertical-saas"];

impl StartRequest {
    /// Parses a request body, or says in one sentence what is wrong with it.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        let body: Value =
            serde_json::from_slice(body).map_err(|e| format!("the body is not JSON: {e}"))?;
        let Value::Object(fields) = body else {
            return Err("the body must be a JSON object".to_owned());
        };
        if let Some(unknown) = fields.keys().find(|key| !FIELDS.contains(&key.as_str())) {
            return Err(format!("unknown field {unknown:?}"));
        }
        let domain = text(&fields, "domain", 1, 253)?.ok_or("domain is required")?;
        let normalized_domain =
            domain::normalize(&domain).map_err(|why| format!("domain {why}"))?;
        Ok(Self {
            domain,
            normalized_domain,
            options: Options::parse(&fields)?,
            idempotency_key: text(&fields, "idempotencyKey", 8, 128)?,
        })
    }
}

impl Options {
    fn parse(fields: &Map<String, Value>) -> Result<Self, String> {
        let icp = text(fields, "icp", 0, usize::MAX)?.unwrap_or_else(|| ICPS[1].to_owned());
        if !ICPS.contains(&icp.as_str()) {
            return Err(format!("icp must be one of {}", ICPS.join(", ")));
        }
        Ok(Self {
            icp,
            buyer_roles: roles(fields)?,
            // The bounds are far below what either type holds.
            max_contacts: integer(fields, "maxContacts", 1, 3)?.unwrap_or(3) as usize,
            drafts: integer(fields, "drafts", 1, 3)?.unwrap_or(3) as usize,
            freshness_days: integer(fields, "freshnessDays", 7, 365)?.unwrap_or(90),
        })
    }
}

fn text(
    fields: &Map<String, Value>,
    name: &str,
    least: usize,
    most: usize,
) -> Result<Option<String>, String> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if (least..=most).contains(&text.chars().count()) => {
            Ok(Some(text.clone()))
        }
        Some(Value::String(_)) => Err(format!("{name} must have {least} to {most} characters")),
        Some(_) => Err(format!("{name} must be a string")),
    }
}

fn integer(
    fields: &Map<String, Value>,
    name: &str,
    least: i64,
    most: i64,
) -> Result<Option<i64>, String> {
    let Some(value) = fields.get(name) else {
        return Ok(None);
    };
    value
        .as_f64()
        // JSON Schema counts 3.0 as an integer. Within the bounds the cast is exact.
        .filter(|number| number.fract() == 0.0)
        .filter(|number| (least as f64..=most as f64).contains(number))
        .map(|number| Some(number as i64))
        .ok_or_else(|| format!("{name} must be an integer from {least} to {most}"))
}

fn roles(fields: &Map<String, Value>) -> Result<Vec<String>, String> {
    let Some(value) = fields.get("buyerRoles") else {
        return Ok(Vec::new());
    };
    value
        .as_array()
        .filter(|roles| roles.len() <= 6)
        .and_then(|roles| roles.iter().map(role).collect())
        .ok_or_else(|| "buyerRoles must be at most 6 strings of 1 to 80 characters".to_owned())
}

fn role(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|role| (1..=80).contains(&role.chars().count()))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(body: Value) -> Result<StartRequest, String> {
        StartRequest::parse(body.to_string().as_bytes())
    }

    #[test]
    fn defaults_are_filled_in_so_that_spelling_them_out_is_the_same_request() {
        let short = parse(json!({"domain": "acme.com"})).unwrap();
        let long = parse(json!({
            "freshnessDays": 90, "drafts": 3.0, "maxContacts": 3, "buyerRoles": [],
            "icp": "content-led-saas", "domain": "acme.com",
        }));
        assert_eq!(Ok(short), long);
    }

    #[test]
    fn every_bound_of_the_contract_is_held() {
        for (field, fits, wrong) in [
            ("domain", json!("a.com"), json!("")),
            ("domain", json!("a.com"), json!(5)),
            ("icp", json!("vertical-saas"), json!("saas")),
            ("icp", json!("seo-geo-agency"), json!(null)),
            (
                "buyerRoles",
                json!(["x".repeat(80)]),
                json!(["x".repeat(81)]),
            ),
            ("buyerRoles", json!(vec!["r"; 6]), json!(vec!["r"; 7])),
            ("buyerRoles", json!([]), json!([""])),
            ("buyerRoles", json!(["CMO"]), json!("CMO")),
            ("maxContacts", json!(1), json!(0)),
            ("maxContacts", json!(3), json!(4)),
            ("drafts", json!(3), json!("3")),
            ("drafts", json!(2), json!(2.5)),
            ("freshnessDays", json!(7), json!(6)),
            ("freshnessDays", json!(365), json!(366)),
            ("idempotencyKey", json!("x".repeat(8)), json!("x".repeat(7))),
            (
                "idempotencyKey",
                json!("x".repeat(128)),
                json!("x".repeat(129)),
            ),
        ] {
            let mut body = json!({"domain": "acme.com"});
            body[field] = fits.clone();
            assert!(parse(body.clone()).is_ok(), "{field} {fits}");
            body[field] = wrong.clone();
            let message = parse(body).unwrap_err();
            assert!(message.contains(field), "{field} {wrong}: {message}");
        }
    }

    #[test]
    fn other_fields_other_shapes_and_no_json_are_refused() {
        assert!(parse(json!({"domain": "acme.com", "max_contacts": 1})).is_err());
        assert!(parse(json!({})).is_err());
        assert!(parse(json!(["acme.com"])).is_err());
        assert!(StartRequest::parse(b"domain=acme.com").is_err());
        assert!(StartRequest::parse(b"").is_err());
    }
}
