use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{Contents, ReportRow, Summary};
use crate::lead::rows::{Layout, row_object};

/// `{"rows": […], "leads": […], "summary": {…}}`
pub fn write(
    layout: &Layout,
    mut contents: Contents,
    summary: &Summary,
    out: Box<dyn Write + Send>,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let mut count: u64 = 0;
    out.write_all(b"{\"rows\":[")?;
    while let Some(rows) = (contents.rows)()? {
        for row in rows {
            let Some(places) = layout.place(row.shape) else {
                continue;
            };
            separate(&mut out, count)?;
            serde_json::to_writer(&mut out, &object(layout, places, row)?)?;
            count += 1;
        }
    }
    out.write_all(b"\n],\"leads\":[")?;
    let mut leads = 0;
    while let Some(page) = (contents.leads)()? {
        for lead in page {
            separate(&mut out, leads)?;
            let line = json!({
                "lead_id": lead.lead_id, "domain": lead.domain, "status": lead.status,
                "message": lead.message, "run_id": lead.run_id, "credits": lead.credits,
                "source": lead.source, "updated": lead.updated,
            });
            serde_json::to_writer(&mut out, &line)?;
            leads += 1;
        }
    }
    out.write_all(b"\n],\"summary\":")?;
    let by_status: Map<String, Value> = summary
        .by_status
        .iter()
        .map(|(status, count)| (status.to_string(), (*count).into()))
        .collect();
    let summary = json!({
        "made_at": summary.made_at, "rows": count, "credits": summary.credits,
        "leads": by_status, "note": summary.note,
    });
    serde_json::to_writer(&mut out, &summary)?;
    out.write_all(b"}\n")?;
    out.flush()
}

fn separate(out: &mut impl Write, before: u64) -> io::Result<()> {
    out.write_all(if before == 0 { b"\n" } else { b",\n" })
}

fn object(layout: &Layout, places: &[usize], row: ReportRow) -> io::Result<Map<String, Value>> {
    let cells = row.values.read()?;
    let keys = places
        .iter()
        .filter_map(|place| layout.columns().get(*place));
    Ok(row_object(
        (row.lead_id, row.run_id, row.domain, row.row),
        keys.zip(cells),
    ))
}
