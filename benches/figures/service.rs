//! The release binary, driven over a socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The release binary, serving. Killed when dropped.
pub struct Service {
    child: Child,
    address: String,
    pub ready_after: Duration,
}

impl Service {
    pub fn start(database: &Path) -> Self {
        let started = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_warmsheet"))
            .arg("serve")
            .env_clear()
            .env("CITEDY_API_KEY", "citedy_agent_bench")
            // Nobody answers there: what is measured here is not waiting for Citedy.
            .env("CITEDY_BASE_URL", "http://127.0.0.1:9")
            .env("DATABASE_URL", format!("sqlite://{}", database.display()))
            .env("WARMSHEET_BIND", "127.0.0.1:0")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary");
        let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let address = loop {
            let line = lines.next().expect("it starts").expect("a line");
            if let Some((_, rest)) = line.split_once("\"address\":\"http://") {
                break rest.split('"').next().expect("an address").to_owned();
            }
        };
        let mut service = Self {
            child,
            address,
            ready_after: Duration::ZERO,
        };
        // The log goes on; a full pipe would stop the service.
        std::thread::spawn(move || lines.for_each(drop));
        service.get("/health/ready");
        service.ready_after = started.elapsed();
        service
    }

    pub fn get(&self, path: &str) -> String {
        self.request("GET", path, b"")
    }

    pub fn request(&self, method: &str, path: &str, body: &[u8]) -> String {
        let mut answer = Vec::new();
        self.open(method, path, body)
            .read_to_end(&mut answer)
            .expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Reads an answer to its end and keeps none of it.
    pub fn download(&self, path: &str) -> u64 {
        let mut stream = self.open("GET", path, b"");
        let mut buffer = vec![0; 256 * 1024];
        let mut size = 0;
        loop {
            match stream.read(&mut buffer).expect("an answer") {
                0 => return size,
                read => size += read as u64,
            }
        }
    }

    fn open(&self, method: &str, path: &str, body: &[u8]) -> std::net::TcpStream {
        let mut stream = std::net::TcpStream::connect(&self.address).expect("a connection");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("sent");
        stream.write_all(body).expect("sent");
        stream
    }

    /// A line of the kernel's account of this process, in MiB.
    pub fn memory(&self, line: &str) -> f64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("/proc");
        let found = status
            .lines()
            .find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
        let kib: f64 = found
            .and_then(|text| text.split_whitespace().next()?.parse().ok())
            .expect("a number");
        kib / 1024.0
    }

    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("/proc");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
