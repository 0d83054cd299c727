//! Developer metadata of the spreadsheet; none of rows, columns or tabs.

use google_sheets4::api::{
    CreateDeveloperMetadataRequest, DataFilter, DeleteDeveloperMetadataRequest,
    UpdateDeveloperMetadataRequest,
};
use serde_json::{Value, json};

use super::book::{Book, Metadata};
use super::refusal::Refusal;
use super::requests::Reply;

/// Google's limit on the metadata of a spreadsheet, keys and values together.
const MOST_CHARACTERS: usize = 30_000;

/// Metadata in Google's shape.
pub fn shape(metadata: &Metadata) -> Value {
    let mut shape = json!({
        "metadataId": metadata.id,
        "metadataKey": metadata.key,
        "metadataValue": metadata.value,
        "location": {"locationType": "SPREADSHEET", "spreadsheet": true},
        "visibility": metadata.visibility,
    });
    if metadata.value.is_empty()
        && let Some(fields) = shape.as_object_mut()
    {
        fields.remove("metadataValue");
    }
    shape
}

fn visible(visibility: Option<String>) -> Result<String, Refusal> {
    visibility
        .filter(|visibility| ["DOCUMENT", "PROJECT"].contains(&visibility.as_str()))
        .ok_or_else(|| Refusal::invalid("DeveloperMetadata.visibility must be specified."))
}

fn fits(book: &Book) -> Result<(), Refusal> {
    let characters: usize = book
        .metadata
        .iter()
        .map(|metadata| metadata.key.chars().count() + metadata.value.chars().count())
        .sum();
    if characters > MOST_CHARACTERS {
        return Err(Refusal::invalid(format!(
            "The developer metadata of a spreadsheet is limited to {MOST_CHARACTERS} characters."
        )));
    }
    Ok(())
}

pub fn create(book: &mut Book, request: CreateDeveloperMetadataRequest) -> Reply {
    let given = request.developer_metadata.unwrap_or_default();
    let location = given.location.unwrap_or_default();
    if location.spreadsheet != Some(true)
        || location.sheet_id.is_some()
        || location.dimension_range.is_some()
    {
        return Err(Refusal::invalid(
            "DeveloperMetadata.location must be the spreadsheet; the stand-in knows no other.",
        ));
    }
    let key = given
        .metadata_key
        .filter(|key| !key.is_empty())
        .ok_or_else(|| Refusal::invalid("DeveloperMetadata.metadataKey must be specified."))?;
    let known = |id: i32| book.metadata.iter().any(|metadata| metadata.id == id);
    let id = match given.metadata_id {
        Some(id) if id <= 0 => {
            return Err(Refusal::invalid(format!(
                "DeveloperMetadata.metadataId must be positive: {id}"
            )));
        }
        Some(id) if known(id) => {
            return Err(Refusal::invalid(format!(
                "Developer metadata with id {id} already exists."
            )));
        }
        Some(id) => id,
        None => (1_000_000_001..)
            .find(|id| !known(*id))
            .expect("fewer metadata than numbers"),
    };
    let metadata = Metadata {
        id,
        key,
        value: given.metadata_value.unwrap_or_default(),
        visibility: visible(given.visibility)?,
    };
    let reply = json!({"createDeveloperMetadata": {"developerMetadata": shape(&metadata)}});
    book.metadata.push(metadata);
    fits(book)?;
    Ok(reply)
}

/// Whether a filter finds metadata: all that its lookup names has to be the same.
fn finds(filter: &DataFilter, metadata: &Metadata) -> Result<bool, Refusal> {
    let lookup = filter
        .developer_metadata_lookup
        .as_ref()
        .filter(|_| filter.grid_range.is_none() && filter.a1_range.is_none())
        .ok_or_else(|| Refusal::invalid("The stand-in finds metadata by a lookup only."))?;
    if lookup.metadata_id.is_none() && lookup.metadata_key.is_none() {
        return Err(Refusal::invalid(
            "The stand-in looks metadata up by id or by key.",
        ));
    }
    let same =
        |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|wanted| wanted == text);
    Ok(lookup.metadata_id.is_none_or(|id| id == metadata.id)
        && same(&lookup.metadata_key, &metadata.key)
        && same(&lookup.metadata_value, &metadata.value)
        && same(&lookup.visibility, &metadata.visibility))
}

pub fn update(book: &mut Book, request: UpdateDeveloperMetadataRequest) -> Reply {
    let filters = request.data_filters.unwrap_or_default();
    if filters.is_empty() {
        return Err(Refusal::invalid("No data filters were specified."));
    }
    let given = request.developer_metadata.unwrap_or_default();
    let mask = request
        .fields
        .map(|mask| mask.to_string())
        .unwrap_or_default();
    let mut updated = Vec::new();
    for metadata in &mut book.metadata {
        let mut found = false;
        for filter in &filters {
            found |= finds(filter, metadata)?;
        }
        if !found {
            continue;
        }
        for field in mask.split(',') {
            match field {
                "metadataValue" => {
                    metadata.value = given.metadata_value.clone().unwrap_or_default();
                }
                "metadataKey" => metadata.key = given.metadata_key.clone().unwrap_or_default(),
                "visibility" => metadata.visibility = visible(given.visibility.clone())?,
                other => {
                    return Err(Refusal::invalid(format!(
                        "Invalid field of developer metadata: '{other}'"
                    )));
                }
            }
        }
        updated.push(shape(metadata));
    }
    fits(book)?;
    Ok(json!({"updateDeveloperMetadata": {"developerMetadata": updated}}))
}

pub fn delete(book: &mut Book, request: DeleteDeveloperMetadataRequest) -> Reply {
    let filter = request
        .data_filter
        .ok_or_else(|| Refusal::invalid("No data filter was specified."))?;
    let mut deleted = Vec::new();
    let mut kept = Vec::new();
    for metadata in book.metadata.drain(..) {
        if finds(&filter, &metadata)? {
            deleted.push(shape(&metadata));
        } else {
            kept.push(metadata);
        }
    }
    book.metadata = kept;
    Ok(json!({"deleteDeveloperMetadata": {"deletedDeveloperMetadata": deleted}}))
}
