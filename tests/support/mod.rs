//! The real binary beside a sandbox: started, killed and watched from outside, over real
//! sockets and real files.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test target uses a part of this"
)]

pub mod browser;
pub mod flow;
pub mod postgres;
pub mod receiver;
pub mod sandbox;
pub mod store;
pub mod viewer;
pub mod warmsheet;
pub mod world;

use std::future::Future;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
pub use world::World;

/// How long anything may take before a test gives up.
pub const DEADLINE: Duration = Duration::from_secs(180);
const LOOK: Duration = Duration::from_millis(50);

/// What Citedy's signature header says of a webhook's body.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key length");
    let code = mac.chain_update(body).finalize().into_bytes();
    format!("v1={}", hex::encode(code))
}

/// A webhook's signature, and the body that it is of.
pub fn signed(secret: &str, event: &serde_json::Value) -> (String, Vec<u8>) {
    let body = event.to_string().into_bytes();
    (signature(secret, &body), body)
}

/// Looks until the condition holds; panics with what was seen last when it never does.
pub async fn eventually<T, F, Fut>(what: &str, look: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, String>>,
{
    within(DEADLINE, what, look).await
}

/// The same for what may take longer.
pub async fn within<T, F, Fut>(deadline: Duration, what: &str, mut look: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, String>>,
{
    let started = Instant::now();
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        match look().await {
            Ok(value) => return value,
            Err(seen) => assert!(
                started.elapsed() < deadline,
                "{what}: not within {deadline:?}; last seen: {seen}"
            ),
        }
    }
}

/// A free port that is still free after whatever listens there was restarted: it lies below
/// those that the system gives to outgoing connections.
pub fn lasting_port() -> u16 {
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| rand::random_range(20_000..32_000))
        .find(free)
        .expect("a free port")
}
