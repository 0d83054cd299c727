//! What every form of a page carries, so that no other site can fill one in: a page of another
//! site cannot read ours, and so does not know it. (The token of a website's form that posts to
//! `/forms/…` is another thing.)

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::{SIGN_IN, SignedIn, state_of};
use crate::flow::ports::{OwnSecret, SecretStore, StoreError};
use crate::http::problem::Problem;

/// The name of the field that carries it.
pub const FIELD: &str = "csrf_token";
/// What a form is bound to that is shown without a session: to a browser that sends the admin
/// token itself, and on a service that is open on its own machine.
const NO_SESSION: &str = "no session";

/// What the sign-in form is bound to: everybody may see that form, so its token must open no other.
pub(super) const SIGN_IN_FORM: &str = "sign in";

/// What the forms' tokens are made with; the same on every instance.
pub struct FormSecret(SecretString);

impl FormSecret {
    /// The one that the database keeps; made when it has none yet.
    pub async fn load(store: &(impl SecretStore + ?Sized)) -> Result<Self, StoreError> {
        Ok(Self(store.own_secret(OwnSecret::PageForms).await?))
    }

    /// The token of the forms that are shown under this session.
    pub fn token(&self, session: Option<&str>) -> Option<String> {
        let code = self.code(session)?.finalize().into_bytes();
        Some(hex::encode(code))
    }

    fn fits(&self, session: Option<&str>, given: &str) -> bool {
        let mut code = [0; 32];
        let read = hex::decode_to_slice(given, &mut code).is_ok();
        let expected = self.code(session);
        read && expected.is_some_and(|expected| expected.verify_slice(&code).is_ok())
    }

    fn code(&self, session: Option<&str>) -> Option<Hmac<Sha256>> {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes()).ok()?;
        Some(mac.chain_update(session.unwrap_or(NO_SESSION).as_bytes()))
    }
}

/// Whether a form may be acted on. `given` is its field `csrf_token`. A request that a browser
/// made must bring the right one; a program needs none, because nobody can make it send anything.
pub fn check(request: &HttpRequest, given: Option<&str>) -> Result<(), Problem> {
    if !by_browser(request.headers()) {
        return Ok(());
    }
    let state = state_of(request)?;
    let session = SignedIn::of(request);
    let secret = &state.access.form_secret;
    let bound_to = match request.path() {
        SIGN_IN => Some(SIGN_IN_FORM),
        _ => session.id(),
    };
    if given.is_some_and(|given| secret.fits(bound_to, given)) {
        Ok(())
    } else {
        Err(Problem::PageTooOld)
    }
}

/// Every browser sends at least one of these with a form.
fn by_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN)
        || headers.contains_key("sec-fetch-site")
        || headers.contains_key(header::COOKIE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_own_session_and_no_other() {
        let secret = FormSecret("secret".into());
        let own = secret.token(Some("one")).expect("a token");
        assert!(secret.fits(Some("one"), &own));
        assert!(!secret.fits(Some("two"), &own));
        assert!(!secret.fits(None, &own));
        assert!(!secret.fits(Some("one"), ""));
        assert!(!secret.fits(Some("one"), &own[..62]));
        assert!(!FormSecret("other".into()).fits(Some("one"), &own));
        let none = secret.token(None).expect("a token");
        assert!(secret.fits(None, &none));
    }
}
