//! The form as a browser sends it with a file.

use actix_multipart::{Field, Multipart};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};
use serde_json::{Map, Value};

use super::form::SubmitForm;
use crate::http::access::csrf_token;
use crate::http::problem::Problem;

const MIB: usize = 1024 * 1024;
/// The largest file, MiB.
pub const LARGEST_FILE_MIB: usize = 16;
/// What is kept of the form's lists: the file, and the rows that are carried along of another.
const LARGEST_LISTS: usize = LARGEST_FILE_MIB * MIB;
/// What is kept of all its other fields together.
const LONGEST_TEXTS: usize = 8 * MIB;
/// Rows that are carried along come from a page of ours, which made sure of this.
pub const LONGEST_ROWS: usize = 15 * MIB;
/// What is read of a body in all. An answer reaches a browser only once it has sent its form.
const MOST_READ: usize = 128 * MIB;
/// Characters that are kept of a file's name.
const LONGEST_NAME: usize = 100;

const TOKEN: &str = csrf_token::FIELD;
const FILE: &str = "file";
/// The list that is carried along.
const ROWS: &str = "rows";
/// The other fields of the form.
const TEXTS: [&str; 11] = [
    "form_id",
    "domains",
    "file_name",
    "keep_file",
    "icp",
    "buyer_roles",
    "max_contacts",
    "drafts",
    "freshness_days",
    "deliver_to",
    "force",
];

/// What came with the form.
#[derive(Debug, Default)]
pub struct Upload {
    pub form: SubmitForm,
    pub file: Option<UploadedFile>,
    /// Why it cannot be used as a whole; the fields that could be read are in `form`.
    pub refused: Option<(StatusCode, String)>,
}

/// A file that was chosen in the form.
#[derive(Debug)]
pub struct UploadedFile {
    /// Without folders.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Reads `multipart/form-data`, never more of it into memory than the limits allow. `allowed` is
/// asked about the form's token before any other field is read: our pages send it first.
pub async fn read(
    headers: &HeaderMap,
    body: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
    allowed: impl Fn(Option<&str>) -> Result<(), Problem>,
) -> Result<Upload, Problem> {
    let mut parts = Multipart::new(headers, body);
    let mut upload = Upload::default();
    let mut texts = Map::new();
    let mut left = Left::default();
    let mut is_allowed = false;
    while let Some(field) = parts.next().await {
        let mut field = field.map_err(Problem::unreadable_form)?;
        let name = field.name().unwrap_or_default().to_owned();
        if !is_allowed {
            let token = match name.as_str() {
                TOKEN => left.read(&mut field, Kind::Text).await?,
                _ => None,
            };
            let token = token.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            allowed(token.as_deref())?;
            is_allowed = true;
            if name == TOKEN {
                continue;
            }
        }
        let file = field
            .content_disposition()
            .and_then(|disposition| disposition.get_filename())
            .map(base_name);
        let kind = match (&file, name.as_str()) {
            (Some(_), FILE) | (None, ROWS) => Kind::List,
            (None, name) if TEXTS.contains(&name) => Kind::Text,
            _ => Kind::Unknown,
        };
        let bytes = left.read(&mut field, kind).await?;
        let Some(bytes) = bytes else {
            if let Some(why) = kind.too_large(file, texts.contains_key(ROWS)) {
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                upload.refused.get_or_insert((status, why));
            }
            continue;
        };
        match file {
            // A browser sends an empty file without a name when none was chosen.
            Some(file) if file.is_empty() && bytes.is_empty() => {}
            Some(file) => upload.file = Some(UploadedFile { name: file, bytes }),
            None => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                texts.insert(name, Value::String(text));
            }
        }
    }
    if !is_allowed {
        allowed(None)?;
    }
    upload.form = serde_json::from_value(Value::Object(texts)).map_err(Problem::unreadable_form)?;
    Ok(upload)
}

/// What a field is kept as.
#[derive(Clone, Copy)]
enum Kind {
    List,
    Text,
    /// Not kept at all.
    Unknown,
}

impl Kind {
    /// Why a field of this kind was not kept.
    fn too_large(self, file: Option<String>, with_rows: bool) -> Option<String> {
        let (what, most) = match (self, file) {
            (Self::Unknown, _) => return None,
            (Self::Text, _) | (_, None) => ("The text".to_owned(), self.most()),
            (_, Some(file)) if with_rows => {
                let both = format!("{file} together with the rows of the file before");
                (both, self.most())
            }
            (_, Some(file)) => (file, self.most()),
        };
        Some(format!(
            "{what} is larger than {} MiB; split it, or put it into the watched folder.",
            most / MIB
        ))
    }

    fn most(self) -> usize {
        match self {
            Self::List => LARGEST_LISTS,
            Self::Text => LONGEST_TEXTS,
            Self::Unknown => 0,
        }
    }
}

/// Bytes that may still be kept and read of one form.
struct Left {
    lists: usize,
    texts: usize,
    read: usize,
}

impl Default for Left {
    fn default() -> Self {
        Self {
            lists: LARGEST_LISTS,
            texts: LONGEST_TEXTS,
            read: MOST_READ,
        }
    }
}

