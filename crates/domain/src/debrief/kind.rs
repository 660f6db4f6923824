//! Kinds of work are words that people use: "Home visit", "home visits" and "HOME VISIT" are one.

use serde::{Deserialize, Serialize};

use crate::rejection::{Field, Rejection};
use crate::suggestion::decide::written;

/// How many characters a kind may have: it is offered as a choice, and stands in a button's id no longer than folded.
pub const KIND: usize = 60;

/// A kind of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkKind {
    /// As it was typed first.
    pub name: String,
    /// What it is compared by.
    pub folded: String,
}

impl WorkKind {
    /// Reads a kind as typed.
    ///
    /// # Errors
    /// When nothing is in it that could be compared, or it is too long.
    pub fn read(typed: &str) -> Result<WorkKind, Rejection> {
        let line = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = written(Field::Kind, &line, KIND)?;
        let name = text.written().unwrap_or_default().to_owned();
        let folded = fold(&name);
        if folded.is_empty() { Err(Rejection::Empty(Field::Kind)) } else { Ok(WorkKind { name, folded }) }
    }
}

/// Words in lower case and in the singular, parted by single spaces; what is no letter or digit parts words.
pub fn fold(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.map(|w| singular(&w.to_lowercase())).collect::<Vec<_>>().join(" ")
}

/// The English singular, as far as its ending tells: what it gets wrong it gets wrong for both forms.
fn singular(word: &str) -> String {
    let long = word.chars().count() > 3;
    if let Some(stem) = word.strip_suffix("ies").filter(|_| word.chars().count() > 4) {
        return format!("{stem}y");
    }
    for ending in ["sses", "shes", "ches", "xes", "zes"] {
        if word.ends_with(ending) {
            return word.trim_end_matches("es").to_owned();
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if long && !["s", "u", "i"].iter().any(|e| stem.ends_with(e)) => stem.to_owned(),
        Some(_) | None => word.to_owned(),
    }
}
