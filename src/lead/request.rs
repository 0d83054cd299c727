//! The options of a warm-lead run, with exactly the bounds of the published contract
//! (`CreateWarmLeadRunRequest`). Parsed once at the boundary into types that cannot hold a
//! wrong value; an option left out stays out, so that Citedy's own default applies.

use serde::{Deserialize, Serialize};

/// Ideal customer profile. Citedy takes `content-led-saas` when none is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Icp {
    SeoGeoAgency,
    ContentLedSaas,
    VerticalSaas,
}

impl Icp {
    pub const ALL: [Icp; 3] = [Icp::SeoGeoAgency, Icp::ContentLedSaas, Icp::VerticalSaas];

    /// The contract's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Icp::SeoGeoAgency => "seo-geo-agency",
            Icp::ContentLedSaas => "content-led-saas",
            Icp::VerticalSaas => "vertical-saas",
        }
    }

    fn parse(text: &str) -> Option<Icp> {
        let folded = text.trim().to_lowercase().replace([' ', '_'], "-");
        Icp::ALL.into_iter().find(|icp| icp.as_str() == folded)
    }
}

/// A whole number that lies between `MIN` and `MAX`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16")]
pub struct Bounded<const MIN: u16, const MAX: u16>(u16);

impl<const MIN: u16, const MAX: u16> Bounded<MIN, MAX> {
    pub const LEAST: u16 = MIN;
    pub const MOST: u16 = MAX;

    /// Every one of them, in words for a choice.
    pub fn all() -> Vec<String> {
        (MIN..=MAX).map(|number| number.to_string()).collect()
    }

    pub fn get(self) -> u16 {
        self.0
    }
}

impl<const MIN: u16, const MAX: u16> TryFrom<u16> for Bounded<MIN, MAX> {
    type Error = String;

    fn try_from(value: u16) -> Result<Self, String> {
        if (MIN..=MAX).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("{value} is not between {MIN} and {MAX}"))
        }
    }
}

/// Maximum buyer candidates, 1 to 3; Citedy takes 3 when none is given.
pub type MaxContacts = Bounded<1, 3>;
/// Maximum outreach drafts, 1 to 3; Citedy takes 3 when none is given.
pub type Drafts = Bounded<1, 3>;
/// Evidence look-back in days, 7 to 365; Citedy takes 90 when none is given.
pub type FreshnessDays = Bounded<7, 365>;

/// One to six buyer roles of 1 to 80 characters each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "Vec<String>")]
pub struct BuyerRoles(Vec<String>);

impl BuyerRoles {
    pub const MOST: usize = 6;
    pub const LONGEST: usize = 80;

    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl TryFrom<Vec<String>> for BuyerRoles {
    type Error = String;

    fn try_from(roles: Vec<String>) -> Result<Self, String> {
        if roles.is_empty() || roles.len() > Self::MOST {
            return Err(format!(
                "{} roles given; 1 to {} are possible",
                roles.len(),
                Self::MOST
            ));
        }
        if let Some(long) = roles.iter().find(|r| r.chars().count() > Self::LONGEST) {
            let start: String = long.chars().take(30).collect();
            return Err(format!(
                "the role \u{201c}{start}…\u{201d} is longer than {} characters",
                Self::LONGEST
            ));
        }
        if roles.iter().any(|r| r.trim().is_empty()) {
            return Err("a role is empty".to_owned());
        }
        Ok(Self(roles))
    }
}

/// Options as a person or a file gave them; blank means "not given".
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RawOptions {
    pub icp: Option<String>,
    /// One entry a role, or one entry with several separated by `,` `;` `|` or a line end.
    pub buyer_roles: Vec<String>,
    pub max_contacts: Option<String>,
    pub drafts: Option<String>,
    pub freshness_days: Option<String>,
}

/// Options that the API accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icp: Option<Icp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_roles: Option<BuyerRoles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 3)]
    pub max_contacts: Option<MaxContacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 3)]
    pub drafts: Option<Drafts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 7, maximum = 365)]
    pub freshness_days: Option<FreshnessDays>,
}

/// An option that cannot be used, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {problem}")]
pub struct OptionError {
    /// The option's name as a column header, `Max contacts`.
    pub option: &'static str,
    pub problem: String,
}

impl RequestOptions {
    /// Parses every option, or names the first that cannot be used. A wrong value never turns
    /// into the default: that would buy a report which nobody asked for.
    pub fn parse(raw: &RawOptions) -> Result<Self, OptionError> {
        Ok(Self {
            icp: parse_icp(raw.icp.as_deref())?,
            buyer_roles: parse_roles(&raw.buyer_roles)?,
            max_contacts: parse_number("Max contacts", raw.max_contacts.as_deref())?,
            drafts: parse_number("Drafts", raw.drafts.as_deref())?,
            freshness_days: parse_number("Freshness days", raw.freshness_days.as_deref())?,
        })
    }

    /// The options in full, Citedy's defaults filled in: two leads that ask for the same report
    /// have the same text, however much of it each spelt out.
    pub fn key(&self) -> String {
        let roles = self.buyer_roles.as_ref().map(BuyerRoles::as_slice);
        serde_json::json!({
            "icp": self.icp.unwrap_or(Icp::ContentLedSaas).as_str(),
            "maxContacts": self.max_contacts.map_or(3, Bounded::get),
            "drafts": self.drafts.map_or(3, Bounded::get),
            "freshnessDays": self.freshness_days.map_or(90, Bounded::get),
            "buyerRoles": roles.unwrap_or_default(),
        })
        .to_string()
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|t| !t.is_empty())
}

