//! The body of a page's form. What is not an extractor's must be in every handler, and one will be
//! forgotten; so the form's token is looked at here, before its fields are.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{Form, Query};
use actix_web::{FromRequest, HttpRequest};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::{PageError, Problem};
use crate::http::access::csrf_token;

/// The fields of a form that may be acted on. Every handler behind a form takes its fields as
/// this, one without fields as [`NoFields`]; that of a form with a file looks at the token itself.
pub struct PageForm<T>(pub T);

/// The form is only a button.
#[derive(Deserialize)]
pub struct NoFields {}

type Pairs = Vec<(String, String)>;

impl<T: DeserializeOwned> FromRequest for PageForm<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        // A program may push a button without saying what it sends, if it sends nothing.
        let has_body = request.headers().contains_key(header::CONTENT_TYPE);
        let body = has_body.then(|| Form::<Pairs>::from_request(&request, payload));
        async move {
            let pairs = match body {
                Some(body) => body.await?.into_inner(),
                None => Pairs::new(),
            };
            Ok(Self(fields(&request, &pairs)?))
        }
        .boxed_local()
    }
}

fn fields<T: DeserializeOwned>(request: &HttpRequest, pairs: &Pairs) -> Result<T, PageError> {
    let token = pairs.iter().find(|(name, _)| name == csrf_token::FIELD);
    csrf_token::check(request, token.map(|(_, value)| value.as_str()))?;
    let mut text = form_urlencoded::Serializer::new(String::new());
    let text = text.extend_pairs(pairs).finish();
    let fields = Query::<T>::from_query(&text).map_err(Problem::unreadable_form)?;
    Ok(fields.into_inner())
}
