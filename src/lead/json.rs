//! JSON from outside, read as far as it makes sense.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Reads JSON in which half a character (a lone `\ud83d`, as a text that was cut through an emoji
/// ends) or bytes that are no UTF-8 stand for U+FFFD: a whole report must not be lost over them.
pub fn read(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(bytes).or_else(|error| {
        let text = String::from_utf8_lossy(bytes);
        match without_halves(&text) {
            Cow::Borrowed(same) if same.len() == bytes.len() => Err(error),
            mended => serde_json::from_str(&mended),
        }
    })
}

/// Shows every text of a JSON value, keys included, and keeps none: what stands twice in an object
/// is shown twice. Halves of characters are read as [`read`] reads them. After an error some texts
/// were shown, perhaps more than once.
pub fn each_text(json: &str, mut show: impl FnMut(&str)) -> Result<(), serde_json::Error> {
    each_text_of(json, &mut show).or_else(|error| match without_halves(json) {
        Cow::Borrowed(_) => Err(error),
        Cow::Owned(mended) => each_text_of(&mended, &mut show),
    })
}

fn each_text_of(json: &str, show: &mut dyn FnMut(&str)) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(json);
    Texts(show).deserialize(&mut json)?;
    json.end()
}

/// Takes any value, and shows the texts in it.
struct Texts<'s>(&'s mut dyn FnMut(&str));

impl<'de> DeserializeSeed<'de> for Texts<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        (self.0)(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Texts(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_key_seed(Texts(self.0))?.is_some() {
            entries.next_value_seed(Texts(self.0))?;
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// The text with `\ufffd` in the place of escapes that are half of a character. A backslash in
/// JSON always begins an escape.
fn without_halves(text: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let (taken, half) = match unit(escape) {
            Some(0xd800..0xdc00) => match escape.get(6..).and_then(unit) {
                Some(0xdc00..0xe000) => (12, false),
                _ => (6, true),
            },
            Some(0xdc00..0xe000) => (6, true),
            Some(_) => (6, false),
            None => (
                1 + escape[1..].chars().next().map_or(0, char::len_utf8),
                false,
            ),
        };
        mended.push_str(if half { "\\ufffd" } else { &escape[..taken] });
        changed |= half;
        rest = &escape[taken..];
    }
    if !changed {
        return text.into();
    }
    mended.push_str(rest);
    mended.into()
}

/// The UTF-16 unit of an escape, `\u` and four hexadecimal digits, that a text begins with.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_character_becomes_a_replacement_character_and_all_else_stays() {
        for (written, meant) in [
            (r#""cut \ud83d""#, "cut \u{fffd}"),
            (r#""\ude00 cut""#, "\u{fffd} cut"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\\ud83d \ud83dx""#, "\\ud83d \u{fffd}x"),
            (r#""\u0000""#, "\0"),
        ] {
            let value = read(written.as_bytes()).expect("JSON");
            assert_eq!(value, meant, "{written}");
        }
        assert_eq!(read(b"\"\xff\"").expect("JSON"), "\u{fffd}");
    }

    #[test]
    fn nonsense_stays_nonsense() {
        for nonsense in [&b"{"[..], b"", br#""\ud83d"#, br#""\"#, b"\xff"] {
            assert!(read(nonsense).is_err(), "{nonsense:?}");
        }
    }
}
