//! The service account and the endpoint that gives it tokens.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use super::server::GoogleStandIn;

/// Who the service account is.
pub const ACCOUNT: &str = "warmsheet@test-project.iam.gserviceaccount.com";
pub const PROJECT: &str = "test-project";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const BAD_TIME: &str = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a \
                        reasonable timeframe. Check your iat and exp values in the JWT claim.";

struct Key {
    private_pem: String,
    public_der: Vec<u8>,
}

/// Made once, because it takes a while.
fn key() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(|| {
        let pem = openssl(&["genrsa", "2048"], b"");
        let public_der = openssl(&["rsa", "-RSAPublicKey_out", "-outform", "DER"], &pem);
        Key {
            private_pem: String::from_utf8(pem).expect("a PEM file is text"),
            public_der,
        }
    })
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is installed");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input).expect("openssl reads");
    drop(stdin);
    let output = child.wait_with_output().expect("openssl ends");
    assert!(output.status.success(), "openssl {arguments:?} failed");
    output.stdout
}

impl GoogleStandIn {
    /// Writes the service account's key into a folder.
    pub fn write_key_file(&self, folder: &Path) -> PathBuf {
        let path = folder.join("google-key.json");
        let key = key_file(&self.token_uri());
        std::fs::write(&path, key.to_string()).expect("a writable folder");
        path
    }

    /// What a service is set to, so that it meets this Google; its key is put into the folder.
    pub fn settings(&self, folder: &Path) -> [(&'static str, String); 3] {
        let key = self.write_key_file(folder);
        [
            ("GOOGLE_APPLICATION_CREDENTIALS", key.display().to_string()),
            ("GOOGLE_SHEETS_BASE_URL", self.base_url().to_owned()),
            ("GOOGLE_SHEETS_REQUESTS_PER_MINUTE", "60000".to_owned()),
        ]
    }
}

/// The key file that Google's console hands out.
fn key_file(token_uri: &str) -> Value {
    json!({
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "0123456789abcdef0123456789abcdef01234567",
        "private_key": key().private_pem,
        "client_email": ACCOUNT,
        "client_id": "123456789012345678901",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": token_uri,
        "universe_domain": "googleapis.com",
    })
}

struct Token {
    scopes: Vec<String>,
    until: Instant,
}

/// The tokens that were given.
pub struct Tokens {
    given: HashMap<String, Token>,
    pub count: u64,
    pub expires_in: u64,
    /// How far the endpoint's clock goes ahead of this machine's.
    pub clock_skew: i64,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            given: HashMap::new(),
            count: 0,
            expires_in: 3599,
            clock_skew: 0,
        }
    }
}

impl Tokens {
    /// Answers `POST /token`; an error in the shape of OAuth.
    pub fn grant(&mut self, form: &str, token_uri: &str) -> Result<Value, Value> {
        self.count += 1;
        let fields: HashMap<_, _> = url::form_urlencoded::parse(form.as_bytes()).collect();
        if fields.get("grant_type").map(AsRef::as_ref) != Some(GRANT_TYPE) {
            return Err(refused("unsupported_grant_type", "Invalid grant_type"));
        }
        let assertion = fields.get("assertion").map(AsRef::as_ref).unwrap_or("");
        let claims = self.checked(assertion, token_uri)?;
        let scopes = claims["scope"].as_str().unwrap_or("");
        if scopes.is_empty() {
            return Err(refused(
                "invalid_scope",
                "Invalid OAuth scope or ID token audience provided.",
            ));
        }
        let token = format!("ya29.{:032x}{:04}", rand::random::<u128>(), self.count);
        self.given.insert(
            token.clone(),
            Token {
                scopes: scopes.split(' ').map(str::to_owned).collect(),
                until: Instant::now() + Duration::from_secs(self.expires_in),
            },
        );
        Ok(json!({
            "access_token": token,
            "expires_in": self.expires_in,
            "token_type": "Bearer",
        }))
    }

    fn checked(&self, assertion: &str, token_uri: &str) -> Result<Value, Value> {
        let invalid = |why: &str| refused("invalid_grant", why);
        let broken = || invalid("Invalid JWT: Not a valid JWT.");
        let (message, signature) = assertion.rsplit_once('.').ok_or_else(broken)?;
        let (header, claims) = message.split_once('.').ok_or_else(broken)?;
        let signature = decoded(signature).ok_or_else(broken)?;
        let header = decoded_json(header).ok_or_else(broken)?;
        let claims = decoded_json(claims).ok_or_else(broken)?;
        if claims["iss"] != ACCOUNT {
            return Err(invalid("Invalid grant: account not found"));
        }
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key().public_der);
        if header["alg"] != "RS256" || public.verify(message.as_bytes(), &signature).is_err() {
            return Err(invalid("Invalid JWT Signature."));
        }
        if claims["aud"] != token_uri {
            return Err(invalid(&format!(
                "Invalid JWT: Failed audience check. The right audience is {token_uri}"
            )));
        }
        let now = chrono::Utc::now().timestamp() + self.clock_skew;
        let time = |name: &str| claims[name].as_i64().ok_or_else(|| invalid(BAD_TIME));
        let (issued, ends) = (time("iat")?, time("exp")?);
        // A second lies between two clocks that are both rounded down.
        if issued > now + 1 || ends <= now || ends - issued > 3600 {
            return Err(invalid(BAD_TIME));
        }
        Ok(claims)
    }

    /// The scopes of a token that still holds.
    pub fn scopes(&self, token: &str) -> Option<&[String]> {
        let token = self.given.get(token)?;
        (Instant::now() < token.until).then_some(&token.scopes)
    }

    /// No token that was given holds any longer.
    pub fn revoke(&mut self) {
        self.given.clear();
    }
}

fn refused(error: &str, why: &str) -> Value {
    json!({"error": error, "error_description": why})
}

fn decoded(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()
}

fn decoded_json(part: &str) -> Option<Value> {
    serde_json::from_slice(&decoded(part)?).ok()
}
