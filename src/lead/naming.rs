//! Where a text names a company, in whatever spelling.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::CompanyDomain;
use super::domain::is_invisible;
use super::json;

/// The mapping's cost grows with its input, and no mapping shrinks this to a domain.
const LONGEST_UNMAPPED: usize = 4 * 1024;

/// How a text names a company; the stronger is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// Its domain stands there, by itself or with something before it (`www.`).
    Quoted,
    /// An e-mail address at its domain does.
    Address,
}

/// A company's domain, to be looked for in texts.
#[derive(Debug)]
pub struct Naming {
    ascii: String,
    /// Its other spelling, also where that is never shown because it looks like another name.
    unicode: Option<String>,
}

impl Naming {
    pub fn of(domain: &CompanyDomain) -> Self {
        let ascii = domain.as_str().to_owned();
        let (unicode, _) = idna::domain_to_unicode(&ascii);
        Self {
            unicode: Some(unicode).filter(|unicode| *unicode != ascii),
            ascii,
        }
    }

    /// How a text names it; `None`: it does not, or only as a part of another name. Each spelling
    /// counts from which a row's domain would be read: capitals of any script, ASCII and Unicode.
    pub fn in_text(&self, text: &str) -> Option<Named> {
        let hosts = hosts(text).filter(|host| self.is_in(host.name));
        let named = hosts.map(|host| match host.of_address {
            true => Named::Address,
            false => Named::Quoted,
        });
        named.max()
    }

    /// The same of everything that a JSON text says, keys included; a text that is none is looked
    /// through as it stands.
    pub fn in_json(&self, text: &str) -> Option<Named> {
        let mut found = None;
        let read = json::each_text(text, |text| found = found.max(self.in_text(text)));
        match read {
            Ok(()) => found,
            Err(_) => found.max(self.in_text(text)),
        }
    }

    fn is_in(&self, host: &str) -> bool {
        if host.is_ascii() {
            return names(&host.to_ascii_lowercase(), &self.ascii);
        }
        let host: String = host.chars().filter(|&c| !is_invisible(c)).collect();
        let lower = host.to_lowercase();
        let unicode = self.unicode.as_deref();
        names(&lower, &self.ascii)
            || unicode.is_some_and(|unicode| names(&lower, unicode))
            || self.is_mapped_from(&host)
    }

    /// Lower-casing alone does not do it: a final sigma, letters of full width, accents of their own.
    fn is_mapped_from(&self, host: &str) -> bool {
        let (deny, length) = (AsciiDenyList::EMPTY, DnsLength::Ignore);
        host.len() <= LONGEST_UNMAPPED
            && Uts46::new()
                .to_ascii(host.as_bytes(), deny, Hyphens::Allow, length)
                .is_ok_and(|mapped| names(&mapped, &self.ascii))
    }
}

/// Whether a host in lower case is the wanted one, or that with something before it. More than one
/// dot behind it (`acme.com...and`) is none of its own.
fn names(host: &str, wanted: &str) -> bool {
    host.match_indices(wanted).any(|(at, _)| {
        let mut after = host[at + wanted.len()..].chars();
        let ends = match after.next() {
            Some('.') => !after.next().is_some_and(of_a_name),
            Some(c) => !of_a_name(c),
            None => true,
        };
        ends && !host[..at].ends_with(of_a_name)
    })
}

fn of_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '-'
}

/// A piece of a text that may be a host's name: it has a dot, though not at its ends.
pub(super) struct Host<'t> {
    pub name: &'t str,
    /// An `@` stands before it.
    of_address: bool,
}

/// Those of a text. Texts are long and dots few, so what stands around each dot is looked at, once.
pub(super) fn hosts(text: &str) -> impl Iterator<Item = Host<'_>> {
    let mut end = 0;
    text.match_indices(is_dot).filter_map(move |(dot, _)| {
        if dot < end {
            return None;
        }
        let start = end + text[end..dot].trim_end_matches(of_a_host).len();
        end = text.len() - text[dot..].trim_start_matches(of_a_host).len();
        let name = text[start..end].trim_matches(is_dot);
        name.contains(is_dot).then(|| Host {
            name,
            of_address: text[..start].ends_with('@'),
        })
    })
}

/// Also accents of their own, and what nobody sees.
fn of_a_host(c: char) -> bool {
    of_a_name(c) || is_dot(c) || matches!(c, '\u{300}'..='\u{36f}') || is_invisible(c)
}

