//! Values of a result made printable, whatever they are: plain text, links that a person can
//! see through, and nested lists for what has no place of its own.

use std::borrow::Cow;

use askama::Template;
use askama::filters::HtmlSafe;
use serde_json::Value;
use url::Url;

use super::words;
use crate::http::pages::view::web_link;

/// Bytes of text and values of a result that a page shows at most, headings aside; a browser
/// struggles with more, pages are kept for all who look at them, and the raw JSON and the
/// downloads have all of it.
const MOST_TEXT: usize = 256 * 1024;
const MOST_VALUES: usize = 2_000;
/// Entries of lists within the entries of lists.
const MOST_ENTRIES_WITHIN: usize = 400;
/// Lists within lists deeper than this are left to the raw JSON.
pub const DEEPEST: usize = 6;
/// Longer texts are folded, characters.
const LONGEST_OPEN: usize = 2_000;
/// What is seen of a folded text, characters.
const BEGINNING: usize = 200;
/// What is seen of a link behind its host, characters; it leads where it leads all the same.
const LONGEST_PATH: usize = 80;

/// What is left of the room for one result.
pub struct Room {
    /// Bytes of text.
    text: usize,
    values: usize,
    /// Of lists within the entries of lists.
    pub(super) entries: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            text: MOST_TEXT,
            values: MOST_VALUES,
            entries: MOST_ENTRIES_WITHIN,
        }
    }
}

/// One text of a result.
#[derive(Template)]
#[template(path = "lead/text.html")]
pub struct Text {
    pub text: String,
    pub link: Option<Link>,
    /// Of a text that is folded: how it begins and how long it is.
    pub folded: Option<(String, usize)>,
    /// There was no room for the rest.
    pub cut: bool,
}

/// An address that a browser may follow, in two parts so that a person sees where it leads.
pub struct Link {
    pub href: String,
    pub host: String,
    path: String,
}

/// A value of any kind.
#[derive(Template)]
#[template(path = "lead/shown.html")]
pub enum Shown {
    Text(Text),
    Fields(Vec<Field>),
    Items(Vec<Shown>),
    /// There is more than is shown.
    More,
}

/// A name with its value.
pub struct Field {
    pub name: String,
    pub value: Shown,
}

/// Names and values that have no place of their own, as a small table.
#[derive(Default, Template)]
#[template(path = "lead/others.html")]
pub struct Others(pub Vec<Field>);

// Each is a template of its own, so its text is escaped already.
impl HtmlSafe for Text {}
impl HtmlSafe for Shown {}
impl HtmlSafe for Others {}

impl Room {
    pub fn text(&mut self, text: &str) -> Text {
        let length = text.chars().count();
        let cut = text.len() > self.text;
        let kept = text[..text.floor_char_boundary(self.text)].to_owned();
        self.text = self.text.saturating_sub(text.len());
        let folded = (length > LONGEST_OPEN && !kept.is_empty())
            .then(|| (kept.chars().take(BEGINNING).collect(), length));
        Text {
            link: if cut { None } else { Link::of(text) },
            text: kept,
            folded,
            cut,
        }
    }

    fn is_full(&self) -> bool {
        self.values == 0 || self.text == 0
    }

    /// Any value; `None` for one that says nothing.
    fn show_at(&mut self, value: &Value, depth: usize) -> Option<Shown> {
        if is_blank(value) {
            return None;
        }
        if self.is_full() || (depth >= DEEPEST && !is_scalar(value)) {
            return Some(Shown::More);
        }
        self.values -= 1;
        match value {
            Value::Array(items) => {
                let mut shown = Vec::new();
                for item in items {
                    let full = self.is_full();
                    shown.extend(self.show_at(item, depth + 1));
                    if full {
                        break;
                    }
                }
                Some(Shown::Items(shown))
            }
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.as_str(), value));
                Some(Shown::Fields(self.fields(fields, depth + 1)))
            }
            scalar => Some(Shown::Text(self.text(&scalar_text(scalar)?))),
        }
    }

    /// Names and values; those that say nothing are left out.
    pub fn others<'a>(&mut self, fields: impl Iterator<Item = (&'a str, &'a Value)>) -> Others {
        Others(self.fields(fields, 0))
    }

    fn fields<'a>(
        &mut self,
        fields: impl Iterator<Item = (&'a str, &'a Value)>,
        depth: usize,
    ) -> Vec<Field> {
        let mut shown = Vec::new();
        for (name, value) in fields {
            let full = self.is_full();
            if let Some(value) = self.show_at(value, depth) {
                let name = words::label(name);
                self.text = self.text.saturating_sub(name.len());
                shown.push(Field { name, value });
                if full {
                    break;
                }
            }
        }
        shown
    }
}

