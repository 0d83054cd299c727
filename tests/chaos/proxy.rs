//! A line that can be cut: bytes between a client and a server, until they are not.

use std::time::Duration;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::lasting_port;

/// Listens on a port of its own and carries everything to another. Ends when dropped.
pub struct Proxy {
    pub port: u16,
    line: watch::Sender<Line>,
    answers: watch::Receiver<Option<Answer>>,
    listening: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Line {
    cuts: u64,
    is_cut: bool,
}

/// An answer that reached a client, and when it was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    pub asked: Instant,
    pub answered: Instant,
}

impl Proxy {
    pub fn start(target: u16) -> Self {
        let port = lasting_port();
        let (line, watched) = watch::channel(Line::default());
        let (told, answers) = watch::channel(None);
        let listening = tokio::spawn(listen(port, target, watched, told));
        Self {
            port,
            line,
            answers,
            listening,
        }
    }

    /// The newest answer that went through.
    pub fn answers(&self) -> watch::Receiver<Option<Answer>> {
        self.answers.clone()
    }

    /// Resets every connection and refuses new ones for a while.
    pub async fn cut(&self, pause: Duration) {
        self.line.send_modify(|line| {
            line.cuts += 1;
            line.is_cut = true;
        });
        tokio::time::sleep(pause).await;
        self.line.send_modify(|line| line.is_cut = false);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(
    port: u16,
    target: u16,
    mut line: watch::Receiver<Line>,
    told: watch::Sender<Option<Answer>>,
) {
    while line.wait_for(|line| !line.is_cut).await.is_ok() {
        // Refused means refused: while the line is cut nobody listens.
        let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await else {
            tokio::task::yield_now().await;
            continue;
        };
        let carried = line.clone();
        loop {
            tokio::select! {
                Ok((client, _)) = listener.accept() => {
                    tokio::spawn(carry(client, target, carried.clone(), told.clone()));
                }
                _ = line.wait_for(|line| line.is_cut) => break,
            }
        }
    }
}

async fn carry(
    mut client: TcpStream,
    target: u16,
    mut line: watch::Receiver<Line>,
    told: watch::Sender<Option<Answer>>,
) {
    let cuts = line.borrow().cuts;
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", target)).await else {
        reset(&client);
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let cut = tokio::select! {
        () = exchange(&mut client, &mut server, &told) => false,
        _ = line.wait_for(|line| line.cuts != cuts) => true,
    };
    if cut {
        reset(&client);
        reset(&server);
    }
}

/// Closing it from now on is a reset: what was sent and not read is gone.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

/// Carries bytes both ways until either side has ended.
async fn exchange(
    client: &mut TcpStream,
    server: &mut TcpStream,
    told: &watch::Sender<Option<Answer>>,
) {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let (mut question, mut answer) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let mut asked = Instant::now();
    loop {
        let written = tokio::select! {
            read = from_client.read(&mut question) => {
                asked = Instant::now();
                forward(read, &question, &mut to_server).await
            }
            read = from_server.read(&mut answer) => {
                let written = forward(read, &answer, &mut to_client).await;
                let answered = Instant::now();
                told.send_replace(Some(Answer { asked, answered }));
                written
            }
        };
        if written.is_none() {
            return;
        }
    }
}

/// Writes what was read; `None` when there is no more, or nobody takes it.
async fn forward(
    read: std::io::Result<usize>,
    bytes: &[u8],
    to: &mut (impl AsyncWriteExt + Unpin),
) -> Option<()> {
    let count = read.ok().filter(|count| *count > 0)?;
    to.write_all(&bytes[..count]).await.ok()
}

#[tokio::test]
async fn a_cut_line_resets_refuses_and_then_carries_again() {
    let server = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let proxy = Proxy::start(server.local_addr().expect("an address").port());
    let address = ("127.0.0.1", proxy.port);
    let connect = async || {
        crate::support::eventually("the line carries", async || {
            let connected = TcpStream::connect(address).await;
            connected.map_err(|error| error.to_string())
        })
        .await
    };
    let mut client = connect().await;
    let (mut served, _) = server.accept().await.expect("a connection");
    client.write_all(b"question").await.expect("written");
    let mut bytes = [0; 8];
    served.read_exact(&mut bytes).await.expect("carried");
    assert_eq!(&bytes, b"question");
    {
        let cut = proxy.cut(Duration::from_millis(200));
        tokio::pin!(cut);
        tokio::select! {
            () = &mut cut => panic!("the client noticed nothing"),
            read = client.read(&mut bytes) => assert!(read.is_err(), "a reset: {read:?}"),
        }
        let refused = crate::support::eventually("nobody listens", async || {
            match TcpStream::connect(address).await {
                Ok(_) => Err("connected".to_owned()),
                Err(error) => Ok(error),
            }
        });
        let refused = tokio::select! {
            () = &mut cut => panic!("the line is back before it was gone"),
            error = refused => error.kind(),
        };
        assert_eq!(refused, std::io::ErrorKind::ConnectionRefused);
        cut.await;
    }
    connect().await;
}
