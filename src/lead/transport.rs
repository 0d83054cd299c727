//! Which addresses may carry keys and tokens.

use url::{Host, Url};

/// Https, or http to this machine itself.
pub fn is_protected(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_travels_protected_or_not_at_all() {
        let protected = |address: &str| is_protected(&Url::parse(address).expect("a URL"));
        assert!(protected("https://oauth2.googleapis.com/token"));
        assert!(protected("http://127.0.0.1:9/token"));
        assert!(protected("http://[::1]:9/"));
        assert!(!protected("http://oauth2.googleapis.com/token"));
        assert!(!protected("ftp://localhost/"));
    }
}
