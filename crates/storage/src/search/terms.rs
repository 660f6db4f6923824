//! Texts as terms: folded, split and brought to their stems here, the same way for both databases, so that both find the
//! same. Nothing that is typed reaches a query language but letters and digits.

use std::borrow::Cow;

use snowball_stemmers_rs::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut.
const WORD: usize = 40;

/// The shortest and the longest stem that is looked for with a typing mistake in it.
const MISTYPED: std::ops::RangeInclusive<usize> = 4..=24;

/// Words that say nothing about what an idea is about. Folded, as they come out of [`split`].
const COMMON: &[&str] = &[
    "a",
    "about",
    "after",
    "again",
    "all",
    "also",
    "always",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "because",
    "been",
    "before",
    "being",
    "but",
    "by",
    "can",
    "cannot",
    "could",
    "did",
    "do",
    "does",
    "dont",
    "each",
    "every",
    "for",
    "from",
    "get",
    "gets",
    "getting",
    "give",
    "go",
    "goes",
    "going",
    "got",
    "had",
    "has",
    "have",
    "having",
    "he",
    "her",
    "here",
    "him",
    "his",
    "how",
    "i",
    "id",
    "idea",
    "if",
    "im",
    "in",
    "instead",
    "into",
    "is",
    "it",
    "its",
    "just",
    "let",
    "lets",
    "like",
    "made",
    "make",
    "makes",
    "may",
    "me",
    "more",
    "most",
    "much",
    "must",
    "my",
    "need",
    "needs",
    "no",
    "not",
    "of",
    "off",
    "on",
    "one",
    "only",
    "or",
    "our",
    "out",
    "over",
    "own",
    "please",
    "put",
    "same",
    "shall",
    "she",
    "should",
    "so",
    "some",
    "somebody",
    "someone",
    "something",
    "still",
    "such",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "to",
    "too",
    "up",
    "us",
    "use",
    "used",
    "very",
    "want",
    "was",
    "way",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "who",
    "why",
    "will",
    "with",
    "would",
    "you",
    "your",
];

/// Everyday words whose forms no rule of endings brings together.
const IRREGULAR: &[(&str, &str)] = &[
    ("began", "begin"),
    ("begun", "begin"),
    ("bought", "buy"),
    ("broke", "break"),
    ("broken", "break"),
    ("brought", "bring"),
    ("built", "build"),
    ("calves", "calf"),
    ("came", "come"),
    ("caught", "catch"),
    ("children", "child"),
    ("chose", "choose"),
    ("chosen", "choose"),
    ("drawn", "draw"),
    ("driven", "drive"),
    ("drove", "drive"),
    ("fallen", "fall"),
    ("feet", "foot"),
    ("fell", "fall"),
    ("felt", "feel"),
    ("forgot", "forget"),
    ("forgotten", "forget"),
    ("found", "find"),
    ("froze", "freeze"),
    ("frozen", "freeze"),
    ("geese", "goose"),
    ("given", "give"),
    ("gone", "go"),
    ("halves", "half"),
    ("heard", "hear"),
    ("held", "hold"),
    ("hidden", "hide"),
    ("hooves", "hoof"),
    ("hung", "hang"),
    ("kept", "keep"),
    ("knives", "knife"),
    ("known", "know"),
    ("led", "lead"),
    ("loaves", "loaf"),
    ("lost", "lose"),
    ("meant", "mean"),
    ("men", "man"),
    ("mice", "mouse"),
    ("paid", "pay"),
    ("people", "person"),
    ("ran", "run"),
    ("risen", "rise"),
    ("said", "say"),
    ("scarves", "scarf"),
    ("seen", "see"),
    ("selves", "self"),
    ("sent", "send"),
    ("shaken", "shake"),
    ("shelves", "shelf"),
    ("slept", "sleep"),
    ("sold", "sell"),
    ("spent", "spend"),
    ("spoke", "speak"),
    ("spoken", "speak"),
    ("stolen", "steal"),
    ("stood", "stand"),
    ("stuck", "stick"),
    ("swept", "sweep"),
    ("taken", "take"),
    ("taught", "teach"),
    ("teeth", "tooth"),
    ("thieves", "thief"),
    ("thought", "think"),
    ("thrown", "throw"),
    ("told", "tell"),
    ("took", "take"),
    ("went", "go"),
    ("wives", "wife"),
    ("wolves", "wolf"),
    ("women", "woman"),
    ("worn", "wear"),
    ("written", "write"),
    ("wrote", "write"),
];

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Lower case, without accents and apostrophes, letters and digits only.
    pub(crate) word: String,
    /// What it has in common with its other forms.
    pub(crate) stem: String,
}

impl Word {
    /// Does it say anything about what the text is about?
    pub(crate) fn tells(&self) -> bool {
        COMMON.binary_search(&self.word.as_str()).is_err()
    }
}

/// The words of a text, in their order.
pub(crate) fn read(text: &str) -> Vec<Word> {
    let english = Stemmer::create(Algorithm::English);
    split(text, false).map(|word| Word { stem: stem(&english, &word), word }).collect()
}

/// What a text is found by: each word that tells something, and its stem; each once, at most so many.
pub(crate) fn indexed<'t>(texts: impl IntoIterator<Item = &'t str>, most: usize) -> Vec<String> {
    let english = Stemmer::create(Algorithm::English);
    let mut terms: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for word in texts.into_iter().flat_map(|text| split(text, true)) {
        if terms.len() >= most {
            break;
        }
        if COMMON.binary_search(&word.as_str()).is_ok() {
            continue;
        }
        let stem = stem(&english, &word);
        for term in [stem, word] {
            if seen.insert(term.clone()) {
                terms.push(term);
            }
        }
    }
    terms
}

