//! The service account: whose spreadsheets these are shared with, and its tokens.

use std::path::Path;
use std::time::Duration;

use google_sheets4::common::GetToken;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use yup_oauth2::HyperClientBuilder as _;
use yup_oauth2::authenticator::Authenticator;
use yup_oauth2::{ServiceAccountAuthenticator, ServiceAccountKey};

use crate::flow::ports::SheetFault;
use crate::lead::transport::is_protected;

pub type Connector = HttpsConnector<HttpConnector>;
pub type HttpClient = google_sheets4::common::Client<Connector>;

/// Reads and writes every spreadsheet that is shared with the account, and nothing else.
pub const SHEETS_SCOPE: &str = "https://www.googleapis.com/auth/spreadsheets";
/// Only when a file changed, never what is in it.
pub const DRIVE_SCOPE: &str = "https://www.googleapis.com/auth/drive.metadata.readonly";

/// A token is a small matter: what takes longer will not come.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(20);

/// Why a key file cannot be used. Never holds the key.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("the key file {0} cannot be read: {1}")]
    Unreadable(String, std::io::Error),
    #[error(
        "{0} is not the key file of a service account (JSON with client_email, private_key and \
         token_uri). In the Google Cloud console open IAM & Admin, Service accounts, Keys, Add \
         key, JSON"
    )]
    NotAKey(String),
    #[error("the token_uri in {0} would send the key unprotected; it must be https")]
    Unprotected(String),
    #[error("the private key in {0} cannot be used: {1}")]
    BadKey(String, String),
    #[error("the secure connection cannot be set up: {0}")]
    Tls(std::io::Error),
}

/// A service account that fetches and renews its tokens.
#[derive(Clone)]
pub struct ServiceAccount {
    pub email: String,
    pub(super) http: HttpClient,
    auth: Authenticator<Connector>,
}

impl ServiceAccount {
    /// Reads a key file; sends nothing yet.
    pub async fn open(path: &Path) -> Result<Self, AccountError> {
        let name = path.display().to_string();
        let text = tokio::fs::read_to_string(path)
            .await
            .map_err(|error| AccountError::Unreadable(name.clone(), error))?;
        let key: ServiceAccountKey =
            serde_json::from_str(&text).map_err(|_| AccountError::NotAKey(name.clone()))?;
        let token_uri = url::Url::parse(&key.token_uri);
        if !token_uri.is_ok_and(|url| is_protected(&url)) {
            return Err(AccountError::Unprotected(name));
        }
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(AccountError::Tls)?
            // Plain http is for a stand-in on this machine; the addresses are checked.
            .https_or_http()
            .enable_http1()
            .enable_http2()
            .build();
        let http =
            hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
                .build(connector.clone());
        let email = key.client_email.clone();
        let tokens = yup_oauth2::CustomHyperClientBuilder::from(
            hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
                .build(connector),
        )
        .with_timeout(TOKEN_TIMEOUT);
        let auth = ServiceAccountAuthenticator::with_client(key, tokens)
            .build()
            .await
            .map_err(|error| AccountError::BadKey(name, error.to_string()))?;
        Ok(Self { email, http, auth })
    }

    /// A token for one scope, renewed before it expires.
    pub async fn token(&self, scope: &str) -> Result<String, SheetFault> {
        let token = self.auth.token(&[scope]).await.map_err(|e| fault(&e))?;
        token
            .token()
            .map(str::to_owned)
            .ok_or_else(|| SheetFault::Key("no token was given".to_owned()))
    }

    /// Google took a token for invalid although its time is not up.
    pub async fn renew(&self) {
        // What is wrong shows at the next request.
        let _ = self.auth.force_refreshed_token(&[SHEETS_SCOPE]).await;
    }

    pub(super) fn tokens(&self) -> impl GetToken + Clone + 'static {
        self.auth.clone()
    }
}

/// What a failed fetch of a token means.
pub fn fault(error: &yup_oauth2::Error) -> SheetFault {
    match error {
        yup_oauth2::Error::AuthError(refused) => {
            let said = refused.error_description.clone().unwrap_or_default();
            let about_time = ["iat", "exp", "reasonable timeframe", "short-lived"]
                .iter()
                .any(|word| said.contains(word));
            if about_time {
                SheetFault::Clock(said)
            } else if said.is_empty() {
                SheetFault::Key(format!("{:?}", refused.error))
            } else {
                SheetFault::Key(said)
            }
        }
        yup_oauth2::Error::UserError(said) => SheetFault::Key(said.clone()),
        yup_oauth2::Error::LowLevelError(error) => SheetFault::Key(error.to_string()),
        other => SheetFault::Unreachable(other.to_string()),
    }
}
