//! Addresses to go on to that a browser names: never those of another site.

use url::Url;

use crate::http::access::SIGN_IN;

/// A longer address is not gone back to.
const LONGEST: usize = 2000;

/// A path of our own, or nothing. Browsers read `//` and `/\` at its beginning as another site,
/// and overlook control characters while they do.
pub fn own_path(text: &str) -> &str {
    let printable = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let own = text.starts_with('/') && !text.starts_with("//");
    let again = text == SIGN_IN || text.starts_with("/sign-in?");
    if own && printable && !again && text.len() <= LONGEST {
        text
    } else {
        ""
    }
}

/// Path and query of the page that a form was on, if it can be shown again.
pub fn own_page(referer: &str) -> Option<String> {
    let url = Url::parse(referer).ok()?;
    let path = url.path();
    let pages = ["/", "/submit", "/system"];
    let below = ["/leads/", "/batches/"];
    let known = pages.contains(&path) || below.iter().any(|at| path.starts_with(at));
    let whole = match url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    (known && !own_path(&whole).is_empty()).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_leads_back_to_its_page() {
        for page in [
            "/?batch=B0123456789AB&q=a",
            "/system",
            "/batches/B0123456789AB",
        ] {
            let referer = format!("http://localhost:8080{page}");
            assert_eq!(own_page(&referer).as_deref(), Some(page));
        }
    }

    #[test]
    fn a_button_leads_to_no_other_site() {
        assert_eq!(own_page("https://evil.example//evil.example/"), None);
        assert_eq!(own_page("https://evil.example/elsewhere"), None);
        assert_eq!(own_page("https://evil.example/").as_deref(), Some("/"));
    }

    #[test]
    fn nobody_is_sent_to_another_site_after_signing_in() {
        for path in [
            "/",
            "/leads/L0123456789AB",
            "/?q=a%20b&status=held",
            "/exports/leads.xlsx",
        ] {
            assert_eq!(own_path(path), path);
        }
        for other in [
            "",
            "leads",
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "\\\\evil.example/",
            "/\t/evil.example/",
            "/\n/evil.example/",
            " //evil.example/",
            "/a\r\nSet-Cookie: x=y",
            "/sign-in",
            "/sign-in?next=/",
        ] {
            assert_eq!(own_path(other), "", "{other}");
        }
        assert_eq!(own_path(&format!("/{}", "a".repeat(2000))), "");
    }
}
