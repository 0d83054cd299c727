//! Hosts of e-mail addresses that say nothing about where somebody works.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Made by `scripts/free-mail`.
const KEPT_BY_OTHERS: &str = include_str!("free_mail.txt");
/// What that list lacks.
const OURS: &str = include_str!("free_mail_more.txt");

static PROVIDERS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines = KEPT_BY_OTHERS.lines().chain(OURS.lines());
    lines
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// Whether addresses at this host (lower case, ASCII) are given to anybody; those of its
/// subdomains are then, too.
pub fn is_free_mail(host: &str) -> bool {
    let mut rest = host;
    // What many share, such as co.uk, is nobody's.
    while psl::domain(rest.as_bytes()).is_some() {
        if PROVIDERS.contains(rest) {
            return true;
        }
        match rest.split_once('.') {
            Some((_, parent)) => rest = parent,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_providers_that_everybody_knows_are_known() {
        for host in [
            "gmail.com",
            "googlemail.com",
            "hotmail.co.uk",
            "outlook.de",
            "yahoo.co.jp",
            "icloud.com",
            "proton.me",
            "pm.me",
            "gmx.net",
            "web.de",
            "t-online.de",
            "mail.ru",
            "qq.com",
            "163.com",
            "naver.com",
            "orange.fr",
            "libero.it",
            "hey.com",
            "mailbox.org",
            "tutanota.com",
            "privaterelay.appleid.com",
            "mailinator.com",
            "mx.gmail.com",
        ] {
            assert!(is_free_mail(host), "{host}");
        }
    }

    #[test]
    fn companies_and_what_only_sounds_alike_are_none() {
        for host in [
            "acme.com",
            "citedy.com",
            "google.com",
            "microsoft.com",
            "apple.com",
            "notgmail.com",
            "gmail.com.acme.com",
            "co.uk",
            "com",
            "",
        ] {
            assert!(!is_free_mail(host), "{host}");
        }
    }

    #[test]
    fn every_line_of_the_lists_is_a_host_in_its_normal_form() {
        assert!(PROVIDERS.len() > 10_000, "{}", PROVIDERS.len());
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        for host in PROVIDERS.iter() {
            assert!(host.contains('.') && host.chars().all(fits), "{host}");
        }
    }
}
