use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::adapters::files::{check_path_length, read_list_from};
use crate::flow::intake::IntakeRow;
use crate::flow::ports::Store;

/// A list with the name by which the same file is known the next time.
pub struct NamedList {
    name: String,
    rows: Vec<IntakeRow>,
}

impl NamedList {
    /// Results of some row are to go to a spreadsheet as well.
    pub fn names_a_sheet(&self) -> bool {
        self.rows.iter().any(|row| row.deliver_to.is_some())
    }
}

/// Reads every file, or tells which cannot be read and why.
pub fn read_lists(files: &[PathBuf]) -> anyhow::Result<Vec<NamedList>> {
    files.iter().map(|file| read_one(file)).collect()
}

fn read_one(file: &Path) -> anyhow::Result<NamedList> {
    let shown = file.display();
    let file_name = file
        .file_name()
        .unwrap_or(file.as_os_str())
        .to_string_lossy();
    let (name, list) = if file == Path::new("-") {
        ("-".to_owned(), read_list_from(&file_name, std::io::stdin()))
    } else {
        let input = File::open(file).with_context(|| format!("{shown} cannot be read"))?;
        let full = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        check_path_length(&full).with_context(|| format!("{shown} cannot be used"))?;
        (
            full.display().to_string(),
            read_list_from(&file_name, input),
        )
    };
    let rows = list.with_context(|| format!("{shown}"))?.into_intake_rows();
    Ok(NamedList { name, rows })
}

/// Rows of all lists, each known by its file and that file's generation; `again` begins a new
/// generation once the last has ended, and a later call without it goes on with that.
pub async fn intake_rows(
    store: &dyn Store,
    lists: Vec<NamedList>,
    again: bool,
) -> anyhow::Result<Vec<IntakeRow>> {
    let mut all = Vec::new();
    for list in lists {
        let mut generation = store.run_generation(&list.name).await?;
        let scope_of = |generation: u32| format!("run\u{1f}{}\u{1f}{generation}", list.name);
        // Called once more with --again after an interruption, it goes on with what it began.
        if again && !store.has_unfinished(&scope_of(generation)).await? {
            generation += 1;
            store.set_run_generation(&list.name, generation).await?;
        }
        let scope = scope_of(generation);
        all.extend(list.rows.into_iter().map(|row| IntakeRow {
            scope: Some(scope.clone()),
            force: again,
            ..row
        }));
    }
    Ok(all)
}
