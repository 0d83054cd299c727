use serde_json::{Value, json};

/// An error in Google's shape.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: u16,
    pub status: &'static str,
    pub message: String,
    pub details: Vec<Value>,
    pub retry_after: Option<u32>,
}

impl Refusal {
    fn new(code: u16, status: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            status,
            message: message.into(),
            details: Vec::new(),
            retry_after: None,
        }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", message)
    }

    pub fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "Requested entity was not found.")
    }

    pub fn forbidden() -> Self {
        Self::new(
            403,
            "PERMISSION_DENIED",
            "The caller does not have permission",
        )
    }

    pub fn protected() -> Self {
        Self::invalid(
            "You are trying to edit a protected cell or object. Please contact the spreadsheet \
             owner to remove protection if you need to edit.",
        )
    }

    pub fn unauthenticated() -> Self {
        Self::new(
            401,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, \
             login cookie or other valid authentication credential. See \
             https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )
    }

    pub fn out_of_scope() -> Self {
        Self {
            details: vec![error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "sheets")],
            ..Self::new(
                403,
                "PERMISSION_DENIED",
                "Request had insufficient authentication scopes.",
            )
        }
    }

    pub fn too_large() -> Self {
        Self::new(
            413,
            "INVALID_ARGUMENT",
            "Request payload size exceeds the limit: 10485760 bytes.",
        )
    }

    /// Google's answer before the API is switched on in the project; `api` is what the API is
    /// called, `service` its address.
    pub fn disabled(api: &str, service: &str) -> Self {
        Self {
            details: vec![error_info("SERVICE_DISABLED", service)],
            ..Self::new(
                403,
                "PERMISSION_DENIED",
                format!(
                    "{api} API has not been used in project 123 before or it is disabled. Enable \
                     it by visiting https://console.developers.google.com/apis/api/\
                     {service}.googleapis.com/overview?project=123 then retry. If you enabled \
                     this API recently, wait a few minutes for the action to propagate to our \
                     systems and retry."
                ),
            )
        }
    }

    /// `what` is `Read` or `Write`.
    pub fn quota(what: &str) -> Self {
        Self {
            details: vec![error_info("RATE_LIMIT_EXCEEDED", "sheets")],
            ..Self::new(
                429,
                "RESOURCE_EXHAUSTED",
                format!(
                    "Quota exceeded for quota metric '{what} requests' and limit '{what} requests \
                     per minute per user' of service 'sheets.googleapis.com' for consumer \
                     'project_number:123'."
                ),
            )
        }
    }

    /// What Google answers on a bad day.
    pub fn trouble(code: u16, retry_after: Option<u32>) -> Self {
        let refusal = match code {
            429 => Self::quota("Read"),
            500 => Self::new(500, "INTERNAL", "Internal error encountered."),
            503 => Self::new(503, "UNAVAILABLE", "The service is currently unavailable."),
            other => Self::new(other, "UNKNOWN", "Something went wrong."),
        };
        Self {
            retry_after,
            ..refusal
        }
    }

    /// Names the request of a batch that was refused.
    #[must_use]
    pub fn at(self, index: usize, kind: &str) -> Self {
        Self {
            message: format!("Invalid requests[{index}].{kind}: {}", self.message),
            ..self
        }
    }

    pub fn body(&self) -> Value {
        let mut error = json!({
            "code": self.code,
            "message": self.message,
            "status": self.status,
        });
        if !self.details.is_empty() {
            error["details"] = Value::from(self.details.clone());
        }
        json!({ "error": error })
    }
}

fn error_info(reason: &str, service: &str) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {
            "service": format!("{service}.googleapis.com"),
            "consumer": "projects/123",
        },
    })
}
