//! Sends a request and counts it, by a template of its route: ids are no labels.

use std::time::Instant;

use reqwest::{Method, RequestBuilder, Response};

use crate::flow::meter::{self, Answered};

/// Sends a request; its answer's body is still to be read.
pub async fn metered(request: RequestBuilder) -> reqwest::Result<Response> {
    let (client, request) = request.build_split();
    let request = request?;
    let (method, route) = (method(request.method()), route(request.url().path()));
    let sent_at = Instant::now();
    let answer = client.execute(request).await;
    let ended = match &answer {
        Ok(response) => Answered::Status(response.status().as_u16()),
        Err(error) if error.is_connect() => Answered::Unreachable,
        Err(error) if error.is_timeout() => Answered::Late,
        Err(_) => Answered::Lost,
    };
    meter::citedy_request(method, route, ended, sent_at.elapsed());
    answer
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

fn route(path: &str) -> &'static str {
    const ROOT: &str = "/api/agent/";
    // The base URL may have a path of its own.
    let below = path.find(ROOT).map_or("", |at| &path[at + ROOT.len()..]);
    let parts: Vec<&str> = below.split('/').collect();
    match parts[..] {
        ["health"] => "/api/agent/health",
        ["me"] => "/api/agent/me",
        ["citedy-warm-lead"] => "/api/agent/citedy-warm-lead",
        ["citedy-warm-lead", _] => "/api/agent/citedy-warm-lead/{id}",
        ["citedy-warm-lead", _, "export"] => "/api/agent/citedy-warm-lead/{id}/export",
        ["webhooks"] => "/api/agent/webhooks",
        ["webhooks", "deliveries"] => "/api/agent/webhooks/deliveries",
        ["webhooks", _] => "/api/agent/webhooks/{id}",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_becomes_no_label() {
        let run = "/proxy/api/agent/citedy-warm-lead/0b9c8f0e-1111";
        assert_eq!(route(run), "/api/agent/citedy-warm-lead/{id}");
        let export = format!("{run}/export");
        assert_eq!(route(&export), "/api/agent/citedy-warm-lead/{id}/export");
        assert_eq!(route("/api/agent/me"), "/api/agent/me");
        assert_eq!(route("/api/agent/something/else/entirely"), "other");
        assert_eq!(route("/"), "other");
    }
}
