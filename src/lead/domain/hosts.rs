//! Hosts that are somebody's place but not a company's own website.

/// A page there is a profile; the bare domain is the company that runs the place.
const PROFILES: [&str; 22] = [
    "angel.co",
    "behance.net",
    "bsky.app",
    "crunchbase.com",
    "facebook.com",
    "fb.com",
    "g2.com",
    "github.com",
    "glassdoor.com",
    "instagram.com",
    "linkedin.com",
    "linktr.ee",
    "medium.com",
    "pinterest.com",
    "reddit.com",
    "threads.net",
    "tiktok.com",
    "twitter.com",
    "wellfound.com",
    "x.com",
    "xing.com",
    "youtube.com",
];

/// Mailboxes there are people's own.
const FREE_MAIL: [&str; 30] = [
    "163.com",
    "aol.com",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.at",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "t-online.de",
    "web.de",
    "yahoo.com",
    "yandex.ru",
    "ymail.com",
];

fn is_or_is_under(host: &str, domain: &str) -> bool {
    host == domain
        || host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
}

pub fn is_profile_host(host: &str) -> bool {
    PROFILES.iter().any(|domain| is_or_is_under(host, domain))
}

pub fn is_free_mail(host: &str) -> bool {
    FREE_MAIL.iter().any(|domain| is_or_is_under(host, domain))
}