impl Link {
    fn of(text: &str) -> Option<Self> {
        let href = web_link(text)?;
        let url = Url::parse(&href).ok()?;
        let host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str()?),
            None => url.host_str()?.to_owned(),
        };
        // Without user name and password: they are how one host is made to look like another.
        let whole = &url[url::Position::BeforePath..];
        let mut path: String = whole.chars().take(LONGEST_PATH).collect();
        if path.len() < whole.len() {
            path.push('\u{2026}');
        }
        if path == "/" {
            path.clear();
        }
        Some(Self { href, host, path })
    }
}

impl Others {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Text, number or truth value as a person reads it; `None` for everything else.
pub fn scalar_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(true) => Some("yes".into()),
        Value::Bool(false) => Some("no".into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// Whether there is nothing to show: null, blank texts, and lists of nothing else.
pub fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(fields) => fields.values().all(is_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn html(value: &Value) -> String {
        let shown = Room::default()
            .show_at(value, 0)
            .expect("something to show");
        shown.render().expect("HTML")
    }

    #[test]
    fn a_link_tells_its_true_host_and_nothing_but_the_web_is_a_link() {
        let link = Link::of("https://good.com:pass@evil.com:8443/a?b=1").expect("a link");
        assert_eq!(
            (link.host.as_str(), link.path.as_str()),
            ("evil.com:8443", "/a?b=1")
        );
        let plain = Link::of("https://acme.com").expect("a link");
        assert_eq!((plain.host.as_str(), plain.path.as_str()), ("acme.com", ""));
        for text in [
            "javascript:alert(1)",
            "javascript://acme.com/%0Aalert(1)",
            "ftp://acme.com/",
            "data:text/html,x",
            "mailto:a@b.com",
            "acme.com",
        ] {
            assert!(!html(&json!(text)).contains("href"), "{text}");
        }
    }

    #[test]
    fn a_long_text_is_folded_and_all_there() {
        let text = format!("{}end", "a ".repeat(20_000));
        let html = html(&json!(text));
        assert!(
            html.contains("<details") && html.contains(&text),
            "{}",
            &html[..300]
        );
        assert!(!super::tests::html(&json!("short")).contains("<details"));
    }

    #[test]
    fn what_is_too_deep_or_too_much_says_so_and_ends() {
        let mut deep = json!("bottom");
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert!(html(&deep).contains("raw JSON"));
        let wide = json!(vec![1; 100_000]);
        let html = html(&wide);
        assert!(
            html.contains("raw JSON") && html.len() < 200_000,
            "{}",
            html.len()
        );
    }

    #[test]
    fn texts_beyond_all_room_are_cut_and_say_so() {
        let mut room = Room::default();
        let first = room.text(&"\u{e4}".repeat(MOST_TEXT));
        assert!(first.cut && first.text.len() == MOST_TEXT);
        let second = room.text("more").render().expect("HTML");
        assert!(
            second.contains("raw JSON") && !second.contains("more<"),
            "{second}"
        );
    }

    #[test]
    fn values_that_say_nothing_are_left_out() {
        let value = json!({"a": null, "b": [null, " "], "c": {"d": ""}, "e": 0, "f": false});
        let html = html(&value);
        assert!(!html.contains(">A<") && !html.contains(">C<"), "{html}");
        assert!(html.contains(">E<") && html.contains(">F<"), "{html}");
        assert!(Room::default().show_at(&json!([[[]], {}]), 0).is_none());
    }
}
