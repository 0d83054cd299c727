use std::borrow::Cow;
use std::io::{self, Write};

use super::{Pages, ReportRow};
use crate::adapters::files::BYTE_ORDER_MARK;
use crate::adapters::files::harmless::harmless;
use crate::lead::Cell;
use crate::lead::rows::{LEADING, Layout};

pub fn write(
    layout: &Layout,
    mut pages: Pages<ReportRow>,
    mut out: Box<dyn Write + Send>,
) -> io::Result<()> {
    out.write_all(BYTE_ORDER_MARK)?;
    let mut csv = csv::Writer::from_writer(out);
    let columns = layout.columns().iter().map(|key| harmless(key));
    csv.write_record(
        LEADING
            .map(Cow::from)
            .into_iter()
            .chain(columns)
            .map(|c| c.into_owned()),
    )?;
    let mut record = vec![String::new(); LEADING.len() + layout.columns().len()];
    while let Some(rows) = pages()? {
        for row in rows {
            // A shape that came up after the columns were chosen is part of the next report.
            let Some(places) = layout.place(row.shape) else {
                continue;
            };
            record.iter_mut().for_each(String::clear);
            record[0].push_str(&row.lead_id);
            record[1].push_str(&harmless(&row.run_id));
            record[2].push_str(&harmless(&row.domain));
            record[3] = row.row.to_string();
            for (place, cell) in places.iter().zip(&row.values.read()?) {
                if let Some(field) = record.get_mut(LEADING.len() + place) {
                    field.push_str(&text(cell));
                }
            }
            csv.write_record(&record)?;
        }
    }
    csv.flush()
}

fn text<'a>(cell: &'a Cell<'_>) -> Cow<'a, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Bool(value) => Cow::Borrowed(if *value { "TRUE" } else { "FALSE" }),
        Cell::Number(number) => Cow::Owned(number.to_string()),
        Cell::Text(text) => harmless(text),
    }
}
