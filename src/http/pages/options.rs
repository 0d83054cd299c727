//! Options of a request as people read them.

use crate::lead::RequestOptions;
use crate::lead::request::Icp;

/// Options that were given, by name; the others are Citedy's defaults.
pub fn given(options: &RequestOptions) -> Vec<(&'static str, String)> {
    let roles = options.buyer_roles.as_ref();
    let number = |number: Option<u16>| number.map(|number| number.to_string());
    let all = [
        ("ICP", options.icp.map(|icp| icp_name(icp).to_owned())),
        (
            "Buyer roles",
            roles.map(|roles| roles.as_slice().join(", ")),
        ),
        (
            "Max contacts",
            number(options.max_contacts.map(|n| n.get())),
        ),
        ("Drafts", number(options.drafts.map(|n| n.get()))),
        (
            "Freshness days",
            number(options.freshness_days.map(|n| n.get())),
        ),
    ];
    let given = all.into_iter();
    given
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
}

/// The same in one line; what speaks for itself stands without its name.
pub fn in_words(options: &RequestOptions) -> Option<String> {
    let words = given(options).into_iter().map(|(name, value)| match name {
        "ICP" | "Buyer roles" => value,
        _ => format!("{} {value}", name.to_lowercase()),
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// An ideal customer profile as people call it.
pub fn icp_name(icp: Icp) -> &'static str {
    match icp {
        Icp::SeoGeoAgency => "SEO and GEO agency",
        Icp::ContentLedSaas => "Content-led SaaS",
        Icp::VerticalSaas => "Vertical SaaS",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::RawOptions;

    #[test]
    fn options_are_told_by_name_and_in_one_line() {
        let options = RequestOptions::parse(&RawOptions {
            icp: Some("vertical-saas".into()),
            drafts: Some("2".into()),
            ..RawOptions::default()
        });
        let options = options.expect("options");
        let named = given(&options);
        assert_eq!(named[0], ("ICP", "Vertical SaaS".to_owned()));
        assert_eq!(named[1], ("Drafts", "2".to_owned()));
        let line = in_words(&options);
        assert_eq!(line.as_deref(), Some("Vertical SaaS; drafts 2"));
        assert_eq!(in_words(&RequestOptions::default()), None);
    }
}
