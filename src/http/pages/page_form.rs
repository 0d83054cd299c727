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
use crate::http::access::form_token;

/// The fields of a form that may be acted on. Every handler behind a form takes its fields as
/// this, one without fields as [`NoFields`].
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
    let token = pairs.iter().find(|(name, _)| name == form_token::FIELD);
    form_token::check(request, token.map(|(_, value)| value.as_str()))?;
    let mut text = form_urlencoded::Serializer::new(String::new());
    let text = text.extend_pairs(pairs).finish();
    let fields = Query::<T>::from_query(&text).map_err(Problem::unreadable_form)?;
    Ok(fields.into_inner())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|found| found == ending) {
                    let text = fs::read_to_string(&path).expect("a file");
                    found.push((path, text));
                }
            }
        }
        assert!(!found.is_empty());
        found
    }

    #[test]
    fn every_form_of_a_template_carries_the_token() {
        for (path, template) in files("templates", "html") {
            for form in template.split("<form").skip(1) {
                let (tag, rest) = form.split_once('>').expect("a tag");
                if !tag.contains("method=\"post\"") {
                    continue;
                }
                let field = "<input type=\"hidden\" name=\"form_token\" value=\"{{ ";
                let carries = rest.trim_start().starts_with(field);
                assert!(carries, "{}: <form{tag}>", path.display());
            }
        }
    }

    #[test]
    fn every_handler_behind_a_form_looks_at_the_token() {
        let mut seen = 0;
        for (path, code) in files("src/http/pages", "rs") {
            let code = code.split("#[cfg(test)]").next().expect("code");
            for handler in handlers(code) {
                let begin = code.find(&format!("fn {handler}(")).expect("the handler");
                let whole = code[begin..].split("\n}\n").next().expect("its end");
                let looks = whole.contains(": PageForm<") || whole.contains("form_token::check(");
                assert!(looks, "{handler} in {}", path.display());
                seen += 1;
            }
        }
        assert!(seen >= 10, "{seen} handlers are no longer all");
    }

    /// Names of the functions behind forms.
    fn handlers(code: &str) -> Vec<&str> {
        let marked = code.split("#[post(").skip(1).map(|rest| {
            let rest = rest.split_once("async fn ").expect("a function").1;
            rest.split('(').next().expect("a name")
        });
        let routed = code.split("web::post()").skip(1).map(|rest| {
            let rest = rest.strip_prefix(".to(").expect("a handler");
            rest.split(')').next().expect("a name")
        });
        marked.chain(routed).collect()
    }
}
