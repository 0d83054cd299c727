//! `warmsheet health`: asks a running service whether it can work, for container and service
//! managers on machines without any other client.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;

use super::exit::Exit;
use super::settings::SettingsArgs;

/// One question; a service that takes longer does not work.
const PATIENCE: Duration = Duration::from_secs(4);
const BETWEEN: Duration = Duration::from_millis(200);

#[derive(Args)]
pub struct HealthArgs {
    /// Ask only whether the process lives, not whether it can store what comes in
    #[arg(long)]
    live: bool,
    /// Go on asking for so long until the answer is good
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u16,
}

/// Ends with 0 if the service that these settings start answers that all is well.
pub fn health(settings: &SettingsArgs, args: &HealthArgs) -> anyhow::Result<Exit> {
    let bind = settings.config()?.server.bind;
    let path = if args.live {
        "/health/live"
    } else {
        "/health/ready"
    };
    let until = Instant::now() + Duration::from_secs(args.wait.into());
    loop {
        match ask(&bind, path).with_context(|| format!("http://{bind}{path}")) {
            Ok(()) => return Ok(Exit::Done),
            Err(error) if Instant::now() >= until => return Err(error),
            Err(_) => std::thread::sleep(BETWEEN),
        }
    }
}

fn ask(bind: &str, path: &str) -> anyhow::Result<()> {
    let address = bind.to_socket_addrs()?.next().context("no address")?;
    let address = reachable(address);
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)
        .context("nobody listens there; is warmsheet serve running?")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = [0; 12];
    stream
        .read_exact(&mut head)
        .context("what listens there does not answer")?;
    match &head {
        b"HTTP/1.1 200" => Ok(()),
        b"HTTP/1.1 503" => bail!("the service lives but cannot store anything; see its log"),
        _ => bail!("what listens there is no warmsheet that is well"),
    }
}

/// A service on every address is asked on this machine's own.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