/// Every dot that separates the labels of a domain.
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(domain: &str) -> Naming {
        Naming::of(&CompanyDomain::parse(domain).expect("a domain"))
    }

    #[test]
    fn a_text_names_a_company_only_by_its_whole_name() {
        let acme = naming("acme.com");
        for text in [
            "acme.com",
            "https://www.ACME.com/about",
            "\u{201c}acme.com\u{201d}.",
            "acme.com.",
            "acme.com...and so on",
            "first sentence.Then acme.com",
            "shop.acme.com",
            "ac\u{ad}me.com",
            "\u{ff21}cme\u{3002}com",
        ] {
            assert_eq!(acme.in_text(text), Some(Named::Quoted), "{text}");
        }
        for text in [
            "notacme.com",
            "acme.community",
            "acme.com.br",
            "my-acme.com",
            "acme",
            "\u{fc}acme.com",
            "acme.com\u{fc}",
            "ann@acme.com.br",
        ] {
            assert_eq!(acme.in_text(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_at_its_domain_is_told_from_a_mention() {
        for text in [
            "ann@acme.com",
            "see acme.com; <Ann.B@Mail.ACME.com>",
            "ann@acme.com.",
            "ann@acme.com...acme.com",
            "J\u{f6}rg: joerg@acme.com.",
            "j@\u{ff41}cme.com",
        ] {
            let named = naming("acme.com").in_text(text);
            assert_eq!(named, Some(Named::Address), "{text}");
        }
        for text in ["ann@globex.com, acme.com", "ann@globex.com/acme.com"] {
            let named = naming("acme.com").in_text(text);
            assert_eq!(named, Some(Named::Quoted), "{text}");
        }
    }

    #[test]
    fn an_international_name_is_known_in_every_spelling() {
        for (domain, texts) in [
            (
                "m\u{fc}ller.de",
                [
                    "M\u{dc}LLER.de",
                    "XN--MLLER-KVA.DE",
                    "https://www.mu\u{308}ller.de/a b",
                ],
            ),
            (
                "\u{3bf}\u{3b4}\u{3bf}\u{3c3}.gr",
                [
                    "\u{39f}\u{394}\u{39f}\u{3a3}.GR",
                    "x \u{3bf}\u{3b4}\u{3bf}\u{3c3}.gr",
                    "(xn--pxavbq.gr)",
                ],
            ),
            // Shown in ASCII only, because it looks like another name.
            (
                "\u{430}\u{440}\u{440}\u{435}.com",
                [
                    "\u{430}\u{440}\u{440}\u{435}.com",
                    "\u{410}\u{420}\u{420}\u{415}.COM",
                    "a, \u{430}\u{440}\u{440}\u{435}.com",
                ],
            ),
        ] {
            for text in texts {
                let named = naming(domain).in_text(text);
                assert_eq!(named, Some(Named::Quoted), "{domain}: {text}");
            }
        }
        let other = naming("m\u{fc}ller.de");
        for text in ["muller.de", "zm\u{fc}ller.de", "m\u{fc}ller.dev"] {
            assert_eq!(other.in_text(text), None, "{text}");
        }
    }

    #[test]
    fn json_is_read_before_it_is_looked_through() {
        let (acme, mueller) = (naming("acme.com"), naming("m\u{fc}ller.de"));
        for text in [
            r#"{"site": "acme\u002ecom"}"#,
            r#"{"site": "https:\/\/acme.com"}"#,
            r#"[1, -1, 1.5, null, true, {"\u0061cme.com": {}}]"#,
            r#"{"note": "line\nacme.com"}"#,
            r#"{"site": "acme.com", "site": "globex.com"}"#,
            r#"{"site": "acme\u002ecom", "cut"#,
            r#"{"cut": "\ud83d", "site": "acme\u002ecom"}"#,
            "site=acme.com",
        ] {
            assert_eq!(acme.in_json(text), Some(Named::Quoted), "{text}");
        }
        let escaped = r#"["ann@M\u00dcLLER.de"]"#;
        assert_eq!(mueller.in_json(escaped), Some(Named::Address));
        for text in [r#"{"site": "not\u0061cme.com"}"#, "{}", "", "\u{fffd}"] {
            assert_eq!(acme.in_json(text), None, "{text}");
        }
    }
}
