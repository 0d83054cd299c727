//! Counts what is answered here, by a template of its route.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;

use crate::flow::meter;

/// The middleware around every route.
pub async fn count<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let method = method(request.method());
    let asked = route(request.match_pattern());
    let answered = next.call(request).await;
    let (route, status) = match &answered {
        // Known for sure once it was routed.
        Ok(answer) => (route(answer.request().match_pattern()), answer.status()),
        Err(error) => (asked, error.as_response_error().status_code()),
    };
    meter::http_request(method, route, status.as_u16());
    answered
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// A route's template without the patterns of its parts, `/leads/{id}`; what no route takes is
/// one and the same.
fn route(pattern: Option<String>) -> String {
    let Some(pattern) = pattern else {
        return "unmatched".to_owned();
    };
    let mut template = String::with_capacity(pattern.len());
    let (mut depth, mut in_rule) = (0, false);
    for c in pattern.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ':' if depth == 1 => in_rule = true,
            _ => {}
        }
        in_rule &= depth > 0;
        if !in_rule {
            template.push(c);
        }
    }
    template
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_tells_no_pattern() {
        let of = |pattern: &str| route(Some(pattern.to_owned()));
        assert_eq!(of("/api/v1/leads"), "/api/v1/leads");
        assert_eq!(
            of("/api/v1/leads/{id}/{decision:retry|approve}"),
            "/api/v1/leads/{id}/{decision}"
        );
        assert_eq!(of("/x/{n:[0-9]{1,3}}.csv"), "/x/{n}.csv");
        assert_eq!(route(None), "unmatched");
    }
}