/// The stems of texts, in order, each once.
pub(crate) fn stems<'t>(texts: impl IntoIterator<Item = &'t str>, most: usize) -> Vec<String> {
    let english = Stemmer::create(Algorithm::English);
    let words = texts.into_iter().flat_map(|text| split(text, true)).take(most);
    let telling = words.filter(|w| COMMON.binary_search(&w.as_str()).is_err());
    let mut stems: Vec<String> = telling.map(|w| stem(&english, &w)).collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// The stem of a single word.
pub(crate) fn stem_of(word: &str) -> String {
    stem(&Stemmer::create(Algorithm::English), word)
}

/// Can it be looked for with a typing mistake in it?
pub(crate) fn can_be_mistyped(stem: &str) -> bool {
    is_of_letters(stem, *MISTYPED.start())
}

/// Is it a word of letters that is neither shorter than this nor too long to be typed by hand?
pub(crate) fn is_of_letters(stem: &str, shortest: usize) -> bool {
    let length = stem.chars().count();
    (shortest..=*MISTYPED.end()).contains(&length)
        && stem.chars().all(|c| c.is_alphabetic() && !is_unspaced(c))
}

/// The term without each of its letters in turn: two terms that differ by one letter too much, too little, wrong, or two
/// that changed places, have one of these in common (or one is the other's).
pub(crate) fn shortened(term: &str) -> Vec<String> {
    let letters: Vec<char> = term.chars().collect();
    let without = |at: usize| letters.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, c)| *c).collect();
    let mut all: Vec<String> = (0..letters.len()).map(without).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn stem(english: &Stemmer, word: &str) -> String {
    if !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let word = match IRREGULAR.binary_search_by_key(&word, |(form, _)| form) {
        Ok(at) => IRREGULAR[at].1,
        Err(_) => word,
    };
    match english.stem(word) {
        Cow::Borrowed(stem) => stem.to_owned(),
        Cow::Owned(stem) => stem,
    }
}

/// A text as words. Scripts that put no space between words come as pairs of neighbours, `alone` also the last one, so that
/// every single one begins a term.
fn split(text: &str, alone: bool) -> impl Iterator<Item = String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut run: Vec<char> = Vec::new();
    let folded = text.nfkd().filter(|c| !is_combining_mark(*c) && !is_joint(*c)).flat_map(char::to_lowercase);
    for c in folded.flat_map(plain).chain([' ']) {
        let unspaced = is_unspaced(c);
        if !run.is_empty() && !unspaced {
            words.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
            if alone || run.len() == 1 {
                words.extend(run.last().map(char::to_string));
            }
            run.clear();
        }
        if !word.is_empty() && (unspaced || !c.is_alphanumeric()) {
            words.push(word.chars().take(WORD).collect());
            word.clear();
        }
        if unspaced {
            run.push(c);
        } else if c.is_alphanumeric() {
            word.push(c);
        }
    }
    words.into_iter()
}

/// Letters that are written otherwise where a keyboard lacks them, and that Unicode does not take apart.
fn plain(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'ø' => ('o', None),
        'ł' => ('l', None),
        'đ' => ('d', None),
        'ı' => ('i', None),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

/// What stands inside a word without being one of its letters: `don't`, soft hyphens.
const fn is_joint(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{02BC}' | '\u{00AD}')
}

/// Chinese, Japanese, Thai, Lao, Khmer and Burmese put no space between words.
fn is_unspaced(c: char) -> bool {
    c.is_alphanumeric()
        && matches!(c,
            '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
            | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        split(text, false).collect()
    }

    fn stems(text: &str) -> Vec<String> {
        read(text).into_iter().map(|w| w.stem).collect()
    }

    #[test]
    fn expect_tables_in_order() {
        assert!(COMMON.is_sorted() && IRREGULAR.is_sorted());
    }

    #[test]
    fn expect_words_without_case_accents_and_signs() {
        let folded = words("Größe: «Écrou» №5 — \"OR\" (ＡＢＣ) 🧹* NEAR/3 don't nurses’");
        assert_eq!(folded, ["grosse", "ecrou", "no5", "or", "abc", "near", "3", "dont", "nurses"]);
        assert!(words("🧹 ' \" \u{0} -- *").is_empty());
    }

    #[test]
    fn expect_forms_of_one_word_to_meet() {
        for (one, other) in [
            ("shelves", "shelf"),
            ("trolleys", "Trolley"),
            ("batteries", "battery"),
            ("broken", "break"),
            ("cancelled", "cancels"),
            ("children", "child"),
            ("dispensers", "dispensing"),
        ] {
            assert_eq!(stems(one), stems(other), "{one}, {other}");
        }
        assert_ne!(stems("ward"), stems("wards3"));
    }

    #[test]
    fn expect_scripts_without_spaces_in_pairs() {
        assert_eq!(words("ward 手消毒液 3"), ["ward", "手消", "消毒", "毒液", "3"]);
        assert_eq!(indexed(["手消毒液"], 9), ["手消", "消毒", "毒液", "液"]);
        assert_eq!(words("手"), ["手"]);
        assert_eq!(words("نظافة اليدين"), ["نظافة", "اليدين"]);
    }

    #[test]
    fn expect_one_mistake_to_share_a_shortened_form() {
        for mistyped in ["dispensr", "dispennser", "dispencer", "dispesner"] {
            let right = shortened("dispenser");
            let wrong = shortened(mistyped);
            let meet = right.iter().any(|r| wrong.contains(r) || r == mistyped)
                || wrong.iter().any(|w| w == "dispenser");
            assert!(meet, "{mistyped}");
        }
    }
}
