use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::post;
use actix_web::web::{Data, Json, Payload};
use actix_web::{CustomizeResponder, Responder as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::flow::deliver_to;
use crate::flow::intake::{Intake, IntakeRow, accept};
use crate::flow::ports::{AcceptedLead, ExternalId, Source};
use crate::http::problem::Problem;
use crate::http::server::LARGEST_BODY;
use crate::http::{AppState, body};
use crate::lead::request::{BuyerRoles, Icp};
use crate::lead::{LeadId, RawOptions, Status};

/// Leads in one post.
const MOST: usize = 20_000;
const FIELDS: [&str; 8] = [
    "domain",
    "icp",
    "buyerRoles",
    "maxContacts",
    "drafts",
    "freshnessDays",
    "externalId",
    "force",
];
/// Longest external id, characters.
const LONGEST_ID: usize = 200;

/// Leads to buy.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Post {
    #[schema(value_type = Vec<PostedLead>, min_items = 1, max_items = 20_000)]
    leads: Vec<Map<String, Value>>,
    /// A connected spreadsheet that gets the rows of all these leads as well.
    deliver_to: Option<String>,
}

/// One company. A text in place of a number is taken as what it says.
#[derive(utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "a lead is read field by field, so that a wrong one spoils no others"
)]
struct PostedLead {
    /// A domain, an address of a page, or an e-mail address at the company.
    domain: String,
    icp: Option<Icp>,
    buyer_roles: Option<BuyerRoles>,
    #[schema(minimum = 1, maximum = 3)]
    max_contacts: Option<u16>,
    #[schema(minimum = 1, maximum = 3)]
    drafts: Option<u16>,
    #[schema(minimum = 7, maximum = 365)]
    freshness_days: Option<u16>,
    /// Your own id: the same one again answers the same lead, with other contents 409.
    #[schema(min_length = 1, max_length = 200)]
    external_id: Option<String>,
    /// Buy although a report of the same company is young enough to be served.
    force: Option<bool>,
}

/// What became of one posted lead.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedJson {
    id: LeadId,
    status: Status,
    /// As posted.
    domain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    normalized_domain: Option<String>,
    /// Why it is where it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(value_type = Option<String>)]
    reason: String,
}

/// What became of a post: one entry a lead, in their order.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostedJson {
    /// `null` if every lead was known before.
    batch_id: Option<String>,
    leads: Vec<AcceptedJson>,
}

/// Accepts leads: 202 with one entry a lead, in order. A lead that cannot be used is accepted
/// as `rejected`; a post that cannot be understood changes nothing.
#[utoipa::path(
    request_body = Post,
    responses(
        (status = 202, description = "Accepted", body = PostedJson),
        (status = 400, description = "The body cannot be understood"),
        (status = 409, description = "An externalId was used before with other contents"),
        (status = 413, description = "More than 20,000 leads or 16 MiB"),
    ),
)]
#[post("/api/v1/leads")]
pub async fn post_leads(
    payload: Payload,
    state: Data<AppState>,
) -> Result<CustomizeResponder<Json<PostedJson>>, Problem> {
    let body = body::read(payload, LARGEST_BODY, "a post is at most 16 MiB").await?;
    let post: Post = serde_json::from_slice(&body).map_err(|error| {
        Problem::BadRequest(format!("the body is not {{\"leads\": […]}}: {error}"))
    })?;
    if post.leads.is_empty() {
        return Err(Problem::BadRequest("leads is empty".to_owned()));
    }
    if post.leads.len() > MOST {
        return Err(Problem::TooLarge(format!(
            "{} leads in one post; at most {MOST} are possible, send the rest in another",
            post.leads.len()
        )));
    }
    let connected = state.flow.health.sheets();
    let deliver_to = post
        .deliver_to
        .map(|text| deliver_to::parse(&text, &connected))
        .transpose()
        .map_err(|reason| Problem::BadRequest(format!("deliverTo: {reason}")))?;
    let inputs: Vec<String> = post.leads.iter().map(typed_domain).collect();
    let rows = post
        .leads
        .into_iter()
        .map(|lead| row(lead, deliver_to.as_deref()))
        .collect::<Result<Vec<_>, _>>()?;
    let accepted = accept(
        &state.flow,
        Intake {
            source: Source::Api,
            source_name: String::new(),
            hold: state.flow.limits.hold_rule(),
            rows,
        },
    )
    .await?;
    let leads = accepted.leads.into_iter().zip(inputs);
    let posted = PostedJson {
        batch_id: accepted.batch.map(String::from),
        leads: leads.map(|(lead, input)| entry(lead, input)).collect(),
    };
    Ok(Json(posted).customize().with_status(StatusCode::ACCEPTED))
}

