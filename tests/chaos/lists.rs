//! Lists that people save into the watched folder, and what comes back beside them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use calamine::{Data, Reader, Xlsx, open_workbook};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::intake::Row;

/// How often a list is saved with a part of its rows first.
const IN_TWO_STEPS: f64 = 0.4;

/// The name of the list at this place.
pub fn name(place: usize) -> String {
    format!("list-{place}.csv")
}

/// Saves every list, some of them twice: half of the rows, then all of them in another order.
pub async fn save_all(folder: PathBuf, lists: Vec<Vec<Row>>, span: Duration, mut lots: StdRng) {
    let pause = span / u32::try_from(lists.len().max(1)).unwrap_or(u32::MAX);
    for (place, mut rows) in lists.into_iter().enumerate() {
        let path = folder.join(name(place));
        if lots.random_bool(IN_TWO_STEPS) {
            save(&path, &rows[..rows.len() / 2]);
            tokio::time::sleep(pause / 2).await;
            rows.shuffle(&mut lots);
            save(&path, &rows);
            tokio::time::sleep(pause / 2).await;
        } else {
            save(&path, &rows);
            tokio::time::sleep(pause).await;
        }
    }
}

fn save(path: &Path, rows: &[Row]) {
    let mut text = "Company,Domain\n".to_owned();
    for row in rows {
        text.push_str(&format!("{},{}\n", row.name, row.domain));
    }
    std::fs::write(path, text).expect("a list");
}

/// Run id and row number of each row that was delivered beside a list.
pub fn delivered(folder: &Path, place: usize) -> Result<Vec<(String, u64)>, String> {
    let path = folder.join(format!("{}.results.xlsx", name(place)));
    let told = |error: calamine::XlsxError| format!("{}: {error}", path.display());
    let mut workbook: Xlsx<_> = open_workbook(&path).map_err(told)?;
    let sheet = workbook.worksheet_range("Warm leads").map_err(told)?;
    let key = |row: &[Data]| {
        // Numbers of a workbook have a fraction, even if it is none.
        let number = row.get(3)?.to_string().parse::<f64>().ok()?;
        Some((row.get(1)?.to_string(), number as u64))
    };
    Ok(sheet.rows().skip(1).filter_map(key).collect())
}
