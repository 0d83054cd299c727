use std::collections::BTreeMap;

use super::is_free_mail;
use super::submission::{Answer, Hint, Submission};
use crate::lead::headers::folded;
use crate::lead::printable::printable;
use crate::lead::{CompanyDomain, DomainError, RawOptions};

/// What an answer can be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Domain,
    Email,
    Icp,
    BuyerRoles,
    MaxContacts,
    Drafts,
    FreshnessDays,
}

impl Field {
    pub const ALL: [Field; 7] = [
        Field::Domain,
        Field::Email,
        Field::Icp,
        Field::BuyerRoles,
        Field::MaxContacts,
        Field::Drafts,
        Field::FreshnessDays,
    ];

    /// Its key in `fields = { … }`.
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Domain => "domain",
            Field::Email => "email",
            Field::Icp => "icp",
            Field::BuyerRoles => "buyer_roles",
            Field::MaxContacts => "max_contacts",
            Field::Drafts => "drafts",
            Field::FreshnessDays => "freshness_days",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }

    /// What such fields are called, without case, blanks and punctuation; the earlier wins.
    fn aliases(self) -> &'static [&'static str] {
        match self {
            Field::Domain => &[
                "domain",
                "companydomain",
                "companywebsite",
                "companyurl",
                "website",
                "websiteurl",
                "companywebsiteurl",
                "url",
                "site",
                "homepage",
                "web",
                "webpage",
                "domainname",
                "webseite",
            ],
            Field::Email => &[
                "workemail",
                "businessemail",
                "companyemail",
                "email",
                "emailaddress",
                "workemailaddress",
                "mail",
                "workmail",
            ],
            Field::Icp => &["icp", "idealcustomerprofile"],
            Field::BuyerRoles => &["buyerroles", "buyerrole"],
            Field::MaxContacts => &["maxcontacts", "maximumcontacts"],
            Field::Drafts => &["drafts", "maxdrafts"],
            Field::FreshnessDays => &["freshnessdays", "freshness"],
        }
    }

    /// Words that give a longer question away: "What is your company's website?"
    fn words(self) -> &'static [&'static str] {
        match self {
            Field::Domain => &[
                "website",
                "companydomain",
                "companyurl",
                "homepage",
                "webseite",
            ],
            Field::Email => &["email"],
            _ => &[],
        }
    }

    fn hint(self) -> Option<Hint> {
        match self {
            Field::Domain => Some(Hint::Website),
            Field::Email => Some(Hint::Email),
            _ => None,
        }
    }
}

/// Which answer is which, where that is not to be guessed: names of fields, folded.
#[derive(Debug, Clone, Default)]
pub struct Mapping(BTreeMap<Field, Vec<String>>);

/// What a submission asks for.
#[derive(Debug, Clone, Default)]
pub struct Mapped {
    /// The domain, or what was typed in its place; never with what stands before an `@`.
    pub domain: String,
    pub options: RawOptions,
    /// Why it names no company, and what to do.
    pub refused: Option<String>,
}

impl Mapping {
    /// Fields by the names that their form has for them: key, ref, label or title.
    pub fn new(named: BTreeMap<Field, Vec<String>>) -> Self {
        let fold = |names: Vec<String>| names.iter().map(|name| folded(name)).collect();
        Self(
            named
                .into_iter()
                .map(|(f, names)| (f, fold(names)))
                .collect(),
        )
    }

    /// Reads a submission; `defaults` count where it says nothing.
    pub fn read(&self, submission: &Submission, defaults: &RawOptions) -> Mapped {
        let answers = &submission.answers;
        let option = |field| {
            let value = self.find(field, answers).map(|a| plain(&a.value));
            value.filter(|value| !value.is_empty())
        };
        let roles = option(Field::BuyerRoles).map(|roles| vec![roles]);
        let options = RawOptions {
            icp: option(Field::Icp).or_else(|| defaults.icp.clone()),
            buyer_roles: roles.unwrap_or_else(|| defaults.buyer_roles.clone()),
            max_contacts: option(Field::MaxContacts).or_else(|| defaults.max_contacts.clone()),
            drafts: option(Field::Drafts).or_else(|| defaults.drafts.clone()),
            freshness_days: option(Field::FreshnessDays)
                .or_else(|| defaults.freshness_days.clone()),
        };
        Mapped {
            options,
            ..self.company(answers)
        }
    }

    /// A domain that somebody typed counts more than the host of an address.
    fn company(&self, answers: &[Answer]) -> Mapped {
        let typed = |field| self.find(field, answers).map(|answer| answer.value.trim());
        let domain = typed(Field::Domain);
        let mut address = [domain, typed(Field::Email)].into_iter().flatten();
        let address = address.rfind(|text| text.contains('@'));
        match (domain, address) {
            (Some(domain), _) if domain.contains('@') => of_address(domain),
            // "none" and "n/a" are no domains.
            (Some(domain), Some(address)) if !domain.contains('.') => of_address(address),
            (Some(domain), _) => of_domain(domain),
            (None, Some(address)) => of_address(address),
            (None, None) => Mapped {
                refused: Some(Self::nothing_found(answers)),
                ..Mapped::default()
            },
        }
    }

