//! Signed webhooks acknowledged a second, against a server that does nothing else, and against answers
//! that store nothing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use crate::bare::{Bare, PATH};
use crate::engine::Engine;
use crate::known::{SECRET, event};
use crate::support::{World, warmsheet::Warmsheet};
use crate::{median, quantile};

const CONNECTIONS: usize = 16;
const EVENTS: usize = 4_000;
const ROUNDS: usize = 5;
/// Of what the bare server acknowledges in the same way.
const GOAL: f64 = 0.8;

/// Writes a second that the machine allows to whoever makes sure of each by itself.
pub fn disk() -> f64 {
    const WRITES: usize = 500;
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = std::fs::File::create(folder.path().join("disk")).expect("a file");
    let started = Instant::now();
    for _ in 0..WRITES {
        file.write_all(&[1; 4096]).expect("written");
        file.sync_data().expect("on disk");
    }
    let rate = WRITES as f64 / started.elapsed().as_secs_f64();
    println!("the disk: {rate:.0} appends of 4 KiB a second, each made sure of");
    rate
}

pub async fn measure(engine: &Engine, disk: f64) {
    let mut world = World::slow().await;
    world.set("DATABASE_URL", engine.database("webhooks").await);
    world.set("CITEDY_WEBHOOK_SECRETS", SECRET);
    // A line an event would be read by this process, which has only two cores as well.
    world.set("RUST_LOG", "info,warmsheet::http::webhook=error");
    let service = world.serve().await;
    let bare = Bare::start(None);
    let peer = Bare::start(Some(&engine.database("webhooks-of-the-peer").await));
    let stored = Load::of(&service, 200, event);
    let stored_by_peer = Load::at(&peer.address, 200, event);
    let refused = Load::of(&service, 401, unsigned);
    let read = Load::at(&bare.address, 200, event);
    println!(
        "\n{}: {EVENTS} events of 2 KiB over {CONNECTIONS} connections, medians of {ROUNDS}",
        engine.name()
    );
    let [mut stored, mut by_peer] = in_turns([&stored, &stored_by_peer]);
    let [mut refused, mut read] = in_turns([&refused, &read]);
    let base = stored.rate();
    for (name, measured) in [
        ("stored, 200", &mut stored),
        ("bare server, verifies and stores", &mut by_peer),
        ("read and refused, 401", &mut refused),
        ("bare server, reads the body", &mut read),
    ] {
        let rate = measured.rate();
        let p50 = quantile(&mut measured.times, 0.5);
        let p99 = quantile(&mut measured.times, 0.99);
        let ratio = rate / base;
        println!("{name:32} {rate:7.0} a second, p50 {p50:.2} ms, p99 {p99:.2} ms, × {ratio:.1}");
    }
    println!(
        "stored against the bare server that stores: × {:.2} (goal: at least {GOAL})",
        base / by_peer.rate()
    );
    println!("stored against the disk's own writes: × {:.2}", base / disk);
}

/// What one load came to.
#[derive(Default)]
struct Measured {
    /// Answers a second, one a round.
    rates: Vec<f64>,
    /// How long each answer took, ms.
    times: Vec<f64>,
}

impl Measured {
    fn rate(&mut self) -> f64 {
        median(&mut self.rates)
    }
}

/// Measures two loads in turns, after a round that does not count: whichever first makes a disk write that
/// was at rest is a fifth slower.
fn in_turns(loads: [&Load; 2]) -> [Measured; 2] {
    let mut measured = [Measured::default(), Measured::default()];
    loads.iter().for_each(|load| drop(load.run()));
    for _ in 0..ROUNDS {
        for (load, measured) in loads.iter().zip(&mut measured) {
            let (rate, mut times) = load.run();
            measured.rates.push(rate);
            measured.times.append(&mut times);
        }
    }
    measured
}

/// Another signature than the body's: read and checked, then refused.
fn unsigned(run: u64) -> (String, Vec<u8>) {
    let (_, body) = event(run);
    (format!("v1={}", "0".repeat(64)), body)
}

/// Requests to one route, each another event.
struct Load {
    address: String,
    status: u16,
    make: fn(u64) -> (String, Vec<u8>),
}

impl Load {
    fn of(service: &Warmsheet, status: u16, make: fn(u64) -> (String, Vec<u8>)) -> Self {
        Self::at(service.address.trim_start_matches("http://"), status, make)
    }

    fn at(address: &str, status: u16, make: fn(u64) -> (String, Vec<u8>)) -> Self {
        Self {
            address: address.to_owned(),
            status,
            make,
        }
    }

    /// Answers a second, and how long each took in ms. Requests are made before the clock starts.
    fn run(&self) -> (f64, Vec<f64>) {
        let prepared: Vec<Vec<Vec<u8>>> = (0..CONNECTIONS)
            .map(|_| {
                (0..EVENTS / CONNECTIONS)
                    .map(|n| self.request(n as u64))
                    .collect()
            })
            .collect();
        let started = Instant::now();
        let took: Vec<f64> = std::thread::scope(|scope| {
            let clients: Vec<_> = prepared
                .iter()
                .map(|requests| scope.spawn(|| self.send(requests)))
                .collect();
            let took = clients
                .into_iter()
                .map(|client| client.join().expect("a client"));
            took.flatten().collect()
        });
        (took.len() as f64 / started.elapsed().as_secs_f64(), took)
    }

    fn request(&self, run: u64) -> Vec<u8> {
        let (signature, body) = (self.make)(run);
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nHost: {}\r\nX-Citedy-Signature-256: {signature}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        [head.into_bytes(), body].concat()
    }

    fn send(&self, requests: &[Vec<u8>]) -> Vec<f64> {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        let mut buffer = vec![0; 16 * 1024];
        let ask = |request: &Vec<u8>| {
            let started = Instant::now();
            stream.write_all(request).expect("sent");
            assert_eq!(read_answer(&mut stream, &mut buffer), self.status);
            started.elapsed().as_secs_f64() * 1_000.0
        };
        requests.iter().map(ask).collect()
    }
}

/// Reads one answer to the end of its body; answers its status.
fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> u16 {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).expect("an answer");
        assert!(read > 0, "the server has hung up");
        filled += read;
        let text = std::str::from_utf8(&buffer[..filled]).expect("text");
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then_some(value.trim())
        });
        let length: usize = length.map_or(0, |value| value.parse().expect("a length"));
        if body.len() >= length {
            return text[9..12].parse().expect("a status");
        }
    }
}
