//! Faults that strike after a request has been processed: the work is done, only the answer
//! suffers.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::ContentType;
use bytes::Bytes;

use crate::sandbox::faults::Fault;

/// Hands on the answer, or what the fault leaves of it.
pub(super) async fn spoil(fault: Option<Fault>, answer: HttpResponse) -> HttpResponse {
    match fault {
        None | Some(Fault::Refuse(_)) => answer,
        Some(Fault::Lost) => HttpResponse::Ok().body(Severed),
        Some(Fault::Malformed) => HttpResponse::build(answer.status())
            .content_type(ContentType::json())
            .body(r#"{"run": {"id": "<html>upstream"#),
        Some(Fault::Hang) => {
            let never: Infallible = pending().await;
            match never {}
        }
    }
}

/// A body that fails before its first byte. The server then drops the connection together
/// with the head that it has not sent yet, so the client sees no answer at all.
struct Severed;

impl MessageBody for Severed {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(1)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }
}
