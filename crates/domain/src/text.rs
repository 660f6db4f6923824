//! What a person typed. It can be erased at its owner's request; what happened stays.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What stands where a word was redacted.
pub const REMOVED: &str = "[removed]";

/// Text that a person typed, or the fact that it was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Text {
    /// As typed: trimmed, never empty.
    Written(String),
    /// Gone, for good.
    Erased,
}

impl Text {
    /// The text, where there still is one.
    pub fn written(&self) -> Option<&str> {
        match self {
            Text::Written(s) => Some(s),
            Text::Erased => None,
        }
    }

    /// The same text without the given words, wherever they occur, whatever their case. Where nothing but
    /// removed words would be left, the whole text is erased.
    #[must_use]
    pub fn without(&self, words: &[String]) -> Text {
        let Text::Written(original) = self else { return Text::Erased };
        let mut text = original.clone();
        for word in words {
            text = remove_ignoring_case(&text, word);
        }
        let left = text.replace(REMOVED, "");
        if left.chars().any(char::is_alphanumeric) || !original.chars().any(char::is_alphanumeric) {
            Text::Written(text)
        } else {
            Text::Erased
        }
    }

    /// Where the given words stand, as bytes of the text, whatever their case; for a note of what was taken out that does
    /// not hold it.
    pub fn places(&self, words: &[String]) -> Vec<Range<usize>> {
        let Text::Written(text) = self else { return Vec::new() };
        words.iter().flat_map(|word| occurrences(text, word)).collect()
    }
}

/// How many of the texts that something visits still stand.
pub(crate) fn still_written(visit: impl FnOnce(&dyn Fn(&Text) -> Text)) -> usize {
    let count = std::cell::Cell::new(0);
    visit(&|text| {
        count.set(count.get() + usize::from(text.written().is_some()));
        text.clone()
    });
    count.get()
}

/// Replaces every occurrence of `word` in `text`.
fn remove_ignoring_case(text: &str, word: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for found in occurrences(text, word) {
        out.push_str(&text[done..found.start]);
        out.push_str(REMOVED);
        done = found.end;
    }
    out.push_str(&text[done..]);
    out
}

/// Where `word` stands in `text`, comparing character by character in lower case, so that byte offsets stay right where a
/// character's case changes its length.
fn occurrences(text: &str, word: &str) -> Vec<Range<usize>> {
    let needle: Vec<char> = word.trim().chars().flat_map(char::to_lowercase).collect();
    let mut found = Vec::new();
    if needle.is_empty() {
        return found;
    }
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        match length_at(&text[start..], &needle) {
            Some(length) => {
                found.push(start..start + length);
                start += length;
            }
            None => start += first.len_utf8(),
        }
    }
    found
}

/// How many bytes of `text` spell `needle` from its beginning; none if it begins otherwise.
fn length_at(text: &str, needle: &[char]) -> Option<usize> {
    let mut wanted = needle.iter();
    let mut end = 0;
    for c in text.chars() {
        if wanted.as_slice().is_empty() {
            break;
        }
        if c.to_lowercase().any(|lower| wanted.next() != Some(&lower)) {
            return None;
        }
        end += c.len_utf8();
    }
    wanted.as_slice().is_empty().then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(text: &str, words: &[&str]) -> Text {
        Text::Written(text.into()).without(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn expect_words_gone_whatever_their_case() {
        assert_eq!(
            redact("Leo's file: LEO and İleo", &["leo"]),
            Text::Written("[removed]'s file: [removed] and İ[removed]".into())
        );
        assert_eq!(redact("Straße, STRASSE", &["straße"]), Text::Written("[removed], STRASSE".into()));
    }

    #[test]
    fn expect_places_to_give_the_words_back() {
        let text = Text::Written("Leo's file: LEO and İleo, Straße".into());
        let words = ["leo".to_owned(), "straße".to_owned(), "nobody".to_owned()];
        let found: Vec<&str> =
            text.places(&words).into_iter().map(|place| &text.written().unwrap()[place]).collect();
        assert_eq!(found, ["Leo", "LEO", "leo", "Straße"]);
        assert_eq!(Text::Erased.places(&words), []);
    }

    #[test]
    fn expect_text_erased_when_nothing_is_left() {
        assert_eq!(redact("Leo Leo.", &["leo"]), Text::Erased);
        assert_eq!(redact("Leo", &[""]), Text::Written("Leo".into()));
    }
}