impl Left {
    /// A field's bytes; `None`: more than there is room for, read to the end all the same.
    async fn read(&mut self, field: &mut Field, kind: Kind) -> Result<Option<Vec<u8>>, Problem> {
        let mut nothing = 0;
        let mut bytes = Vec::new();
        let mut fits = !matches!(kind, Kind::Unknown);
        while let Some(chunk) = field.next().await {
            let chunk = chunk.map_err(Problem::unreadable_form)?;
            self.read = self.read.checked_sub(chunk.len()).ok_or_else(|| {
                Problem::TooLarge(format!(
                    "the form is larger than {} MiB; send a file of at most {} MiB",
                    MOST_READ / MIB,
                    LARGEST_LISTS / MIB
                ))
            })?;
            let room = match kind {
                Kind::List => &mut self.lists,
                Kind::Text => &mut self.texts,
                Kind::Unknown => &mut nothing,
            };
            fits = fits && chunk.len() <= *room;
            if fits {
                *room -= chunk.len();
                bytes.extend_from_slice(&chunk);
            } else {
                *room += bytes.len();
                bytes = Vec::new();
            }
        }
        Ok(fits.then_some(bytes))
    }
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
    use std::cell::Cell;
    use std::rc::Rc;

    use actix_web::http::header::{self, HeaderValue};
    use futures_util::stream;

    use super::*;

    #[test]
    fn a_file_is_known_by_its_last_name() {
        assert_eq!(base_name("C:\\fake\\list.csv"), "list.csv");
        assert_eq!(base_name("../../etc/list\u{0}.csv"), "list.csv");
        assert_eq!(base_name(&"x".repeat(500)).len(), LONGEST_NAME);
    }

    /// The form as a browser sends it, in pieces; `sent` counts those that were asked for.
    async fn read_form(
        fields: &[(&str, &[u8])],
        sent: &Rc<Cell<usize>>,
        allowed: impl Fn(Option<&str>) -> Result<(), Problem>,
    ) -> Result<Upload, Problem> {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("multipart/form-data; boundary=x");
        headers.insert(header::CONTENT_TYPE, kind);
        let mut body = Vec::new();
        for (name, value) in fields {
            let file = if *name == FILE {
                "; filename=\"a.csv\""
            } else {
                ""
            };
            let head =
                format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(value);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--x--\r\n");
        let pieces: Vec<_> = body.chunks(64 * 1024).map(Bytes::copy_from_slice).collect();
        let sent = sent.clone();
        let body = stream::iter(pieces).map(move |piece| {
            sent.set(sent.get() + 1);
            Ok(piece)
        });
        read(&headers, body, allowed).await
    }

    fn anybody(_: Option<&str>) -> Result<(), Problem> {
        Ok(())
    }

    #[actix_web::test]
    async fn nothing_of_a_form_is_kept_before_its_token_is_known() {
        let large = vec![b'a'; 4 * MIB];
        for fields in [
            [("domains", &large[..]), (TOKEN, &b"right"[..])],
            [(TOKEN, &b"wrong"[..]), ("domains", &large[..])],
        ] {
            let sent = Rc::default();
            let refused = read_form(&fields, &sent, |token| match token {
                Some("right") => Ok(()),
                _ => Err(Problem::PageTooOld),
            });
            let refused = refused.await;
            assert!(matches!(refused, Err(Problem::PageTooOld)), "{refused:?}");
            assert!(sent.get() < 4, "{} pieces were read", sent.get());
        }
    }

    #[actix_web::test]
    async fn all_texts_together_are_bounded_and_so_are_the_lists() {
        let large = vec![b'a'; 5 * MIB];
        let fields = [("domains", &large[..]), ("buyer_roles", &large)];
        let upload = read_form(&fields, &Rc::default(), anybody).await;
        let upload = upload.expect("a form");
        let (status, why) = upload.refused.expect("too much");
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(why.starts_with("The text is larger than 8 MiB"), "{why}");
        assert_eq!(upload.form.domains.len(), large.len());
        assert!(upload.form.buyer_roles.is_empty());

        let large = vec![b'a'; 9 * MIB];
        let fields = [(ROWS, &large[..]), (FILE, &large)];
        let upload = read_form(&fields, &Rc::default(), anybody).await;
        let upload = upload.expect("a form");
        let (_, why) = upload.refused.expect("too much");
        let told = "a.csv together with the rows of the file before is larger than 16 MiB";
        assert!(why.starts_with(told), "{why}");
        assert!(upload.file.is_none() && upload.form.rows.len() == large.len());
    }

    #[actix_web::test]
    async fn unknown_fields_take_no_room_and_are_no_reason_to_refuse() {
        let large = vec![b'a'; 7 * MIB];
        let unknown = [("x", &large[..]), ("y", &large), ("csrf_token", &large)];
        let known = [("csrf_token", &b"t"[..]), ("domains", &large)];
        let fields = [&known[..1], &unknown, &known[1..]].concat();
        let upload = read_form(&fields, &Rc::default(), anybody).await;
        let upload = upload.expect("a form");
        assert_eq!(upload.refused, None);
        assert_eq!(upload.form.domains.len(), large.len());
    }

    #[test]
    fn every_field_of_the_form_is_known() {
        let template = include_str!("../../../../templates/submit.html");
        let names = template
            .split(" name=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        let known = |name: &str| [TOKEN, FILE, ROWS].contains(&name) || TEXTS.contains(&name);
        let unknown: Vec<&str> = names.filter(|name| !known(name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
