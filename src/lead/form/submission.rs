/// What a provider's own type of a field says about its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    Website,
    Email,
}

/// One field of a form and what somebody put into it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Key, ref, label and title, as far as the provider tells them; the one for people last.
    pub names: Vec<String>,
    /// Several choices are separated by `; `. May be blank.
    pub value: String,
    pub hint: Option<Hint>,
}

impl Answer {
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            names: vec![name.into()],
            value: value.into(),
            hint: None,
        }
    }

    /// What people call the field.
    pub fn title(&self) -> &str {
        let named = |name: &&String| !name.trim().is_empty();
        self.names.iter().rfind(named).map_or("", String::as_str)
    }
}

/// One person's answers.
#[derive(Debug, Clone, Default)]
pub struct Submission {
    /// The provider's own name for it: the same when it is sent again.
    pub id: Option<String>,
    pub answers: Vec<Answer>,
}
