//! Other people's forms: who has sent a post, what it says, and which company that names.
//!
//! A post goes through four rooms. `key` has it prove that its sender knows the form's secret,
//! over the raw bytes; `decode` reads what the provider's format says; `mapping` finds out which
//! answer is which; `free_mail` knows the hosts of e-mail addresses that name no company.

mod decode;
mod free_mail;
mod key;
mod mapping;
#[cfg(test)]
mod mapping_tests;
mod names;
mod redirect;
mod schemes;
mod submission;
#[cfg(test)]
mod tests;

pub use decode::{Decoded, ID_NAMES, Unreadable, decode, short_id};
pub use free_mail::is_free_mail;
pub use key::{FormKey, Given, Refusal, Verified};
pub use mapping::{Field, Mapped, Mapping};
pub use names::PostNames;
pub use redirect::Redirects;
pub use submission::{Answer, Hint, Submission};

use super::RawOptions;

/// Whose form it is: this says how a post is signed and what it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    Tally,
    Typeform,
    Webflow,
    HubSpot,
    /// Whatever signs as Standard Webhooks says: Svix and others.
    Standard,
    /// An HTML form, Zapier, Make, n8n, curl.
    Generic,
}

impl Provider {
    pub const ALL: [Provider; 6] = [
        Provider::Tally,
        Provider::Typeform,
        Provider::Webflow,
        Provider::HubSpot,
        Provider::Standard,
        Provider::Generic,
    ];

    /// As it stands in the address of its forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Provider::Tally => "tally",
            Provider::Typeform => "typeform",
            Provider::Webflow => "webflow",
            Provider::HubSpot => "hubspot",
            Provider::Standard => "standard",
            Provider::Generic => "generic",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == text)
    }

    /// Whether it can sign what it posts.
    pub fn signs(self) -> bool {
        self != Provider::Generic
    }

    /// Whether a token may stand in for the signature: Webflow and HubSpot have ways of posting
    /// that sign nothing.
    pub fn takes_token(self) -> bool {
        matches!(
            self,
            Provider::Webflow | Provider::HubSpot | Provider::Generic
        )
    }
}

/// One form and what is to become of its posts.
#[derive(Debug, Clone)]
pub struct Form {
    pub provider: Provider,
    /// Empty for the only one, or the main one, of its provider.
    pub name: String,
    pub key: FormKey,
    pub mapping: Mapping,
    /// What counts where a post does not say it.
    pub defaults: RawOptions,
    /// A connected spreadsheet that gets the rows as well.
    pub deliver_to: Option<String>,
    /// Where a browser may be sent once its form is taken in.
    pub redirects: Redirects,
    /// A field that no person sees: what fills it in is a robot.
    pub honeypot: String,
    /// Posts that are taken in a minute, on each instance; 0 for as many as come.
    pub per_minute: u32,
    /// The same for one address, of a `generic` form; see [`Form::most_of_address`].
    pub per_address_per_minute: Option<u32>,
    /// Every lead waits for approval.
    pub hold: bool,
}

/// A person needs no more.
const PER_ADDRESS: u32 = 10;

impl Form {
    /// Posts that are taken from one address in a minute; 0 for as many as come. Where nothing is
    /// set, one that brings this form's token in the `Authorization` header, as servers do, has
    /// all that the form takes. What is set holds for everybody, since a token that stands in a
    /// page can be sent in a header as well.
    pub fn most_of_address(&self, bearer: Option<&str>) -> u32 {
        match self.per_address_per_minute {
            Some(most) => most,
            None if bearer.is_some_and(|given| self.key.is_token(given)) => self.per_minute,
            None => PER_ADDRESS,
        }
    }

    /// `tally/contact`, or `tally` for one without a name.
    pub fn id(&self) -> String {
        match self.name.as_str() {
            "" => self.provider.as_str().to_owned(),
            name => format!("{}/{name}", self.provider.as_str()),
        }
    }
}
