//! `[[notify]]`: who is told of what happens.

use std::net::IpAddr;

use secrecy::SecretString;
use url::{Host, Url};

use super::ConfigFaults;
use super::sources::RawSettings;
use super::tables::Table;
use crate::lead::notice::{NoticeKind, TargetKind};
use crate::lead::public_address::refusal;
use crate::lead::signing::SigningKey;

/// Of a table `[[notify]]`.
pub(super) const KEYS: [&str; 6] = ["name", "kind", "url", "secret", "events", "allow_private"];
const LONGEST_NAME: usize = 40;

/// Every target, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct NotifyConfig {
    pub targets: Vec<TargetConfig>,
}

/// One target. Its `Debug` shows no address and no key.
#[derive(Debug, Clone)]
pub struct TargetConfig {
    /// No other target has it.
    pub name: String,
    pub kind: TargetKind,
    /// Whoever knows a Slack webhook's address may write there.
    pub url: SecretString,
    /// Scheme, host and port of the address: what may be shown.
    pub host: String,
    /// Signs what a `webhook` is sent.
    pub key: Option<SigningKey>,
    pub events: Vec<NoticeKind>,
    /// Whether it may stand on this machine or in its network.
    pub allow_private: bool,
}

impl NotifyConfig {
    pub(super) fn read(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let tables = raw.tables("notify");
        let mut targets: Vec<TargetConfig> = Vec::new();
        for (table, place) in tables.iter().zip(1_usize..) {
            let Some(target) = read_target(table, place, faults) else {
                continue;
            };
            if targets.iter().any(|other| other.name == target.name) {
                let name = &target.name;
                table.fault(faults, format!("another target is called {name}, too"));
            }
            targets.push(target);
        }
        (targets.len() == tables.len()).then_some(Self { targets })
    }
}

/// What counts for a target whatever its table leaves out.
pub(super) fn in_force(target: &TargetConfig) -> Vec<(&'static str, String)> {
    let events: Vec<&str> = target.events.iter().map(|kind| kind.as_str()).collect();
    vec![
        ("name", target.name.clone()),
        ("events", events.join(", ")),
        ("allow_private", target.allow_private.to_string()),
    ]
}

pub(super) fn read_target(
    table: &Table,
    place: usize,
    faults: &mut ConfigFaults,
) -> Option<TargetConfig> {
    table.tell_unknown(&KEYS, faults);
    let kind = read_kind(table, faults);
    let name = read_name(table, place, kind, faults);
    let allow_private = table.flag("allow_private", faults).unwrap_or_default();
    let address = read_address(table, allow_private, faults);
    let key = read_key(table, kind, faults);
    let events = read_events(table, faults);
    let (url, host) = address?;
    Some(TargetConfig {
        name: name?,
        kind: kind?,
        url,
        host,
        key: key?,
        events: events?,
        allow_private,
    })
}

fn read_kind(table: &Table, faults: &mut ConfigFaults) -> Option<TargetKind> {
    let told = table.text("kind", faults);
    let kind = told.as_deref().and_then(TargetKind::parse);
    if kind.is_none() {
        let told = told.map_or_else(
            || "is not set".to_owned(),
            |told| format!("is \u{201c}{told}\u{201d}"),
        );
        table.fault(
            faults,
            format!("kind {told}; write kind = \"slack\" or kind = \"webhook\""),
        );
    }
    kind
}

fn read_name(
    table: &Table,
    place: usize,
    kind: Option<TargetKind>,
    faults: &mut ConfigFaults,
) -> Option<String> {
    let Some(name) = table.text("name", faults) else {
        return Some(format!("{}-{place}", kind?.as_str()));
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.len() <= LONGEST_NAME && name.chars().all(plain) {
        return Some(name);
    }
    table.fault(
        faults,
        format!("name has letters, digits, - _ and . only, {LONGEST_NAME} at most"),
    );
    None
}

/// The address, and what of it may be shown. No fault shows more.
fn read_address(
    table: &Table,
    allow_private: bool,
    faults: &mut ConfigFaults,
) -> Option<(SecretString, String)> {
    let before = faults.0.len();
    let Some(text) = table.text("url", faults) else {
        // An address that is to come from the environment has told its fault already.
        if faults.0.len() == before {
            table.fault(
                faults,
                "url is not set; it may also be \"$NAME\" of an environment variable",
            );
        }
        return None;
    };
    match checked(&text, allow_private) {
        Ok(url) => Some((url.as_str().into(), url.origin().ascii_serialization())),
        Err(problem) => {
            table.fault(faults, format!("url {problem}"));
            None
        }
    }
}

fn checked(text: &str, allow_private: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("is no address: {error}"))?;
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
        _ => None,
    };
    match url.scheme() {
        "https" => {}
        "http" if allow_private => {}
        _ => {
            return Err(
                "does not begin with https://; http:// is only for allow_private = true".to_owned(),
            );
        }
    }
    match address.and_then(|address| refusal(address, allow_private)) {
        Some(why) => Err(format!("leads to {why}")),
        None => Ok(url),
    }
}

