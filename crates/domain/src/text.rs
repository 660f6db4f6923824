//! What a person typed. It can be erased at its owner's request; what happened stays.

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
}

/// Replaces every occurrence of `word` in `text`, comparing character by character in lower case, so that
/// byte offsets stay right where a character's case changes its length.
fn remove_ignoring_case(text: &str, word: &str) -> String {
    let needle: Vec<char> = word.trim().chars().flat_map(char::to_lowercase).collect();
    if needle.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    'next: while let Some(first) = rest.chars().next() {
        let mut wanted = needle.iter().copied();
        let mut end = 0;
        let mut pending = wanted.next();
        for c in rest.chars() {
            for lower in c.to_lowercase() {
                if pending != Some(lower) {
                    out.push(first);
                    rest = &rest[first.len_utf8()..];
                    continue 'next;
                }
                pending = wanted.next();
            }
            end += c.len_utf8();
            if pending.is_none() {
                out.push_str(REMOVED);
                rest = &rest[end..];
                continue 'next;
            }
        }
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    out
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
    fn expect_text_erased_when_nothing_is_left() {
        assert_eq!(redact("Leo Leo.", &["leo"]), Text::Erased);
        assert_eq!(redact("Leo", &[""]), Text::Written("Leo".into()));
    }
}
