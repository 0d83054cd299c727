use std::borrow::Cow;

/// A text that no spreadsheet program takes for a formula: Excel runs one that begins so; with
/// an apostrophe in front it stays text.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let text = if text.contains('\0') {
        Cow::Owned(text.replace('\0', ""))
    } else {
        Cow::Borrowed(text)
    };
    // Some programs pass over blanks before they look for a formula.
    if text
        .trim_start_matches(' ')
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
    {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}
