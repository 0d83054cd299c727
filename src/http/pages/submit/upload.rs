//! The form as a browser sends it with a file.

use actix_multipart::{Field, Multipart};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::web::Payload;
use futures_util::StreamExt;
use serde_json::{Map, Value};

use super::form::SubmitForm;
use crate::http::problem::Problem;

const MIB: usize = 1024 * 1024;
/// The largest file.
const LARGEST_FILE: usize = 16 * MIB;
/// The longest text of one field.
const LONGEST_TEXT: usize = 8 * MIB;
/// Rows that are carried along come from a page of ours, which made sure of this.
pub const LONGEST_ROWS: usize = 15 * MIB;
/// What is read of a body in all. An answer reaches a browser only once it has sent its form.
const MOST_READ: usize = 128 * MIB;
/// Fields of one form.
const MOST_FIELDS: usize = 64;
/// Characters that are kept of a file's name.
const LONGEST_NAME: usize = 100;

/// What came with the form.
#[derive(Debug, Default)]
pub struct Upload {
    pub form_token: String,
    pub form: SubmitForm,
    pub file: Option<UploadedFile>,
    /// Why it cannot be used as a whole; the fields that could be read are in `form`.
    pub refused: Option<(StatusCode, String)>,
}

#[derive(Debug)]
pub struct UploadedFile {
    /// Without folders.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Reads `multipart/form-data`, never more of it into memory than the limits allow.
pub async fn read(headers: &HeaderMap, body: Payload) -> Result<Upload, Problem> {
    let unreadable = |error| Problem::BadRequest(format!("the form cannot be read: {error}"));
    let mut parts = Multipart::new(headers, body);
    let mut upload = Upload::default();
    let mut texts = Map::new();
    let mut total = 0;
    while let Some(field) = parts.next().await {
        let mut field = field.map_err(unreadable)?;
        let name = field.name().unwrap_or_default().to_owned();
        let file = field
            .content_disposition()
            .and_then(|disposition| disposition.get_filename())
            .map(base_name);
        let most = match (&file, name.as_str()) {
            (Some(_), _) => LARGEST_FILE,
            (None, "rows") => LONGEST_ROWS,
            (None, _) => LONGEST_TEXT,
        };
        let bytes = read_field(&mut field, most, &mut total).await?;
        let Some(bytes) = bytes else {
            let what = file.unwrap_or_else(|| "The text".to_owned());
            upload.refused.get_or_insert((
                StatusCode::PAYLOAD_TOO_LARGE,
                format!(
                    "{what} is larger than {} MiB; split it, or put it into the watched folder.",
                    most / MIB
                ),
            ));
            continue;
        };
        match file {
            // A browser sends an empty file without a name when none was chosen.
            Some(file) if file.is_empty() && bytes.is_empty() => {}
            Some(file) => upload.file = Some(UploadedFile { name: file, bytes }),
            None if texts.len() < MOST_FIELDS => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                texts.insert(name, Value::String(text));
            }
            None => {}
        }
    }
    if let Some(Value::String(token)) = texts.remove("form_token") {
        upload.form_token = token;
    }
    upload.form = serde_json::from_value(Value::Object(texts))
        .map_err(|error| Problem::BadRequest(format!("the form cannot be read: {error}")))?;
    Ok(upload)
}

/// A field's bytes; `None`: more than `most`, read to the end all the same.
async fn read_field(
    field: &mut Field,
    most: usize,
    total: &mut usize,
) -> Result<Option<Vec<u8>>, Problem> {
    let mut bytes = Vec::new();
    let mut fits = true;
    while let Some(chunk) = field.next().await {
        let chunk = chunk
            .map_err(|error| Problem::BadRequest(format!("the form cannot be read: {error}")))?;
        *total += chunk.len();
        if *total > MOST_READ {
            return Err(Problem::TooLarge(format!(
                "the form is larger than {} MiB; send a file of at most {} MiB",
                MOST_READ / MIB,
                LARGEST_FILE / MIB
            )));
        }
        fits = fits && bytes.len() + chunk.len() <= most;
        if fits {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    Ok(fits.then_some(bytes))
}

/// The name of a file as a person knows it: browsers of old send its folders along.
pub fn base_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = name.chars().filter(|c| !c.is_control());
    shown
        .take(LONGEST_NAME)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_last_name() {
        assert_eq!(base_name("C:\\fake\\list.csv"), "list.csv");
        assert_eq!(base_name("../../etc/list\u{0}.csv"), "list.csv");
        assert_eq!(base_name(&"x".repeat(500)).len(), LONGEST_NAME);
    }
}
