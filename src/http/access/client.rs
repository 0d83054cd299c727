//! The address that a request comes from, also behind a proxy.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::http::header::HeaderMap;

/// What stands before us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    /// Nothing that is known of.
    None,
    /// A public URL is set, so something on this machine or network passes requests on.
    Nearby,
    Fly,
}

/// The peer. A proxy on this machine or network is believed when it says whom it speaks for, and
/// Fly's proxy where there is one; what anybody else says of himself is not.
pub fn address(headers: &HeaderMap, peer: Option<SocketAddr>, proxy: Proxy) -> IpAddr {
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let told = match proxy {
        Proxy::Fly => last_entry(headers, "fly-client-ip"),
        Proxy::Nearby if is_near(peer) => last_entry(headers, "x-forwarded-for"),
        Proxy::Nearby | Proxy::None => None,
    };
    told.unwrap_or(peer)
}

fn is_near(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// The last entry: the one that the nearest proxy wrote.
fn last_entry(headers: &HeaderMap, name: &str) -> Option<IpAddr> {
    let last = headers.get_all(name).last()?.to_str().ok()?;
    let entry = last.rsplit(',').next()?.trim();
    let bare = entry.trim_start_matches('[').trim_end_matches(']');
    let with_port = || Some(entry.parse::<SocketAddr>().ok()?.ip());
    bare.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn seen(peer: &str, proxy: Proxy, pairs: &[(&'static str, &'static str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::from_static(name);
            headers.append(name, HeaderValue::from_static(value));
        }
        let peer = SocketAddr::new(peer.parse().expect("an address"), 1234);
        address(&headers, Some(peer), proxy).to_string()
    }

    #[test]
    fn a_proxy_nearby_is_believed_and_nobody_else() {
        let told = [("x-forwarded-for", "203.0.113.9, 198.51.100.7")];
        assert_eq!(seen("127.0.0.1", Proxy::Nearby, &told), "198.51.100.7");
        assert_eq!(seen("10.1.2.3", Proxy::Nearby, &told), "198.51.100.7");
        assert_eq!(seen("fd00::1", Proxy::Nearby, &told), "198.51.100.7");
        assert_eq!(seen("192.0.2.1", Proxy::Nearby, &told), "192.0.2.1");
        assert_eq!(seen("127.0.0.1", Proxy::Nearby, &[]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", Proxy::None, &told), "127.0.0.1");
    }

    #[test]
    fn what_the_nearest_proxy_wrote_counts_however_it_is_written() {
        for (value, expected) in [
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("unknown", "127.0.0.1"),
            ("", "127.0.0.1"),
        ] {
            let told = [("x-forwarded-for", value)];
            assert_eq!(seen("127.0.0.1", Proxy::Nearby, &told), expected, "{value}");
        }
        let twice = [
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-for", "198.51.100.7"),
        ];
        assert_eq!(seen("127.0.0.1", Proxy::Nearby, &twice), "198.51.100.7");
    }

    #[test]
    fn on_fly_its_own_header_tells_and_elsewhere_it_is_nothing() {
        let told = [
            ("fly-client-ip", "198.51.100.7"),
            ("x-forwarded-for", "203.0.113.9"),
        ];
        assert_eq!(seen("172.16.0.1", Proxy::Fly, &told), "198.51.100.7");
        assert_eq!(seen("172.16.0.1", Proxy::Nearby, &told), "203.0.113.9");
        assert_eq!(seen("192.0.2.1", Proxy::Nearby, &told), "192.0.2.1");
    }
}
