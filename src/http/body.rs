//! Bodies that are read by hand: a cap of their own, and an error in the API's own form.

use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use super::problem::Problem;

/// A body of at most so many bytes, whole; a larger one is a problem with these words.
pub async fn read(mut payload: Payload, most: usize, too_large: &str) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::BadRequest(error.to_string()))?;
        if body.len() + chunk.len() > most {
            return Err(Problem::TooLarge(too_large.to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
