//! Which addresses may be told something: an address of the configuration, or one that its name
//! leads to, must not be a way into the network that the service stands in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why nothing is sent to an address; `None` where nothing stands against it. `allow_private` lets
/// pass what belongs to this machine and its own network, and nothing else.
pub fn refusal(address: IpAddr, allow_private: bool) -> Option<&'static str> {
    match kind(address) {
        Kind::Public => None,
        Kind::Private if allow_private => None,
        Kind::Private => Some("a private or loopback address; allow_private = true allows it"),
        Kind::Never(why) => Some(why),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    /// This machine, its network, or the provider's.
    Private,
    Never(&'static str),
}

const METADATA: Kind = Kind::Never("the address of a cloud's metadata");
const LINK_LOCAL: Kind = Kind::Never("a link-local address");
const MULTICAST: Kind = Kind::Never("a multicast address");
const RESERVED: Kind = Kind::Never("an address that nobody has");

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_v4(address),
        IpAddr::V6(address) => kind_v6(address),
    }
}

fn kind_v4(address: Ipv4Addr) -> Kind {
    match address.octets() {
        [169, 254, 169, 254] | [100, 100, 100, 200] => METADATA,
        [10 | 127, ..] | [192, 168, ..] => Kind::Private,
        [172, b, ..] if (16..32).contains(&b) => Kind::Private,
        // Between a provider and its customers.
        [100, b, ..] if (64..128).contains(&b) => Kind::Private,
        [169, 254, ..] => LINK_LOCAL,
        [224..=239, ..] => MULTICAST,
        // Unspecified, protocols, documentation, relays, benchmarks, the rest and broadcast.
        [0 | 240..=255, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => RESERVED,
        _ => Kind::Public,
    }
}

fn kind_v6(address: Ipv6Addr) -> Kind {
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        kind_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Private,
        // Mapped IPv4 and NAT64 lead to what they hold.
        [0, 0, 0, 0, 0, 0xffff, high, low] => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        // So does 6to4; a relay that it needs may stand anywhere, so only what is public passes.
        [0x2002, high, low, ..] => match embedded(high, low) {
            Kind::Public => Kind::Public,
            _ => RESERVED,
        },
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] => METADATA,
        [0xfc00..=0xfdff, ..] => Kind::Private,
        [0xfe80..=0xfebf, ..] => LINK_LOCAL,
        [0xff00..=0xffff, ..] => MULTICAST,
        // Teredo and other protocols, documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => RESERVED,
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => RESERVED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, allow_private: bool) -> bool {
        let address = text.parse().expect(text);
        refusal(address, allow_private).is_some()
    }

    #[test]
    fn public_addresses_may_be_told() {
        for fine in [
            "1.1.1.1",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "198.17.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ] {
            assert!(!refused(fine, false), "{fine}");
        }
    }

    #[test]
    fn this_machine_and_its_network_only_where_that_is_allowed() {
        for private in [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "::1",
            "fc00::1",
            "fdff::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
        ] {
            assert!(refused(private, false), "{private}");
            assert!(!refused(private, true), "{private}");
        }
    }

    #[test]
    fn what_no_receiver_has_is_refused_always() {
        for never in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "100.100.100.200",
            "fd00:ec2::254",
            "169.254.0.1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "224.0.0.1",
            "239.1.1.1",
            "ff02::1",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "::7f00:1",
            "255.255.255.255",
            "240.0.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "64:ff9b:1::1",
        ] {
            assert!(refused(never, true), "{never}");
            assert!(refused(never, false), "{never}");
        }
    }
}
