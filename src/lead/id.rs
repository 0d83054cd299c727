//! Names for leads and batches: short enough to read out, random enough that two
//! installations that share a Citedy account never make the same one.

use serde::{Deserialize, Serialize};

/// Crockford's base 32: no I, L, O or U, so nothing is misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = 12;
/// Whether a byte is in the alphabet.
const IS_DIGIT: [bool; 256] = {
    let mut is_digit = [false; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        is_digit[ALPHABET[value] as usize] = true;
        value += 1;
    }
    is_digit
};

fn random_text(prefix: char) -> String {
    let mut bits: u64 = rand::random();
    let mut text = String::with_capacity(CHARACTERS + 1);
    text.push(prefix);
    for _ in 0..CHARACTERS {
        text.push(char::from(ALPHABET[(bits & 31) as usize]));
        bits >>= 5;
    }
    text
}

fn is_well_formed(prefix: char, text: &str) -> bool {
    text.len() == CHARACTERS + 1
        && text.starts_with(prefix)
        && text.bytes().skip(1).all(|byte| IS_DIGIT[usize::from(byte)])
}

macro_rules! random_id {
    ($name:ident, $prefix:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(
            Debug,
            Clone,
            PartialEq,
            Eq,
            Hash,
            PartialOrd,
            Ord,
            Serialize,
            Deserialize,
            utoipa::ToSchema,
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// A new one with 60 random bits.
            pub fn random() -> Self {
                Self(random_text($prefix))
            }

            /// Whether a text has the form of one.
            pub fn fits(text: &str) -> bool {
                is_well_formed($prefix, text)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                if Self::fits(&text) {
                    Ok(Self(text))
                } else {
                    Err(format!(
                        "\u{201c}{text}\u{201d} is not a {} like {}",
                        $doc,
                        Self::random()
                    ))
                }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

random_id!(LeadId, 'L', "lead id");
random_id!(BatchId, 'B', "batch id");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_way_through_text() {
        let id = LeadId::random();
        assert_eq!(LeadId::try_from(id.to_string()), Ok(id));
    }

    #[test]
    fn other_texts_are_no_ids() {
        for wrong in [
            "",
            "L",
            "L0123",
            "B0123456789AB",
            "L0123456789AI",
            "L0123456789ABC",
        ] {
            assert!(LeadId::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ten_thousand_ids_are_all_different() {
        let ids: std::collections::HashSet<_> = (0..10_000).map(|_| LeadId::random()).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
