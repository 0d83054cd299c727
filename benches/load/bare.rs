//! Servers with nothing but one route, of the kind that warmsheet's is: in a process of its own, with as
//! many threads.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use actix_web::web::{Bytes, Data, PayloadConfig, ServiceConfig, post};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use chrono::Utc;
use secrecy::SecretString;
use warmsheet::flow::ports::Store;
use warmsheet::lead::webhook::WebhookSecrets;

use crate::engine;
use crate::known::SECRET;

/// The first argument with which this program is such a server; the second may be a database's URL.
pub const ARGUMENT: &str = "bare-server";
pub const PATH: &str = "/webhooks/citedy";
const WORKERS: usize = 2;

/// Such a server; it ends with this.
pub struct Bare {
    pub address: String,
    child: Child,
}

impl Bare {
    /// With a database it checks signatures and stores events as warmsheet does, else it reads bodies.
    pub fn start(url: Option<&str>) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .arg(ARGUMENT)
            .args(url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("its output"))
            .read_line(&mut address)
            .expect("its address");
        Self {
            address: address.trim_end().to_owned(),
            child,
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is such a server; prints its address.
pub async fn serve(url: Option<String>) {
    // Whoever started it may die without a word.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    match url {
        Some(url) => {
            let store = Data::from(Arc::<dyn Store>::from(engine::open(&url).await));
            let secrets = Data::new(WebhookSecrets::new(vec![SecretString::from(SECRET)]));
            run(move |config| {
                config
                    .app_data(store.clone())
                    .app_data(secrets.clone())
                    .route(PATH, post().to(store_event));
            })
            .await;
        }
        None => {
            run(|config| {
                config.route(PATH, post().to(read_body));
            })
            .await;
        }
    }
}

async fn run(routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(PayloadConfig::new(1024 * 1024))
            .configure(routes.clone())
    })
    .workers(WORKERS)
    .disable_signals()
    .bind("127.0.0.1:0")
    .expect("a port");
    println!("{}", server.addrs()[0]);
    server.run().await.expect("served");
}

async fn read_body(body: Bytes) -> HttpResponse {
    std::hint::black_box(body);
    HttpResponse::Ok().finish()
}

async fn store_event(
    request: HttpRequest,
    body: Bytes,
    store: Data<dyn Store>,
    secrets: Data<WebhookSecrets>,
) -> HttpResponse {
    let signature = request.headers().get("X-Citedy-Signature-256");
    let signature = signature.and_then(|value| value.to_str().ok());
    let Ok(event) = secrets.verify(signature, body) else {
        return HttpResponse::Unauthorized().finish();
    };
    match store.record_event(&event, Utc::now()).await {
        Ok(_) => HttpResponse::Ok().finish(),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}
