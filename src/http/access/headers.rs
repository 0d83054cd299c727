//! What every answer tells the browser that it must not do.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;

use super::{origin, state_of};

/// Nothing but our own files: no inline script or style, no frame around us, no form to
/// elsewhere. What a result smuggles in has nothing to run with.
const OF_PAGES: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; \
     base-uri 'none'";
/// Whatever is no page is not shown as one.
const OF_OTHERS: &str = "default-src 'none'; frame-ancestors 'none'";
/// A year: the browser asks over https even where a link says http.
const ONLY_HTTPS: &str = "max-age=31536000";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (
        header::PERMISSIONS_POLICY,
        "camera=(), microphone=(), geolocation=()",
    ),
];

/// The outermost middleware.
pub async fn protect(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let https = state_of(request.request())
        .is_ok_and(|state| origin::is_https(request.headers(), &state.access.config));
    let mut response = next.call(request).await?;
    set(response.headers_mut(), https);
    Ok(response)
}

fn set(headers: &mut HeaderMap, https: bool) {
    let policy = if is_page(headers) {
        OF_PAGES
    } else {
        OF_OTHERS
    };
    let mut insert = |name, value| headers.insert(name, HeaderValue::from_static(value));
    insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in ALWAYS {
        insert(name, value);
    }
    if https {
        insert(header::STRICT_TRANSPORT_SECURITY, ONLY_HTTPS);
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
