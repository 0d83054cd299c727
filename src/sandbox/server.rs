//! Starting and stopping.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use tokio::task::JoinHandle;

use super::config::{SandboxConfig, SandboxError};
use super::state::Shared;
use super::{courier, routes};

/// A running sandbox. Dropping it stops it as well, only without waiting.
#[derive(Debug)]
pub struct Sandbox {
    /// Its address, `http://127.0.0.1:PORT`, as a client's base URL.
    pub url: String,
    handle: ServerHandle,
    server: JoinHandle<io::Result<()>>,
    courier: JoinHandle<()>,
}

/// Starts a sandbox, which then answers at [`Sandbox::url`].
pub async fn start(config: SandboxConfig) -> Result<Sandbox, SandboxError> {
    config.check()?;
    let client = courier::client()?;
    let (listener, url) = listen(&config.bind).map_err(|source| SandboxError::Bind {
        address: config.bind.clone(),
        source,
    })?;
    let shared = Data::new(Shared::open(config, url.clone())?);
    let courier = courier::run(shared.clone(), client);
    let server =
        HttpServer::new(move || App::new().app_data(shared.clone()).configure(routes::all))
            .workers(2)
            .disable_signals()
            .listen(listener)
            .map_err(SandboxError::Server)?
            .run();
    Ok(Sandbox {
        url,
        handle: server.handle(),
        server: tokio::spawn(server),
        courier: tokio::spawn(courier),
    })
}

fn listen(address: &str) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(address)?;
    let mut reachable = listener.local_addr()?;
    if reachable.ip().is_unspecified() {
        reachable = SocketAddr::from((Ipv4Addr::LOCALHOST, reachable.port()));
    }
    Ok((listener, format!("http://{reachable}")))
}

impl Sandbox {
    /// Waits until the sandbox stops by itself, which it only does when something is wrong.
    /// May be dropped and called again.
    pub async fn wait(&mut self) -> Result<(), SandboxError> {
        tokio::select! {
            ended = &mut self.server => match ended {
                Ok(result) => result.map_err(SandboxError::Server),
                Err(died) => Err(SandboxError::Died(died)),
            },
            ended = &mut self.courier => ended.map_err(SandboxError::Died),
        }
    }

    /// Stops at once, cutting off requests that still wait for an answer.
    pub async fn stop(self) {
        self.courier.abort();
        self.handle.stop(false).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.courier.abort();
        // The command is sent by the call; the future would only wait for its completion.
        drop(self.handle.stop(false));
    }
}
