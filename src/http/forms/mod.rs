//! Other people's forms: `POST /forms/{provider}` and `/forms/{provider}/{name}`.
//!
//! In this order: which form, how often its sender was refused and how often it comes, the size,
//! the signature over the raw bytes, how often the form is filled in, whether a robot did it, what
//! was said, which company that is, and by which name it is known when it is sent again. Only then
//! something is stored, and only then the sender hears that all is well.

mod answer;
mod body;
mod limits;
pub mod look;
pub mod receive;
mod rows;

use std::sync::Mutex;

use actix_web::web;

use crate::lead::form::{Form, PostNames, Provider};
use limits::Limits;

/// The forms that may post here, and how often they have.
pub struct Forms {
    all: Vec<Form>,
    names: PostNames,
    limits: Mutex<Limits>,
}

impl Forms {
    pub fn new(all: Vec<Form>, names: PostNames) -> Self {
        Self {
            all,
            names,
            limits: Mutex::default(),
        }
    }

    fn find(&self, provider: Provider, name: &str) -> Option<&Form> {
        let same = |form: &&Form| form.provider == provider && form.name == name;
        self.all.iter().find(same)
    }

    fn knows_token(&self, given: &str) -> bool {
        self.all.iter().any(|form| form.key.is_token(given))
    }
}

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/thanks", web::get().to(answer::thanks))
        .route("/forms/look", web::post().to(look::look))
        .route("/forms/{provider}", web::to(receive::receive))
        .route("/forms/{provider}/{name}", web::to(receive::receive_named))
        // What is no form's address: Typeform must not hear 404 there either.
        .route("/forms/{rest:.*}", web::to(receive::receive));
}
