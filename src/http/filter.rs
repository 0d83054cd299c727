//! The filters that lists and exports share.

use chrono::NaiveDate;
use serde::Deserialize;
use url::form_urlencoded;

use super::problem::Problem;
use crate::flow::ports::{LeadFilter, Source};
use crate::lead::{BatchId, LeadId, Status};

/// As it stands in the address: `?status=&source=&batch=&from=&to=&q=`; blank is not given.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FilterQuery {
    /// A state, `completed`.
    pub status: String,
    /// Where leads came from: `form`, `api`, `folder`, `run`, `sheet`.
    pub source: String,
    /// A batch id.
    pub batch: String,
    /// First day of acceptance, UTC, `2026-11-24`.
    pub from: String,
    /// Last day of acceptance, UTC.
    pub to: String,
    /// A part of the domain or of what was typed, or a lead id.
    pub q: String,
}

impl FilterQuery {
    pub fn parse(&self) -> Result<LeadFilter, Problem> {
        Ok(LeadFilter {
            status: named("status", &self.status, Status::parse)?,
            source: named("source", &self.source, Source::parse)?,
            source_name: None,
            batch: named("batch", &self.batch, |text| {
                BatchId::try_from(text.to_owned()).ok()
            })?,
            from: named("from", &self.from, day)?,
            to: named("to", &self.to, day)?,
            q: Some(self.q.clone()).filter(|q| !q.trim().is_empty()),
            not_of: None,
            seqs: None,
        })
    }

    /// This filter as the query part of an address, with other values for some of its names.
    pub fn link(&self, changes: &[(&str, &str)]) -> String {
        let mut pairs = [
            ("status", self.status.as_str()),
            ("source", &self.source),
            ("batch", &self.batch),
            ("from", &self.from),
            ("to", &self.to),
            ("q", &self.q),
            ("before", ""),
        ];
        for (name, value) in &mut pairs {
            if let Some((_, changed)) = changes.iter().find(|(changed, _)| changed == name) {
                *value = changed;
            }
        }
        query(&pairs)
    }
}

/// The query part of an address, `?status=held&q=acme`, or nothing.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() {
        query
    } else {
        format!("?{query}")
    }
}

/// A day as `2026-11-24`.
pub fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

/// A part of an address as what it names; blank is not given.
pub fn named<T>(
    name: &str,
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    parse(text).map(Some).ok_or_else(|| {
        Problem::BadRequest(format!("\u{201c}{text}\u{201d} is not a possible {name}"))
    })
}

/// The lead id of a path; anything else is no lead.
pub fn lead_id(text: &str) -> Result<LeadId, Problem> {
    LeadId::try_from(text.to_owned()).map_err(|_| Problem::NotFound(format!("lead {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_the_filter_and_changes_one_part() {
        let filter = FilterQuery {
            status: "held".into(),
            q: "a&b".into(),
            ..FilterQuery::default()
        };
        assert_eq!(filter.link(&[]), "?status=held&q=a%26b");
        assert_eq!(filter.link(&[("status", "")]), "?q=a%26b");
        assert_eq!(
            filter.link(&[("before", "7")]),
            "?status=held&q=a%26b&before=7"
        );
        assert_eq!(FilterQuery::default().link(&[]), "");
    }
}
