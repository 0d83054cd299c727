//! One installation runs a sheet; another one takes it over only when a person says so.

use super::connect::{INSTALLATION_KEY, INSTALLATION_MARK};
use super::fault::SyncFault;
use crate::flow::ports::{Change, Mark, Spreadsheets, Store, WriteBatch};

/// This installation runs the sheet from now on. Answers who did before.
pub async fn takeover(
    sheets: &dyn Spreadsheets,
    store: &dyn Store,
    spreadsheet: &str,
) -> Result<Option<String>, SyncFault> {
    let installation = store.installation().await?;
    let description = sheets.describe(spreadsheet).await?;
    let before = description
        .marks
        .into_iter()
        .find(|mark| mark.id == INSTALLATION_MARK);
    let mark = Mark {
        id: INSTALLATION_MARK,
        key: INSTALLATION_KEY.to_owned(),
        value: installation.clone(),
    };
    let change = match &before {
        Some(before) if before.value == installation => return Ok(None),
        Some(_) => Change::SetMark(mark),
        None => Change::AddMark(mark),
    };
    let batch = WriteBatch {
        changes: vec![change],
        look_at: Vec::new(),
    };
    sheets.write(spreadsheet, batch).await?;
    Ok(before.map(|mark| mark.value))
}
