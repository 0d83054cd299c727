//! Does some work whenever, and only while, this instance holds the lease for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::flow::Flow;
use crate::flow::lease::Lease;

/// How often a lease that another instance holds is tried for.
const TRY_EVERY: Duration = Duration::from_secs(1);
/// A renewal that failed is tried again after this.
const RENEW_AGAIN: Duration = Duration::from_secs(1);
/// Work that has not ended so long after its lease was lost hangs in something: it is dropped, so
/// that this instance can work again.
const ENDS_WITHIN: Duration = Duration::from_secs(40);
/// A lease that is not given back by then ends by itself.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(3);

/// Waits for the lease, works under it, and waits again when it is lost; until told to stop. Who
/// has stood by takes it only when it was free for as long as `patience`: somebody whose place it is may
/// be starting again. The work must end by itself once it is told to stop or the lease is lost. Ends with the work's
/// fault if it ends with one.
pub async fn under_lease<W>(
    flow: Arc<Flow>,
    name: String,
    stop: CancellationToken,
    patience: Duration,
    work: impl Fn(Arc<Lease>) -> W,
) -> Result<(), String>
where
    W: Future<Output = Result<(), String>> + Send + 'static,
{
    let mut told = Told::Nothing;
    let mut free_since = None;
    while !stop.is_cancelled() {
        if told == Told::StandingBy && !patience.is_zero() {
            free_since = match is_free(&flow, &name).await {
                true => free_since.or(Some(Instant::now())),
                false => None,
            };
            if free_since.is_none_or(|since| since.elapsed() < patience) {
                rest(&stop).await;
                continue;
            }
        }
        free_since = None;
        match Lease::take(&*flow.store, &name, &flow.instance, flow.lease_lasts).await {
            Ok(Some(lease)) => {
                tracing::info!(lease = name, "taken: this instance works");
                told = Told::Nothing;
                let mut working = tokio::spawn(work(lease.clone()));
                keep(&flow, &lease, &mut working).await?;
                release(&flow, &lease).await;
                if !stop.is_cancelled() {
                    tracing::warn!(lease = name, "lost: another instance may work now");
                }
            }
            Ok(None) => told.once(Told::StandingBy, || {
                tracing::info!(lease = name, "held by another instance; standing by");
            }),
            Err(error) => told.once(Told::Fault, || {
                tracing::error!(lease = name, %error, "cannot be taken; will try again");
            }),
        }
        rest(&stop).await;
    }
    Ok(())
}

async fn rest(stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(TRY_EVERY) => {}
        () = stop.cancelled() => {}
    }
}

/// Nobody holds it; a database that does not answer gives no reason to think so.
async fn is_free(flow: &Flow, name: &str) -> bool {
    flow.store.leases().await.is_ok_and(|leases| {
        !leases
            .iter()
            .any(|lease| lease.name == name && lease.is_held())
    })
}

/// What the log has said already.
#[derive(PartialEq)]
enum Told {
    Nothing,
    StandingBy,
    Fault,
}

impl Told {
    fn once(&mut self, news: Told, tell: impl FnOnce()) {
        if *self != news {
            tell();
            *self = news;
        }
    }
}

/// Renews the lease until the work has ended, of itself or because the lease is lost.
async fn keep(
    flow: &Flow,
    lease: &Lease,
    working: &mut JoinHandle<Result<(), String>>,
) -> Result<(), String> {
    let mut wait = lease.renew_every();
    while !lease.is_lost() {
        tokio::select! {
            ended = &mut *working => return ended.map_err(|error| error.to_string())?,
            () = tokio::time::sleep(wait.min(lease.remaining())) => {}
        }
        let renewal = tokio::time::timeout(lease.renew_every() / 2, lease.renew(&*flow.store));
        wait = match renewal.await {
            Ok(Ok(_)) => lease.renew_every(),
            Ok(Err(error)) => {
                tracing::warn!(lease = lease.term.name, %error, "not renewed; will try again");
                RENEW_AGAIN
            }
            Err(_) => RENEW_AGAIN,
        };
    }
    lease.lose();
    if let Ok(ended) = tokio::time::timeout(ENDS_WITHIN, &mut *working).await {
        return ended.map_err(|error| error.to_string())?;
    }
    tracing::error!(
        lease = lease.term.name,
        "what was begun under it does not end; dropped"
    );
    working.abort();
    Ok(())
}

/// What is given back need not be waited for.
async fn release(flow: &Flow, lease: &Lease) {
    lease.lose();
    let release = flow.store.release_lease(&lease.term);
    match tokio::time::timeout(RELEASE_TIMEOUT, release).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(lease = lease.term.name, %error, "not given back; it ends by itself");
        }
        Err(_) => tracing::warn!(lease = lease.term.name, "not given back; it ends by itself"),
    }
}
