//! `GET /api/v1/openapi.json`: the description of the API, made from the handlers and the types
//! that they answer with. A route that is added is named in [`Document`] as well; a test finds
//! those that are not.

use std::sync::OnceLock;

use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, get};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi as Description, Ref, RefOr, Response};
use utoipa::{Modify, OpenApi};

use super::problem::ProblemJson;
use super::{api, exports, forms, health, metrics, webhook};
use crate::lead::{BatchId, LeadId};

/// Problems that every route behind the admin token can answer with.
const BEHIND_THE_TOKEN: [(&str, &str); 5] = [
    ("401", "Sign in with the admin token"),
    ("403", "From a foreign place"),
    (
        "429",
        "Too many wrong tokens came from your address; see Retry-After",
    ),
    ("500", "Something is wrong inside; the log says more"),
    (
        "503",
        "The database cannot be used; nothing was stored, see Retry-After",
    ),
];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "warmsheet",
        description = "Company domains in, warm-lead reports out. Posts hold at most 16 MiB. Errors \
            are RFC 9457 problems; what is no operation of these is answered 404. Times are RFC 3339 in UTC; days are UTC.",
    ),
    paths(
        api::intake::post_leads,
        api::leads::list,
        api::leads::one,
        api::leads::decide_lead,
        api::leads::decide_batch,
        api::control::pause,
        api::control::resume,
        api::notices::list,
        api::notices::resend,
        api::notices::resend_dead,
        api::status::overview,
        api::ledger::page,
        api::ledger::file,
        api::events::events,
        exports::export,
        health::live,
        health::ready,
        metrics::tell,
        webhook::receive,
        forms::receive::receive,
        forms::receive::receive_named,
        forms::look::look,
        tell,
    ),
    components(schemas(
        ProblemJson,
        LeadId,
        BatchId,
        api::events::ChangeJson,
        forms::receive::Taken,
        forms::receive::Reply,
    )),
    security(("bearer" = []), ("basic" = []), ("cookie" = [])),
    modifiers(&Schemes, &Problems),
)]
struct Document;

/// The three ways to show the admin token.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut Description) {
        let Some(parts) = document.components.as_mut() else {
            return;
        };
        let http = |scheme, words: &str| {
            let scheme = HttpBuilder::new().scheme(scheme).description(Some(words));
            SecurityScheme::Http(scheme.build())
        };
        parts.add_security_scheme("bearer", http(HttpAuthScheme::Bearer, "The admin token"));
        parts.add_security_scheme(
            "basic",
            http(
                HttpAuthScheme::Basic,
                "The admin token as password, with any user name",
            ),
        );
        let cookie = ApiKeyValue::with_description(
            "warmsheet_session",
            "A browser's session, opened at /sign-in; behind https it is __Host-warmsheet_session",
        );
        parts.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// Gives every error its body, and the routes behind the token what the way in answers.
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut Description) {
        for item in document.paths.paths.values_mut() {
            for operation in operations(item) {
                // One that is open says so itself; the others have the document's own.
                let responses = &mut operation.responses.responses;
                if operation.security.is_none() {
                    for (status, words) in BEHIND_THE_TOKEN {
                        let response = || ResponseBuilder::new().description(words).build();
                        responses
                            .entry(status.to_owned())
                            .or_insert_with(|| RefOr::T(response()));
                    }
                }
                for (status, response) in responses.iter_mut() {
                    if let RefOr::T(response) = response
                        && (status.starts_with('4') || status.starts_with('5'))
                    {
                        with_problem(response);
                    }
                }
            }
        }
    }
}

fn with_problem(response: &mut Response) {
    let body = Ref::from_schema_name("ProblemJson");
    let content = ContentBuilder::new().schema(Some(body)).build();
    let kind = "application/problem+json".to_owned();
    response.content.entry(kind).or_insert(content.into());
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        item.get.as_mut(),
        item.post.as_mut(),
        item.put.as_mut(),
        item.patch.as_mut(),
        item.delete.as_mut(),
    ]
    .into_iter()
    .flatten()
}

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(tell);
}

/// This description.
#[utoipa::path(
    operation_id = "openapi",
    responses((status = 200, description = "An OpenAPI document", body = serde_json::Value)),
)]
#[get("/api/v1/openapi.json")]
async fn tell() -> HttpResponse {
    static TEXT: OnceLock<Bytes> = OnceLock::new();
    let text = TEXT.get_or_init(|| Document::openapi().to_json().unwrap_or_default().into());
    HttpResponse::Ok()
        .content_type("application/json")
        .body(text.clone())
}
