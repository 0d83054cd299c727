/// Why a text is no company domain, worded to follow the text itself:
/// "acme.com/about: has a path; did you mean acme.com?".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    #[error("is empty")]
    Empty,
    #[error("is longer than the 253 characters a domain may have")]
    TooLong,
    #[error("has a path{}", did_you_mean(.suggestion))]
    Path { suggestion: Option<String> },
    #[error("has a port number{}", did_you_mean(.suggestion))]
    Port { suggestion: Option<String> },
    #[error("has a user name in it{}", did_you_mean(.suggestion))]
    UserInfo { suggestion: Option<String> },
    #[error("is an e-mail address{}", did_you_mean_or(.suggestion, "give the company\u{2019}s own domain"))]
    Email { suggestion: Option<String> },
    #[error("is a page on {site}; give the company\u{2019}s own domain")]
    Profile { site: String },
    #[error("is a profile name; give the company\u{2019}s own domain, such as acme.com")]
    Handle,
    #[error("begins with {scheme}, which is no website{}", did_you_mean(.suggestion))]
    Scheme {
        scheme: String,
        suggestion: Option<String>,
    },
    #[error("begins with {typed} instead of https://{}", did_you_mean(.suggestion))]
    MistypedScheme {
        typed: String,
        suggestion: Option<String>,
    },
    #[error("has several domains ({}); give each a row of its own", listed(.found))]
    Several { found: Vec<String> },
    #[error("has other text beside the domain{}", did_you_mean(.suggestion))]
    ExtraText { suggestion: Option<String> },
    #[error("is text, not a domain such as acme.com")]
    Words,
    #[error("is an IP address; give the company\u{2019}s domain")]
    IpAddress,
    #[error("is the name of a computer in a private network, not a company\u{2019}s domain")]
    Localhost,
    #[error("is a single word, not a domain such as acme.com")]
    SingleLabel,
    #[error("ends in .{ending}, which is not a known ending")]
    UnknownEnding { ending: String },
    #[error(
        "is only the ending .{ending}, which many companies share; the company\u{2019}s name is missing"
    )]
    PublicSuffix { ending: String },
    #[error("has an underscore, which no company\u{2019}s domain has{}", did_you_mean(.suggestion))]
    Underscore { suggestion: Option<String> },
    #[error("has {character:?}, which no domain has{}", did_you_mean(.suggestion))]
    Character {
        character: char,
        suggestion: Option<String>,
    },
    #[error("has dots with nothing between them{}", did_you_mean(.suggestion))]
    EmptyLabel { suggestion: Option<String> },
    #[error("has a part longer than 63 characters between two dots")]
    LabelTooLong,
    #[error("has a hyphen next to a dot, at its beginning or at its end")]
    Hyphen,
    #[error("has letters that cannot stand together in a domain")]
    International,
    /// Only for stored values: the text was not written by this program.
    #[error("is not in its normal form")]
    NotNormal,
}

impl DomainError {
    /// How many domains the message of [`DomainError::Several`] names; a pasted column can
    /// hold thousands.
    pub(super) const MOST_LISTED: usize = 3;

    /// The domain that was probably meant, for a "did you mean" link.
    pub fn suggestion(&self) -> Option<&str> {
        match self {
            Self::Path { suggestion }
            | Self::Port { suggestion }
            | Self::UserInfo { suggestion }
            | Self::Email { suggestion }
            | Self::Scheme { suggestion, .. }
            | Self::MistypedScheme { suggestion, .. }
            | Self::ExtraText { suggestion }
            | Self::Underscore { suggestion }
            | Self::Character { suggestion, .. }
            | Self::EmptyLabel { suggestion } => suggestion.as_deref(),
            Self::Empty
            | Self::TooLong
            | Self::Profile { .. }
            | Self::Handle
            | Self::Several { .. }
            | Self::Words
            | Self::IpAddress
            | Self::Localhost
            | Self::SingleLabel
            | Self::UnknownEnding { .. }
            | Self::PublicSuffix { .. }
            | Self::LabelTooLong
            | Self::Hyphen
            | Self::International
            | Self::NotNormal => None,
        }
    }
}

fn did_you_mean(suggestion: &Option<String>) -> String {
    did_you_mean_or(suggestion, "")
}

fn did_you_mean_or(suggestion: &Option<String>, otherwise: &str) -> String {
    match suggestion {
        Some(domain) => format!("; did you mean {domain}?"),
        None if otherwise.is_empty() => String::new(),
        None => format!("; {otherwise}"),
    }
}

fn listed(found: &[String]) -> String {
    let shown = found
        .iter()
        .take(DomainError::MOST_LISTED)
        .map(String::as_str);
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if found.len() > DomainError::MOST_LISTED {
        text.push_str(", \u{2026}");
    }
    text
}
