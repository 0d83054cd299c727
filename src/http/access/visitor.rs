//! What a page needs to know of who looks at it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use super::state_of;
use crate::flow::ports::Session;
use crate::http::problem::Problem;

/// The session that a request came with; none where the token itself was sent or none is needed.
#[derive(Clone, Default)]
pub struct SignedIn(Option<String>);

impl SignedIn {
    pub(super) fn by(session: Session) -> Self {
        Self(Some(session.id))
    }

    pub(super) fn of(request: &HttpRequest) -> Self {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_default()
    }

    /// The session's id.
    pub fn id(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// Who looks at a page: an argument of every handler that shows one.
#[derive(Clone)]
pub struct Visitor {
    /// Goes along with every form that is shown.
    pub csrf_token: String,
    pub signed_in: SignedIn,
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let signed_in = SignedIn::of(request);
        let visitor = state_of(request).and_then(|state| {
            let csrf_token = state.access.form_secret.token(signed_in.id());
            Ok(Self {
                csrf_token: csrf_token.ok_or(Problem::Internal)?,
                signed_in,
            })
        });
        ready(visitor)
    }
}
