//! Reports to download, streamed: a bounded channel lies between the thread that writes a
//! report and the connection that sends it.

use std::io::{self, Write};

use actix_web::http::header::{self, ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::{self, Bytes, Data, Path, Query};
use actix_web::{HttpResponse, get};
use futures_util::stream;
use tokio::sync::mpsc;

use super::AppState;
use super::filter::FilterQuery;
use super::problem::Problem;
use crate::flow::ports::{ReportFault, ReportFormat};

/// What a chunk holds, and how many wait for a slow reader.
const CHUNK: usize = 64 * 1024;
const CHUNKS: usize = 4;

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(export);
}

/// The files there are.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "only describes what the route takes")]
enum ExportFile {
    #[schema(rename = "leads.xlsx")]
    Xlsx,
    #[schema(rename = "leads.csv")]
    Csv,
    #[schema(rename = "leads.json")]
    Json,
}

/// What `leads.json` holds.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "is written piece by piece, never held")]
struct ExportJson {
    /// Each begins with `lead_id`, `run_id`, `domain` and `row`.
    #[schema(value_type = Vec<Object>)]
    rows: (),
    /// `lead_id`, `domain`, `status`, `message`, `run_id`, `credits`, `source`, `updated`.
    #[schema(value_type = Vec<Object>)]
    leads: (),
    /// `made_at`, `rows`, `credits`, `leads` by state, `note`.
    #[schema(value_type = Object)]
    summary: (),
}

/// `leads.xlsx`, `.csv` or `.json`, filtered like the list of leads.
#[utoipa::path(
    path = "/exports/{file}",
    params(("file" = inline(ExportFile), Path), FilterQuery),
    responses(
        (status = 200, description = "A file with all rows, its leads and a summary", content(
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "text/csv"),
            (ExportJson = "application/json"),
        )),
        (status = 400, description = "A filter cannot be understood"),
        (status = 404, description = "There is no such file"),
    ),
)]
#[get("/exports/{file:leads\\.(xlsx|csv|json)}")]
pub(super) async fn export(
    file: Path<(String,)>,
    query: Query<FilterQuery>,
    state: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let file = file.into_inner().0;
    let format = ReportFormat::of_file(&file).ok_or_else(|| Problem::NotFound(file.clone()))?;
    let filter = query.parse()?;
    let reports = state.reports.clone();
    Ok(download(
        &format!("warmsheet-{file}"),
        format.content_type(),
        move |out| async move { reports.write(&filter, format, out).await },
    ))
}

/// A file to download, sent while `write` writes it.
pub fn download<W, F>(name: &str, content_type: &str, write: W) -> HttpResponse
where
    W: FnOnce(Box<dyn Write + Send>) -> F,
    F: Future<Output = Result<(), ReportFault>> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(CHUNKS);
    let failure = sender.clone();
    let writing = write(Box::new(ChannelWriter::new(sender)));
    tokio::spawn(async move {
        if let Err(fault) = writing.await {
            tracing::error!(error = %fault, "an export broke off");
            // A cut connection is the only honest end of a half-sent file.
            let _ = failure
                .send(Err(io::Error::other("the export broke off")))
                .await;
        }
    });
    let body = stream::unfold(receiver, |mut receiver| async move {
        Some((receiver.recv().await?, receiver))
    });
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::Filename(name.to_owned())],
        })
        .streaming(body)
}

/// Hands what is written to an async reader, chunk by chunk. Only for threads that may block.
struct ChannelWriter {
    sender: mpsc::Sender<io::Result<Bytes>>,
    buffer: Vec<u8>,
}

impl ChannelWriter {
    fn new(sender: mpsc::Sender<io::Result<Bytes>>) -> Self {
        Self {
            sender,
            buffer: Vec::with_capacity(CHUNK),
        }
    }
}

impl Write for ChannelWriter {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(data);
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK));
        self.sender
            .blocking_send(Ok(chunk.into()))
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the reader has gone"))
    }
}

impl Drop for ChannelWriter {
    fn drop(&mut self) {
        // A report that was not flushed has failed already and says so itself.
        let _ = self.flush();
    }
}