/// `None` is a fault.
fn read_key(
    table: &Table,
    kind: Option<TargetKind>,
    faults: &mut ConfigFaults,
) -> Option<Option<SigningKey>> {
    let before = faults.0.len();
    let secret = table.secret("secret", faults);
    if faults.0.len() > before {
        return None;
    }
    match (kind?, secret) {
        (TargetKind::Slack, None) => Some(None),
        (TargetKind::Slack, Some(_)) => {
            table.fault(
                faults,
                "secret is for kind = \"webhook\"; a Slack address is its own secret: leave it out",
            );
            None
        }
        (TargetKind::Webhook, None) => {
            table.fault(
                faults,
                "secret is not set; make one with: echo \"whsec_$(openssl rand -base64 32)\"",
            );
            None
        }
        (TargetKind::Webhook, Some(secret)) => match SigningKey::parse(&secret) {
            Ok(key) => Some(Some(key)),
            Err(problem) => {
                table.fault(faults, format!("secret {problem}"));
                None
            }
        },
    }
}

fn read_events(table: &Table, faults: &mut ConfigFaults) -> Option<Vec<NoticeKind>> {
    let named = table.list("events", faults);
    if named.is_empty() {
        return Some(NoticeKind::ALL.to_vec());
    }
    let mut events = Vec::new();
    let mut unknown = Vec::new();
    for name in named {
        match NoticeKind::parse(&name) {
            Some(kind) if events.contains(&kind) => {}
            Some(kind) => events.push(kind),
            None => unknown.push(format!("\u{201c}{name}\u{201d}")),
        }
    }
    if unknown.is_empty() {
        return Some(events);
    }
    let known = NoticeKind::ALL.map(NoticeKind::as_str).join(", ");
    let unknown = unknown.join(", ");
    table.fault(faults, format!("events has {unknown}; there are {known}"));
    None
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read(toml: &str) -> Result<NotifyConfig, ConfigFaults> {
        let raw = RawSettings::of_toml(toml)?;
        let mut faults = ConfigFaults::default();
        match NotifyConfig::read(&raw, &mut faults) {
            Some(config) if faults.0.is_empty() => Ok(config),
            _ => Err(faults),
        }
    }

    const SLACK: &str =
        "[[notify]]\nkind = \"slack\"\nurl = \"https://hooks.slack.com/services/T0/B0/planted\"\n";
    const WEBHOOK: &str = "[[notify]]\nkind = \"webhook\"\nname = \"crm\"\n\
        url = \"https://hooks.example.com/planted\"\n\
        secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\nevents = [\"lead.failed\", \"paused\"]\n";

    #[test]
    fn targets_are_read_with_their_defaults_and_show_no_secret() {
        let config = read(&format!("{SLACK}{WEBHOOK}")).expect("two targets");
        let [slack, webhook] = &config.targets[..] else {
            panic!("not two");
        };
        assert_eq!(slack.name, "slack-1");
        assert_eq!(slack.host, "https://hooks.slack.com");
        assert_eq!(slack.events, NoticeKind::ALL);
        assert!(slack.url.expose_secret().ends_with("/planted"));
        assert_eq!(webhook.name, "crm");
        let two = [NoticeKind::LeadFailed, NoticeKind::Paused];
        assert_eq!(webhook.events, two);
        let shown = format!("{config:?}");
        assert!(
            !shown.contains("planted") && !shown.contains("MfKQ"),
            "{shown}"
        );
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_place_and_its_remedy() {
        let faults = read(
            "[[notify]]\nkind = \"teams\"\nurl = \"http://planted.example.com/x\"\nname = \"a b\"\n\
             events = \"lead.deliverd\"\nalow_private = true\n\
             [[notify]]\nkind = \"webhook\"\n",
        )
        .expect_err("many faults")
        .to_string();
        for told in [
            "number 1: kind is \u{201c}teams\u{201d}; write kind = \"slack\"",
            "number 1: url does not begin with https://",
            "number 1: name has letters",
            "number 1: events has \u{201c}lead.deliverd\u{201d}; there are lead.delivered,",
            "number 1: alow_private is no setting here; the nearest is allow_private",
            "number 2: url is not set",
            "number 2: secret is not set; make one with",
        ] {
            assert!(faults.contains(told), "{told}: {faults}");
        }
        assert!(!faults.contains("planted"), "{faults}");
    }

    #[test]
    fn addresses_within_are_refused_unless_allowed_and_metadata_always() {
        let at = |url: &str, allow: bool| {
            read(&format!(
                "[[notify]]\nkind = \"slack\"\nurl = \"{url}\"\nallow_private = {allow}\n"
            ))
        };
        for private in [
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://2130706433/x",
        ] {
            let faults = at(private, false).expect_err(private).to_string();
            assert!(faults.contains("allow_private = true"), "{faults}");
            assert!(at(private, true).is_ok(), "{private}");
        }
        assert!(at("http://127.0.0.1:9/x", true).is_ok());
        assert!(at("http://169.254.169.254/latest", true).is_err());
        assert!(at("ftp://example.com/x", true).is_err());
    }

    #[test]
    fn two_of_one_name_and_a_secret_that_nothing_signs_with_are_faults() {
        let twice = read(&format!("{WEBHOOK}{WEBHOOK}")).expect_err("one name");
        assert!(twice.to_string().contains("number 2: another target"));
        let idle = read(&format!("{SLACK}secret = \"whsec_planted\"\n")).expect_err("no use");
        assert!(idle.to_string().contains("leave it out"), "{idle}");
        assert!(!idle.to_string().contains("planted"), "{idle}");
    }
}