fn parse_icp(text: Option<&str>) -> Result<Option<Icp>, OptionError> {
    let Some(text) = given(text) else {
        return Ok(None);
    };
    Icp::parse(text).map(Some).ok_or_else(|| OptionError {
        option: "ICP",
        problem: format!(
            "\u{201c}{text}\u{201d} is not one of {}",
            Icp::ALL.map(Icp::as_str).join(", ")
        ),
    })
}

fn parse_roles(texts: &[String]) -> Result<Option<BuyerRoles>, OptionError> {
    let separators = [',', ';', '|', '\n', '\r'];
    let roles: Vec<String> = texts
        .iter()
        .flat_map(|text| text.split(separators))
        .map(|role| role.trim().to_owned())
        .filter(|role| !role.is_empty())
        .collect();
    if roles.is_empty() {
        return Ok(None);
    }
    BuyerRoles::try_from(roles)
        .map(Some)
        .map_err(|problem| OptionError {
            option: "Buyer roles",
            problem,
        })
}

fn parse_number<const MIN: u16, const MAX: u16>(
    option: &'static str,
    text: Option<&str>,
) -> Result<Option<Bounded<MIN, MAX>>, OptionError> {
    let Some(text) = given(text) else {
        return Ok(None);
    };
    // A spreadsheet's "3.0" is the number 3; "2.5" is nothing.
    let whole = text.strip_suffix(".0").unwrap_or(text);
    whole
        .parse::<u16>()
        .ok()
        .and_then(|number| Bounded::try_from(number).ok())
        .map(Some)
        .ok_or_else(|| OptionError {
            option,
            problem: format!("\u{201c}{text}\u{201d} is not a whole number from {MIN} to {MAX}"),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(change: impl FnOnce(&mut RawOptions)) -> RawOptions {
        let mut raw = RawOptions::default();
        change(&mut raw);
        raw
    }

    #[test]
    fn nothing_given_leaves_every_default_to_citedy() {
        let parsed = RequestOptions::parse(&RawOptions::default()).unwrap();
        assert_eq!(serde_json::to_string(&parsed).unwrap(), "{}");
    }

    #[test]
    fn an_unknown_icp_is_refused_and_the_known_ones_are_named() {
        let error = RequestOptions::parse(&raw(|r| r.icp = Some("saas".into()))).unwrap_err();
        assert!(error.to_string().contains("content-led-saas"), "{error}");
    }

    #[test]
    fn an_icp_is_read_whatever_its_case_and_blanks() {
        let parsed =
            RequestOptions::parse(&raw(|r| r.icp = Some(" SEO GEO agency ".into()))).unwrap();
        assert_eq!(parsed.icp, Some(Icp::SeoGeoAgency));
    }

    #[test]
    fn numbers_out_of_range_never_become_the_default() {
        for wrong in ["0", "4", "-1", "2.5", "three", "99999999999"] {
            let options = raw(|r| r.max_contacts = Some(wrong.into()));
            assert!(RequestOptions::parse(&options).is_err(), "{wrong}");
        }
        for (days, fits) in [("6", false), ("7", true), ("365", true), ("366", false)] {
            let options = raw(|r| r.freshness_days = Some(days.into()));
            assert_eq!(RequestOptions::parse(&options).is_ok(), fits, "{days}");
        }
    }

    #[test]
    fn roles_are_split_at_the_separators_people_use() {
        let options = raw(|r| r.buyer_roles = vec!["CMO; Head of SEO\nFounder".into()]);
        let roles = RequestOptions::parse(&options)
            .unwrap()
            .buyer_roles
            .unwrap();
        assert_eq!(roles.as_slice(), ["CMO", "Head of SEO", "Founder"]);
    }

    #[test]
    fn seven_roles_or_a_role_of_81_characters_are_refused() {
        let seven = raw(|r| r.buyer_roles = vec!["a,b,c,d,e,f,g".into()]);
        assert!(RequestOptions::parse(&seven).is_err());
        let long = raw(|r| r.buyer_roles = vec!["x".repeat(81)]);
        assert!(RequestOptions::parse(&long).is_err());
        let just = raw(|r| r.buyer_roles = vec!["ü".repeat(80)]);
        assert!(RequestOptions::parse(&just).is_ok());
    }

    #[test]
    fn spelling_the_defaults_out_asks_for_the_same_report() {
        let spelt_out = raw(|r| {
            r.icp = Some("Content-led SaaS".into());
            r.max_contacts = Some("3".into());
            r.drafts = Some("3.0".into());
            r.freshness_days = Some("90".into());
        });
        let key = |raw: &RawOptions| RequestOptions::parse(raw).unwrap().key();
        assert_eq!(key(&spelt_out), RequestOptions::default().key());
    }

    #[test]
    fn every_option_makes_another_report() {
        let others = [
            raw(|r| r.icp = Some("vertical-saas".into())),
            raw(|r| r.max_contacts = Some("2".into())),
            raw(|r| r.drafts = Some("2".into())),
            raw(|r| r.freshness_days = Some("30".into())),
            raw(|r| r.buyer_roles = vec!["CMO".into()]),
            raw(|r| r.buyer_roles = vec!["CMO, Founder".into()]),
            raw(|r| r.buyer_roles = vec!["Founder, CMO".into()]),
            RawOptions::default(),
        ];
        let keys: std::collections::HashSet<String> = others
            .iter()
            .map(|raw| RequestOptions::parse(raw).unwrap().key())
            .collect();
        assert_eq!(keys.len(), others.len());
    }

    #[test]
    fn json_cannot_smuggle_a_wrong_value_in() {
        assert!(serde_json::from_str::<RequestOptions>(r#"{"maxContacts":4}"#).is_err());
        assert!(serde_json::from_str::<RequestOptions>(r#"{"buyerRoles":[]}"#).is_err());
    }
}
