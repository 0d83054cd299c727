//! Hosts whose pages are about companies, or give everybody an address, but are not the
//! company itself.

/// Social networks, directories and hosted pages. A subdomain of theirs is a profile too
/// (`acme.tumblr.com`); the bare name is the company that runs the site.
const PROFILES: &[&str] = &[
    "about.me",
    "angel.co",
    "bsky.app",
    "clutch.co",
    "crunchbase.com",
    "discord.com",
    "discord.gg",
    "facebook.com",
    "fb.com",
    "fb.me",
    "g.page",
    "g2.com",
    "github.com",
    "gitlab.com",
    "glassdoor.com",
    "goodfirms.co",
    "instagram.com",
    "linkedin.com",
    "linktr.ee",
    "lnkd.in",
    "m.me",
    "medium.com",
    "pinterest.com",
    "producthunt.com",
    "quora.com",
    "reddit.com",
    "snapchat.com",
    "t.me",
    "threads.com",
    "threads.net",
    "tiktok.com",
    "trustpilot.com",
    "tumblr.com",
    "twitch.tv",
    "twitter.com",
    "vimeo.com",
    "vk.com",
    "wa.me",
    "wellfound.com",
    "wikipedia.org",
    "x.com",
    "xing.com",
    "yelp.com",
    "youtu.be",
    "youtube.com",
];

/// Search engines, maps and link shorteners: an address with a path leads somewhere else.
const LEADS_ELSEWHERE: &[&str] = &[
    "apps.apple.com",
    "archive.org",
    "bing.com",
    "bit.ly",
    "duckduckgo.com",
    "goo.gl",
    "google.com",
    "ow.ly",
    "t.co",
    "tinyurl.com",
];

const MAIL_FOR_ANYONE: &[&str] = &[
    "126.com",
    "163.com",
    "fastmail.com",
    "freenet.de",
    "googlemail.com",
    "hey.com",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "seznam.cz",
    "t-online.de",
    "tutanota.com",
    "web.de",
    "wp.pl",
    "zoho.com",
];

/// Providers with an ending for each country: `yahoo.co.uk`, `gmx.at`.
const MAIL_FOR_ANYONE_ANYWHERE: &[&str] = &[
    "aol", "gmail", "gmx", "hotmail", "live", "outlook", "yahoo", "yandex", "ymail",
];

/// The site that this host belongs to, when the address is a page on it and not the company
/// that runs it.
pub(super) fn page_on(host: &str, has_path: bool) -> Option<&'static str> {
    let site_in = |sites: &[&'static str]| sites.iter().copied().find(|site| is_within(host, site));
    match site_in(PROFILES) {
        Some(site) if has_path || host != site => Some(site),
        Some(_) => None,
        None => site_in(LEADS_ELSEWHERE).filter(|_| has_path),
    }
}

/// Whether an address there says nothing about the company its owner works for.
pub(super) fn gives_mail_to_anyone(host: &str) -> bool {
    let name = psl::domain_str(host).unwrap_or(host);
    let label = name.split('.').next().unwrap_or(name);
    MAIL_FOR_ANYONE.contains(&name) || MAIL_FOR_ANYONE_ANYWHERE.contains(&label)
}

fn is_within(host: &str, site: &str) -> bool {
    host.strip_suffix(site)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}