    /// The answer for a field that is not blank; by the names that were set, else by guess.
    fn find<'a>(&self, field: Field, answers: &'a [Answer]) -> Option<&'a Answer> {
        let filled: Vec<(&Answer, Vec<String>)> = answers
            .iter()
            .filter(|answer| !answer.value.trim().is_empty())
            .map(|answer| (answer, answer.names.iter().map(|n| folded(n)).collect()))
            .collect();
        let named = |wanted: &str| {
            let has = |(_, names): &&(&Answer, Vec<String>)| names.iter().any(|n| n == wanted);
            filled.iter().find(has).map(|(answer, _)| *answer)
        };
        if let Some(wanted) = self.0.get(&field) {
            return wanted.iter().find_map(|name| named(name));
        }
        let by_word = || {
            let says = |name: &String| field.words().iter().any(|word| name.contains(word));
            let found = filled.iter().find(|(_, names)| names.iter().any(says));
            found.map(|(answer, _)| *answer)
        };
        let by_kind = || {
            let same = |(answer, _): &&(&Answer, _)| field.hint() == answer.hint;
            let kind = field.hint().is_some();
            let found = filled.iter().find(same).filter(|_| kind);
            found.map(|(answer, _)| *answer)
        };
        let by_name = field.aliases().iter().find_map(|name| named(name));
        by_name.or_else(by_word).or_else(by_kind)
    }

    /// Whether a submission has anything that could name a company.
    pub fn concerns(&self, submission: &Submission) -> bool {
        [Field::Domain, Field::Email]
            .iter()
            .any(|field| self.find(*field, &submission.answers).is_some())
    }

    fn nothing_found(answers: &[Answer]) -> String {
        let titles: Vec<String> = answers
            .iter()
            .map(title)
            .filter(|t| t != "\u{201c}\u{201d}")
            .collect();
        let mut shown = titles.iter().take(MOST_TITLES).cloned().collect::<Vec<_>>();
        if titles.len() > MOST_TITLES {
            shown.push("\u{2026}".to_owned());
        }
        let came = match shown.is_empty() {
            true => "no field came".to_owned(),
            false => format!("these fields came: {}", shown.join(", ")),
        };
        format!(
            "no answer names a company: {came}. Which of them is the company\u{2019}s website can be \
             said in this form\u{2019}s [[forms]] in warmsheet.toml: fields = {{ domain = \"\u{2026}\" }}"
        )
    }
}

const MOST_TITLES: usize = 12;
const LONGEST_TITLE: usize = 60;
/// What is kept of a text that should be a domain.
const LONGEST_DOMAIN: usize = 300;

fn title(answer: &Answer) -> String {
    let title: String = plain(answer.title()).chars().take(LONGEST_TITLE).collect();
    format!("\u{201c}{}\u{201d}", printable(&title))
}

/// A text without the e-mail address that may be in it.
fn plain(text: &str) -> String {
    let text = text.trim();
    if text.contains('@') {
        "(an e-mail address)".to_owned()
    } else {
        text.to_owned()
    }
}

/// Nobody is there to mend what a form's visitor typed: of a page's address the host is meant.
fn of_domain(typed: &str) -> Mapped {
    let domain = match CompanyDomain::parse(typed) {
        Err(DomainError::Path {
            suggestion: Some(meant),
        }) => meant,
        _ => typed.chars().take(LONGEST_DOMAIN).collect(),
    };
    Mapped {
        domain,
        ..Mapped::default()
    }
}

/// What stands before the `@` is a person's and goes no further.
fn of_address(typed: &str) -> Mapped {
    let after = typed.rsplit('@').next().unwrap_or_default();
    let in_host = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let host: String = after.trim().chars().take_while(in_host).collect();
    let host = host.trim_end_matches('.');
    let Ok(domain) = CompanyDomain::parse(host) else {
        return Mapped {
            domain: host.chars().take(LONGEST_DOMAIN).collect(),
            refused: Some(
                "the e-mail address has no usable domain; ask for the company\u{2019}s website in \
                 the form"
                    .to_owned(),
            ),
            ..Mapped::default()
        };
    };
    let host = domain.as_str();
    let refused = is_free_mail(host).then(|| {
        format!(
            "{host} gives e-mail addresses to anybody, so it does not name a company; ask for a \
             work e-mail address or the company\u{2019}s website in the form"
        )
    });
    // People's mail is at mail.acme.com, the company at acme.com.
    let company = psl::domain_str(host).unwrap_or(host);
    Mapped {
        domain: company.to_owned(),
        refused,
        ..Mapped::default()
    }
}
