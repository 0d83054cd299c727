use url::Url;

use crate::lead::transport::is_protected;

/// The addresses that a browser may be sent to. Never anywhere else, or whoever writes a link to
/// the form could send people to a page of their own in our name.
#[derive(Debug, Clone, Default)]
pub struct Redirects(Vec<Url>);

impl Redirects {
    /// # Errors
    /// The entry that is no https address.
    pub fn parse(entries: &[String]) -> Result<Self, String> {
        let read = |entry: &String| {
            let url = Url::parse(entry).ok().filter(is_fine);
            url.ok_or_else(|| {
                format!(
                    "redirects: \u{201c}{entry}\u{201d} is not an https:// address, like \
                     https://example.com or https://example.com/thanks"
                )
            })
        };
        entries.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// The address to send a browser to that asks for this one, if it may go there: one of the
    /// entries, or a page below one.
    pub fn allowed(&self, wanted: &str) -> Option<Url> {
        let url = Url::parse(wanted.trim()).ok().filter(is_fine)?;
        let below = |entry: &Url| {
            let folder = entry.path().trim_end_matches('/');
            url.origin() == entry.origin()
                && url
                    .path()
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.iter().any(below).then_some(url)
    }
}

fn is_fine(url: &Url) -> bool {
    is_protected(url) && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_and_what_lies_below_it_is_allowed() {
        let entries = ["https://acme.com/thanks", "https://shop.acme.com"];
        let redirects = Redirects::parse(&entries.map(str::to_owned)).expect("two addresses");
        for fine in [
            "https://acme.com/thanks",
            "https://acme.com/thanks?id=7#top",
            "https://acme.com/thanks/more",
            "https://shop.acme.com/",
            "https://shop.acme.com/any/page",
            "https://SHOP.acme.com:443/any",
        ] {
            assert!(redirects.allowed(fine).is_some(), "{fine}");
        }
        for wrong in [
            "https://acme.com/",
            "https://acme.com/thanksgiving",
            "https://acme.com/thanks/../other",
            "http://acme.com/thanks",
            "https://acme.com.evil.example/thanks",
            "https://acme.com@evil.example/thanks",
            "https://me@acme.com/thanks",
            "//acme.com/thanks",
            "https:/\\evil.example/",
            "https://shop.acme.com:8443/",
            "javascript:alert(1)",
            "/thanks",
            "",
        ] {
            assert!(redirects.allowed(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn an_entry_that_is_no_https_address_is_refused() {
        for wrong in ["acme.com", "http://acme.com", "https://me:pw@acme.com", "*"] {
            assert!(Redirects::parse(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
