//! The rows of a file, and whether a form can carry them along.

use actix_web::web;
use url::form_urlencoded;

use super::form::SubmitForm;
use super::upload::{LONGEST_ROWS, UploadedFile};
use crate::flow::intake::IntakeRow;
use crate::http::pages::view::sentence;
use crate::http::pages::{AppState, PageError, Problem};

/// The rows of a file, or why there are none, in a sentence that names the file.
pub async fn read_list(
    state: &AppState,
    file: UploadedFile,
) -> Result<Result<Vec<IntakeRow>, String>, PageError> {
    let lists = state.lists.clone();
    let UploadedFile { name, bytes } = file;
    let read = web::block(move || {
        let rows = lists.read(&name, &bytes);
        match rows {
            Ok(rows) if rows.is_empty() => Err(format!(
                "{name}: no row of it may start; a column Run, if there is one, must be ticked."
            )),
            Ok(rows) => Ok(rows),
            // It may tell what a file holds that is no text at all.
            Err(problem) => {
                let told = problem.to_string().replace(char::is_control, " ");
                Err(format!("{name}: {}", sentence(&told)))
            }
        }
    });
    read.await.map_err(|error| {
        tracing::error!(%error, "a list could not be read");
        PageError::from(Problem::Internal)
    })
}

/// Whether the preview's form can be sent as it carries all rows along.
pub fn carriable(form: &SubmitForm) -> Result<(), String> {
    let length = |text: &String| {
        let encoded = form_urlencoded::byte_serialize(text.as_bytes());
        encoded.map(str::len).sum::<usize>()
    };
    let all = length(&form.domains) + length(&form.rows);
    if all <= LONGEST_ROWS {
        return Ok(());
    }
    Err(
        "These rows hold too much text for one form; split the list, or put it into the watched \
         folder."
            .to_owned(),
    )
}
