//! International names in their own script, but never one that looks like another name.

use idna::AsciiDenyList;
use idna::uts46::{Hyphens, Uts46};

/// Letters of other scripts that look like Latin ones. A label made of nothing else could be
/// read as a Latin name.
const CYRILLIC_LOOKALIKES: &str = "\u{430}\u{435}\u{43e}\u{440}\u{441}\u{443}\u{445}\u{455}\u{456}\u{458}\u{4cf}\u{501}\u{51b}\u{51d}\u{4bb}\u{4bd}\u{44a}\u{44c}\u{43f}\u{433}\u{43c}\u{43a}\u{442}\u{43d}\u{432}\u{475}\u{461}";
const GREEK_LOOKALIKES: &str =
    "\u{3b1}\u{3b5}\u{3b7}\u{3b9}\u{3ba}\u{3bd}\u{3bf}\u{3c1}\u{3c4}\u{3c5}\u{3c7}\u{3c9}\u{3c3}";

/// The scripts whose names people read here. Anything else is shown in ASCII.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Devanagari,
    Thai,
    /// Chinese, Japanese and Korean mix theirs.
    EastAsian,
}

/// `ascii` with each international label in its own script where that is safe.
pub(super) fn readable(ascii: &str) -> String {
    let (text, outcome) = Uts46::new().to_user_interface(
        ascii.as_bytes(),
        AsciiDenyList::EMPTY,
        Hyphens::Allow,
        |label, _, _| is_safe(label),
    );
    match outcome {
        Ok(()) => text.into_owned(),
        Err(_) => ascii.to_owned(),
    }
}

fn is_safe(label: &[char]) -> bool {
    let mut of_label = None;
    for &character in label {
        if matches!(character, '0'..='9' | '-') {
            continue;
        }
        let Some(script) = script_of(character) else {
            return false;
        };
        if *of_label.get_or_insert(script) != script {
            return false;
        }
    }
    let only = |lookalikes: &str| {
        label
            .iter()
            .all(|&c| c.is_ascii() || lookalikes.contains(c))
    };
    match of_label {
        None => false,
        Some(Script::Cyrillic) => !only(CYRILLIC_LOOKALIKES),
        Some(Script::Greek) => !only(GREEK_LOOKALIKES),
        Some(_) => true,
    }
}

fn script_of(character: char) -> Option<Script> {
    Some(match character {
        // Without a dot, an i is a slip of the eye; the others only occur in phonetics.
        '\u{131}' | '\u{138}' | '\u{149}' | '\u{17f}' => return None,
        'a'..='z'
        | '\u{df}'..='\u{f6}'
        | '\u{f8}'..='\u{17e}'
        | '\u{218}'..='\u{21b}'
        | '\u{1e80}'..='\u{1ef9}' => Script::Latin,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
        '\u{430}'..='\u{45f}' | '\u{490}'..='\u{51d}' => Script::Cyrillic,
        '\u{5d0}'..='\u{5ea}' => Script::Hebrew,
        '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{6d3}' => Script::Arabic,
        '\u{900}'..='\u{97f}' => Script::Devanagari,
        '\u{e00}'..='\u{e7f}' => Script::Thai,
        '\u{3005}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fc}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' => Script::EastAsian,
        _ => return None,
    })
}