fn entry(lead: AcceptedLead, input: String) -> AcceptedJson {
    AcceptedJson {
        id: lead.id,
        status: lead.status,
        domain: input,
        normalized_domain: lead.domain,
        reason: lead.reason,
    }
}

fn typed_domain(lead: &Map<String, Value>) -> String {
    lead.get("domain").map(scalar).unwrap_or_default()
}

fn row(lead: Map<String, Value>, deliver_to: Option<&str>) -> Result<IntakeRow, Problem> {
    if let Some(unknown) = lead.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(Problem::BadRequest(format!(
            "a lead has no field \u{201c}{unknown}\u{201d}; the fields are {}",
            FIELDS.join(", ")
        )));
    }
    let text = |name: &str| lead.get(name).filter(|v| !v.is_null()).map(scalar);
    let buyer_roles = match lead.get("buyerRoles") {
        Some(Value::Array(roles)) => roles.iter().map(scalar).collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(other) => vec![scalar(other)],
    };
    let force = match lead.get("force") {
        Some(Value::Bool(force)) => *force,
        Some(Value::Null) | None => false,
        Some(other) => {
            return Err(Problem::BadRequest(format!(
                "force is true or false, not {other}"
            )));
        }
    };
    let external = match text("externalId") {
        None => None,
        Some(id) if id.is_empty() || id.chars().count() > LONGEST_ID => {
            return Err(Problem::BadRequest(format!(
                "an externalId has 1 to {LONGEST_ID} characters"
            )));
        }
        Some(id) => Some(ExternalId {
            id,
            hash: hash(&lead, deliver_to),
        }),
    };
    Ok(IntakeRow {
        domain: typed_domain(&lead),
        options: RawOptions {
            icp: text("icp"),
            buyer_roles,
            max_contacts: text("maxContacts"),
            drafts: text("drafts"),
            freshness_days: text("freshnessDays"),
        },
        row: None,
        scope: None,
        external,
        deliver_to: deliver_to.map(str::to_owned),
        force,
        ..IntakeRow::default()
    })
}

/// A JSON value as the text that a person would have typed; parsing decides what it is worth.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The same whatever the order of the fields, and however the spreadsheet was named.
fn hash(lead: &Map<String, Value>, deliver_to: Option<&str>) -> String {
    let to = deliver_to.map(Value::from);
    let mut sorted: BTreeMap<&str, &Value> = lead.iter().map(|(k, v)| (k.as_str(), v)).collect();
    if let Some(to) = &to {
        sorted.insert("deliverTo", to);
    }
    let text = serde_json::to_string(&sorted).unwrap_or_default();
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    #[test]
    fn the_order_of_fields_does_not_make_another_lead() {
        let one = lead(serde_json::json!({"domain": "acme.com", "drafts": 2}));
        let other = lead(serde_json::json!({"drafts": 2, "domain": "acme.com"}));
        assert_eq!(hash(&one, None), hash(&other, None));
    }

    #[test]
    fn a_forced_lead_is_another_request_and_force_is_no_text() {
        let plain = lead(serde_json::json!({"domain": "acme.com"}));
        let forced = lead(serde_json::json!({"domain": "acme.com", "force": true}));
        assert_ne!(hash(&plain, None), hash(&forced, None));
        assert!(row(forced, None).expect("a row").force);
        assert!(!row(plain, None).expect("a row").force);
        let text = lead(serde_json::json!({"domain": "acme.com", "force": "false"}));
        let error = row(text, None).expect_err("a text is not true or false");
        assert!(error.to_string().contains("force"), "{error}");
    }

    #[test]
    fn a_misspelt_field_is_refused_before_it_costs_anything() {
        let error = row(
            lead(serde_json::json!({"domain": "acme.com", "maxcontacts": 1})),
            None,
        )
        .expect_err("unknown field");
        assert!(error.to_string().contains("maxcontacts"), "{error}");
    }
}
