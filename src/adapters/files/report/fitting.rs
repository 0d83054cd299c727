//! Texts as a cell of a spreadsheet takes them.

use std::borrow::Cow;

/// UTF-16 units a cell.
const LONGEST_TEXT: usize = 32_767;
/// Stands where a text was cut.
const CUT: &str = " … [cut]";

/// A text within the limits of a cell: without control characters, with plain line ends, cut
/// with a visible mark.
pub fn fitting(text: &str) -> Cow<'_, str> {
    let clean = if may_hold_forbidden(text) && text.contains(is_forbidden) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        Cow::Owned(text.replace(is_forbidden, ""))
    } else {
        Cow::Borrowed(text)
    };
    // Bytes are never fewer than UTF-16 units, so most texts need no count.
    if clean.len() <= LONGEST_TEXT || clean.encode_utf16().count() <= LONGEST_TEXT {
        return clean;
    }
    let room = LONGEST_TEXT - CUT.encode_utf16().count();
    let mut units = 0;
    let kept = clean
        .char_indices()
        .find(|(_, c)| {
            units += c.len_utf16();
            units > room
        })
        .map_or(clean.len(), |(at, _)| at);
    Cow::Owned(format!("{}{CUT}", &clean[..kept]))
}

/// Whether a control character or the first byte of U+FFFE and U+FFFF stands anywhere. Looks at
/// every byte without stopping: that way it is done many bytes at a time.
fn may_hold_forbidden(text: &str) -> bool {
    text.bytes()
        .fold(false, |found, byte| found | (byte < 0x20) | (byte == 0xef))
}

fn is_forbidden(c: char) -> bool {
    (c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\u{7f}'))
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}
