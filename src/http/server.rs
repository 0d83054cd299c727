use std::net::{SocketAddr, TcpListener};

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer as ActixServer, ResponseError as _};

use super::pages::PageError;
use super::problem::Problem;
use super::{AppState, access, api, document, exports, forms, health, metrics, pages, webhook};

/// The largest body of an API call or a form, bytes; a form may carry the rows of a file along.
pub const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// Threads for HTTP: the work is the database's.
const WORKERS: usize = 2;
/// How long open requests may take once the process stops.
const SHUTDOWN_SECONDS: u64 = 3;

/// A server that has its port and is ready to run.
pub struct HttpServer {
    pub address: SocketAddr,
    server: Server,
}

impl HttpServer {
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until its handle stops it.
    pub async fn run(self) -> std::io::Result<()> {
        self.server.await
    }
}

/// Binds the address; port 0 lets the system choose one.
pub fn bind(bind: &str) -> std::io::Result<TcpListener> {
    TcpListener::bind(bind)
}

impl HttpServer {
    pub fn new(listener: TcpListener, state: Data<AppState>) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let server = ActixServer::new(move || {
            App::new()
                .app_data(state.clone())
                .app_data(web::PayloadConfig::new(LARGEST_BODY))
                .app_data(web::FormConfig::default().limit(LARGEST_BODY))
                .app_data(
                    web::QueryConfig::default()
                        .error_handler(|error, _| Problem::BadRequest(error.to_string()).into()),
                )
                .wrap(from_fn(access::guard))
                .wrap(Compress::default())
                .wrap(from_fn(access::headers::protect))
                .wrap(from_fn(metrics::count))
                .configure(health::configure)
                .configure(metrics::configure)
                .configure(webhook::configure)
                .configure(forms::configure)
                .configure(api::configure)
                .configure(document::configure)
                .configure(exports::configure)
                .configure(pages::configure)
                .default_service(web::to(not_found))
        })
        .workers(WORKERS)
        .disable_signals()
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .listen(listener)?
        .run();
        Ok(Self { address, server })
    }
}

async fn not_found(request: HttpRequest) -> HttpResponse {
    let problem = Problem::NotFound(format!("page {}", request.path()));
    if access::accepts_page(request.headers()) {
        PageError::from(problem).error_response()
    } else {
        problem.error_response()
    }
}
