//! Does some work whenever, and only while, this instance holds the lease for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::flow::Flow;
use crate::flow::lease::Lease;

/// How often a lease that another instance holds is tried for.
const TRY_EVERY: Duration = Duration::from_secs(1);
/// A renewal that failed is tried again after this.
const RENEW_AGAIN: Duration = Duration::from_secs(1);
/// A lease that is not given back by then ends by itself.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(3);

/// Waits for the lease, works under it, and waits again when it is lost; until told to stop. The
/// work must end by itself once it is told to stop or the lease is lost. Ends with the work's
/// fault if it ends with one.
pub async fn under_lease<W>(
    flow: Arc<Flow>,
    name: String,
    stop: CancellationToken,
    work: impl Fn(Arc<Lease>) -> W,
) -> Result<(), String>
where
    W: Future<Output = Result<(), String>> + Send + 'static,
{
    let mut told = Told::Nothing;
    while !stop.is_cancelled() {
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
        tokio::select! {
            () = tokio::time::sleep(TRY_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
    Ok(())
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
    loop {
        tokio::select! {
            ended = &mut *working => return ended.map_err(|error| error.to_string())?,
            () = tokio::time::sleep(wait.min(lease.remaining())), if !lease.is_lost() => {}
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
        if lease.is_lost() {
            lease.lose();
        }
    }
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
