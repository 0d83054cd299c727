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

/// `leads.xlsx`, `.csv` or `.json`, filtered like the list of leads.
#[get("/exports/{file:leads\\.(xlsx|csv|json)}")]
async fn export(
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
            tracing::error!(%fault, "an export broke off");
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
