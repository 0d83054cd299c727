//! Looks names up and lets only checked addresses through. The connection goes to one of these
//! very addresses, so a name that leads elsewhere at the next look-up is no way round.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::lead::public_address::refusal;

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The address is one that nothing is sent to.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("nothing is sent to {0}")]
pub(super) struct Refused(pub &'static str);

#[derive(Debug, Clone, Copy)]
pub(super) struct CheckedResolver {
    pub allow_private: bool,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = resolve(name.as_str(), allow_private).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a name that may be told something, or why there are none.
pub(super) async fn resolve(name: &str, allow_private: bool) -> Result<Vec<SocketAddr>, Fault> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
    let mut refused = None;
    let mut allowed = Vec::new();
    for address in found {
        match refusal(address.ip(), allow_private) {
            None => allowed.push(address),
            Some(why) => refused = Some(Refused(why)),
        }
    }
    match refused {
        Some(refused) if allowed.is_empty() => Err(refused.into()),
        _ => Ok(allowed),
    }
}
