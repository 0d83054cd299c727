/// A foreign text as one line: it must not move the cursor of the terminal that shows it.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
