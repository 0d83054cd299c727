use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Logs go to standard error: for people on a terminal, else one JSON object a line.
/// `RUST_LOG` filters them.
pub fn start(default: &str) {
    let filter = EnvFilter::try_from_default_env()
        // The server's own words about its threads tell an operator nothing.
        .unwrap_or_else(|_| EnvFilter::new(format!("{default},actix_server=warn")));
    // Below info it would write signed assertions and access tokens into the log.
    let filter = match "yup_oauth2=info".parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    let logs = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if std::io::stderr().is_terminal() {
        logs.with_target(false).compact().try_init()
    } else {
        logs.json().flatten_event(true).try_init()
    };
    // Fails only where logs are started already.
    let _ = started;
}
