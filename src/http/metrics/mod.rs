//! `GET /metrics` in Prometheus' text format: what this process counted, and how things stand in
//! the database, which every instance on it tells alike.

mod count;
mod stored;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use actix_web::web::{self, Data};
use actix_web::{HttpResponse, get};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::AppState;
use crate::flow::Flow;
use crate::flow::meter;

pub use count::count;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Seconds; a request to Citedy may take 25.
const REQUEST_BUCKETS: [f64; 8] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 25.0];
const DELIVERY_BUCKETS: [f64; 8] = [1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0];
/// How long what was read from the database is told again: several who scrape cost as much as one.
const KEPT: Duration = Duration::from_secs(5);
/// A scrape is given up after 10 s by default; the process's own figures must arrive by then.
const READ_WITHIN: Duration = Duration::from_secs(4);
/// What was recorded for histograms is sorted into them this often, so that it does not pile up
/// while nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// What `/metrics` tells.
pub struct Metrics {
    process: &'static PrometheusHandle,
    stored: Mutex<Option<(Instant, String)>>,
}

impl Metrics {
    /// From here on is counted what happens in this process.
    pub fn begin() -> Self {
        Self {
            process: recorder(),
            stored: Mutex::default(),
        }
    }

    async fn tell(&self, flow: &Flow) -> String {
        self.process.run_upkeep();
        let mut text = self.process.render();
        let (stored, read) = self.stored(flow).await;
        text.push_str(&rendered(|| own(flow, read)));
        text.push_str(&stored);
        text
    }

    /// What the database tells, and whether it could be read.
    async fn stored(&self, flow: &Flow) -> (String, bool) {
        let mut kept = self.stored.lock().await;
        if let Some((read_at, text)) = &*kept
            && read_at.elapsed() < KEPT
        {
            return (text.clone(), !text.is_empty());
        }
        let text = match tokio::time::timeout(READ_WITHIN, stored::Figures::read(flow)).await {
            Ok(Ok(figures)) => rendered(|| figures.set()),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the database's figures could not be read");
                String::new()
            }
            Err(_) => {
                tracing::warn!("the database's figures could not be read in time");
                String::new()
            }
        };
        *kept = Some((Instant::now(), text.clone()));
        let read = !text.is_empty();
        (text, read)
    }
}

/// What this process is, and what it may ask of Citedy.
fn own(flow: &Flow, database_read: bool) {
    let version = env!("CARGO_PKG_VERSION");
    stored::gauge_of(
        "warmsheet_info",
        "Always 1; its label tells the version.",
        &[("version", version)],
        1.0,
    );
    stored::gauge_of(
        "warmsheet_start_time_seconds",
        "When this process started, seconds since 1970.",
        &[],
        flow.started_at.timestamp() as f64,
    );
    stored::gauge_of(
        "warmsheet_database_up",
        "1 if the figures of the database could be read, else 0; then they are left out.",
        &[],
        f64::from(u8::from(database_read)),
    );
    if let Some(budget) = flow.health.budget() {
        stored::gauge_of(
            "warmsheet_citedy_budget_left_requests",
            "Requests that could go to Citedy at once; told by the instance that drives the key.",
            &[],
            f64::from(budget.left_at(flow.clock.now())),
        );
        stored::gauge_of(
            "warmsheet_citedy_budget_limit_requests",
            "Requests a minute that are used: fewer than the settings allow after a 429.",
            &[],
            f64::from(budget.per_minute),
        );
    }
}

/// Gauges that are set for one scrape only: what could not be read is left out of it.
fn rendered(set: impl FnOnce()) -> String {
    let once = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&once, set);
    once.handle().render()
}

/// The recorder of this process; installed by the first call.
fn recorder() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let recorder = bucketed().build_recorder();
        let handle = recorder.handle();
        // Fails only where something else counts already.
        let _ = metrics::set_global_recorder(recorder);
        meter::begin();
        handle
    })
}

fn bucketed() -> PrometheusBuilder {
    let of = |name: &str| Matcher::Full(name.to_owned());
    let builder = PrometheusBuilder::new();
    // Refused is only an empty list of bounds.
    builder
        .set_buckets_for_metric(of(meter::CITEDY_DURATION), &REQUEST_BUCKETS)
        .and_then(|b| b.set_buckets_for_metric(of(meter::DELIVERY_DURATION), &DELIVERY_BUCKETS))
        .unwrap_or_default()
}

/// Keeps what was recorded small, until told to stop.
pub async fn upkeep(stop: CancellationToken) {
    while !stop.is_cancelled() {
        recorder().run_upkeep();
        tokio::select! {
            () = tokio::time::sleep(UPKEEP) => {}
            () = stop.cancelled() => {}
        }
    }
}

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(tell);
}

/// Everything that is measured, in Prometheus' text format.
#[utoipa::path(responses(
    (status = 200, description = "Metrics; docs/metrics.md lists them", body = String, content_type = "text/plain"),
))]
#[get("/metrics")]
pub(super) async fn tell(state: Data<AppState>) -> HttpResponse {
    let text = state.metrics.tell(&state.flow).await;
    HttpResponse::Ok().content_type(CONTENT_TYPE).body(text)
}
