//! `/api/v1/openapi.json` against the routes that there are, in the source and in a running service.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::exposition::Exposition;
use crate::support::World;
use crate::support::warmsheet::Warmsheet;

/// Routes whose address the source does not write beside `web::resource`.
const BY_NAME: [(&str, &str); 1] = [("PATH", "POST /webhooks/citedy")];
/// A folder of routes that are for browsers.
const NOT_DESCRIBED: [&str; 1] = ["src/http/pages"];
/// A page, and what stands in for addresses that are none.
const NO_OPERATIONS: [&str; 2] = ["GET /thanks", "POST /forms/{rest}"];
/// The file of one template is three files.
const EXPORTS: &str = "/exports/{file}";

async fn document(service: &Warmsheet) -> Value {
    service.get("/api/v1/openapi.json").await
}

/// `GET /api/v1/leads` for every operation.
fn described(document: &Value) -> BTreeSet<String> {
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            operations.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    operations
}

/// The same for every route that the source registers.
fn registered() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for file in sources(Path::new("src/http")) {
        let code = fs::read_to_string(&file).expect("a file");
        for method in ["get", "post", "put", "patch", "delete"] {
            for part in code.split(&format!("#[{method}(\"")).skip(1) {
                let pattern = part.split("\")]").next().expect("an end");
                routes.insert(format!("{} {}", method.to_uppercase(), template(pattern)));
            }
        }
        for part in code.split(".route(\"").skip(1) {
            let (pattern, rest) = part.split_once("\", web::").expect("a way of asking");
            // What answers every method takes only posts, and tells that to the others.
            let method = rest.split('(').next().filter(|method| *method != "to");
            let method = method.unwrap_or("post").to_uppercase();
            let route = format!("{method} {}", template(pattern));
            if !NO_OPERATIONS.contains(&route.as_str()) {
                routes.insert(route);
            }
        }
        for part in code.split("web::resource(").skip(1) {
            let address = part.split(')').next().expect("an end").trim();
            let known = BY_NAME.iter().find(|(name, _)| *name == address);
            let (_, route) = known.unwrap_or_else(|| panic!("{}: {address}", file.display()));
            routes.insert((*route).to_owned());
        }
    }
    routes
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let described = paths.filter(|path| !NOT_DESCRIBED.iter().any(|not| path.starts_with(not)));
    described
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// `{file:leads\\.(xlsx|csv)}` is `{file}`.
fn template(pattern: &str) -> String {
    let mut parts = pattern.split('{');
    let mut template = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (rule, rest) = part.rsplit_once('}').unwrap_or((part, ""));
        let name = rule.split(':').next().unwrap_or_default();
        template += &format!("{{{name}}}{rest}");
    }
    template
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_described_and_every_description_has_its_route() {
    let world = World::new().await;
    let service = world.serve().await;
    let document = document(&service).await;
    assert_eq!(described(&document), registered());
    assert!(registered().len() >= 20, "{:?}", registered());
    // That the source means what it says shows where the service counts what it answered.
    for operation in described(&document) {
        let (method, path) = operation.split_once(' ').expect("two words");
        let address = path
            .replace("{id}", "L000000000000")
            .replace("{decision}", "approve")
            .replace("{file}", "leads.json");
        let method: Method = method.parse().expect("a method");
        let sent = service.request(method.clone(), &address).send().await;
        assert_ne!(
            sent.expect("an answer").status(),
            StatusCode::METHOD_NOT_ALLOWED
        );
        let metrics = service.bytes("/metrics").await;
        let seen = Exposition::parse(&String::from_utf8(metrics).expect("text"));
        let labels = |one: &BTreeMap<String, String>| {
            one.get("route").is_some_and(|route| route == path)
                && one
                    .get("method")
                    .is_some_and(|told| told == method.as_str())
        };
        let counted = seen.samples.iter().any(|one| labels(&one.labels));
        // Of those that it tells itself the count comes after the answer, or the stream ends.
        let told_later = ["/metrics", "/api/v1/events"].contains(&path);
        assert!(
            counted || told_later,
            "{operation} is no route of the service"
        );
    }
    assert!(document["paths"][EXPORTS].is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_says_who_may_call_it_and_what_it_answers() {
    let world = World::new().await;
    let service = world.serve().await;
    let document = document(&service).await;
    assert!(
        document["openapi"]
            .as_str()
            .expect("a version")
            .starts_with("3.1")
    );
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    for scheme in ["bearer", "basic", "cookie"] {
        assert!(
            document["components"]["securitySchemes"][scheme].is_object(),
            "{scheme}"
        );
    }
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let proves_itself = path.starts_with("/webhooks/") || path.starts_with("/forms/");
            let open = path.starts_with("/health/") || proves_itself;
            let responses = operation["responses"].as_object().expect("responses");
            assert_eq!(
                responses.contains_key("401") && !proves_itself,
                !open,
                "{path}"
            );
            assert_eq!(operation["security"].is_array(), open, "{path}");
            for (status, answer) in responses {
                let problem = &answer["content"]["application/problem+json"];
                let is_error = status.starts_with(['4', '5']);
                assert_eq!(problem.is_object(), is_error, "{method} {path} {status}");
            }
        }
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().expect("an end");
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name} is described"
        );
    }
    // What is refused by name must not be described, and the other way round.
    let fields = document["components"]["schemas"]["PostedLead"]["properties"].as_object();
    let mut fields: Vec<&String> = fields.expect("fields").keys().collect();
    fields.sort();
    let all = [
        "buyerRoles",
        "domain",
        "drafts",
        "externalId",
        "force",
        "freshnessDays",
        "icp",
        "maxContacts",
    ];
    assert_eq!(fields, all);
}
