//! Which of the candidates come first. Pure, so that both databases give the same order.
//!
//! A word weighs more the fewer items have it. A doc is what the index keeps of an item: its terms, those of the idea before
//! those of everything else.

use std::collections::{HashMap, HashSet};

use kaizen_domain::Number;
use sea_orm::DbBackend;

use super::terms::{self, Word};
use super::{Term, joined};

/// What counts of a match outside the idea itself.
const ELSEWHERE: f64 = 0.45;
/// What counts of a word that only begins like the one that is looked for.
const BEGINS: f64 = 0.85;
/// What counts of a word that is written together here and apart there.
const TOGETHER: f64 = 0.9;
/// What counts of one half of a word that is written apart there.
const HALF: f64 = 0.6;
/// What counts of a word with one mistake in it, and with two.
const MISTAKES: [f64; 2] = [0.8, 0.6];
/// Two mistakes are believed in words of this length.
const LONG: usize = 8;
/// A mistake in the first letter is believed in words of this length.
const SHORT: usize = 6;
/// What a word that nobody else uses weighs where it finds nothing: it may be a name, a figure, a detail.
const UNHEARD: f64 = 0.5;
/// Of the terms of a doc, those that are neither another form of a word that is there too.
const FORMS: f64 = 0.6;
/// How much the length of a doc counts against it.
const LENGTH: f64 = 0.35;
/// Less alike than this is not offered.
const ALIKE: f64 = 0.2;
/// Terms that are frequent are asked for in pairs, of so many of them.
const PAIRED: usize = 4;

/// A candidate, as the index keeps it: terms with a space between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Doc {
    pub(super) number: Number,
    pub(super) idea: String,
    pub(super) rest: String,
}

impl Doc {
    /// From PostgreSQL's words of a `tsvector`: `'door':3C 'key':1A`.
    pub(super) fn of_tsvector(number: Number, terms: &str) -> Doc {
        let (mut idea, mut rest) = (String::new(), String::new());
        for entry in terms.split(' ') {
            let Some((term, places)) = entry.rsplit_once(':') else { continue };
            let part = if places.ends_with('A') { &mut idea } else { &mut rest };
            if !part.is_empty() {
                part.push(' ');
            }
            part.push_str(term.trim_matches('\''));
        }
        Doc { number, idea, rest }
    }
}

/// A term that a word stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Meaning {
    pub(super) term: String,
    quality: f64,
    count: u32,
}

/// A word, and what it may stand for; itself first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Concept {
    pub(super) word: Word,
    pub(super) terms: Vec<Meaning>,
}

/// What is looked for.
#[derive(Debug)]
pub(super) struct Asked {
    concepts: Vec<Concept>,
    items: u32,
}

/// What words may stand for that are not known as they are.
#[derive(Debug, Default)]
pub(super) struct Guesses {
    /// What to look up.
    pub(super) keys: HashSet<String>,
    mistyped: Vec<(usize, String, HashSet<String>)>,
    together: Vec<(usize, String)>,
    apart: Vec<(usize, String, String)>,
}

/// A guess that turned out to be known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Meant {
    concept: usize,
    pub(super) term: String,
    quality: f64,
}

impl Asked {
    /// The telling words, each once, the first so many; all words where none tells anything.
    pub(super) fn new(words: &[Word], items: u32, most: usize) -> Asked {
        let mut concepts: Vec<Concept> = Vec::new();
        for word in words.iter().filter(|w| w.tells()) {
            if concepts.len() < most && concepts.iter().all(|c| c.word.stem != word.stem) {
                let itself = Meaning { term: word.stem.clone(), quality: 1.0, count: 0 };
                concepts.push(Concept { word: word.clone(), terms: vec![itself] });
            }
        }
        Asked { concepts, items }
    }

    pub(super) fn concepts(&self) -> impl Iterator<Item = &Concept> {
        self.concepts.iter()
    }

    /// Takes down how many items have each term.
    pub(super) fn weigh(&mut self, count: impl Fn(&str) -> u32) {
        for meaning in self.concepts.iter_mut().flat_map(|c| &mut c.terms) {
            meaning.count = count(&meaning.term);
        }
    }

    /// One more term that a word stands for.
    pub(super) fn add(&mut self, meant: &Meant, count: u32) {
        if let Some(concept) = self.concepts.get_mut(meant.concept)
            && concept.terms.iter().all(|t| t.term != meant.term)
        {
            concept.terms.push(Meaning { term: meant.term.clone(), quality: meant.quality, count });
        }
    }

    /// What the doubtful words may stand for: another word, mistyped; two words in one; and any two neighbours one word.
    pub(super) fn guesses(&self, doubtful: &[usize], words: &[Word]) -> Guesses {
        let mut guesses = Guesses::default();
        for &at in doubtful {
            let Word { word, stem } = &self.concepts[at].word;
            let mut keys: HashSet<String> = terms::shortened(stem).into_iter().collect();
            keys.insert(stem.clone());
            guesses.keys.extend(keys.iter().cloned());
            guesses.mistyped.push((at, stem.clone(), keys));
            let letters: Vec<char> = word.chars().collect();
            for cut in 3..letters.len().saturating_sub(2) {
                let part = |letters: &[char]| terms::stem_of(&letters.iter().collect::<String>());
                let (first, second) = (part(&letters[..cut]), part(&letters[cut..]));
                guesses.keys.extend([first.clone(), second.clone()]);
                guesses.apart.push((at, first, second));
            }
        }
        for pair in words.windows(2).take(super::LIKENESS_WORDS) {
            let of = |word: &Word| self.concepts.iter().position(|c| c.word.stem == word.stem);
            let Some(at) = of(&pair[0]).or_else(|| of(&pair[1])) else { continue };
            let together = terms::stem_of(&format!("{}{}", pair[0].word, pair[1].word));
            if terms::can_be_mistyped(&together) {
                guesses.keys.insert(together.clone());
                guesses.together.push((at, together));
            }
        }
        guesses
    }

    /// A query for what has one of the rarest terms, as many as together give no more than `most` items; frequent terms
    /// only in pairs. None if there is nothing to look for.
    pub(super) fn rare(&self, backend: DbBackend, most: u32) -> Option<String> {
        self.rare_by(backend, most, |meaning| meaning.count)
    }

    /// The same, were these the counts of the words themselves.
    pub(super) fn rare_if(
        &self,
        backend: DbBackend,
        most: u32,
        count: impl Fn(&str) -> u32,
    ) -> Option<String> {
        self.rare_by(backend, most, |meaning| count(&meaning.term))
    }

    fn rare_by(&self, backend: DbBackend, most: u32, count: impl Fn(&Meaning) -> u32) -> Option<String> {
        let mut terms: Vec<(u32, &Meaning)> =
            self.concepts.iter().flat_map(|c| &c.terms).map(|m| (count(m), m)).collect();
        terms.sort_by(|(a, x), (b, y)| (a, &x.term).cmp(&(b, &y.term)));
        terms.dedup_by(|(_, a), (_, b)| a.term == b.term);
        let mut sum = 0;
        let mut parts: Vec<String> = Vec::new();
        let mut frequent: Vec<String> = Vec::new();
        for (count, meaning) in terms {
            sum += count;
            let quoted = Term::Whole(&meaning.term).quoted(backend);
            if sum <= most {
                parts.push(quoted);
            } else if frequent.len() < PAIRED {
                frequent.push(quoted);
            }
        }
        let pairs = frequent.iter().enumerate().flat_map(|(i, a)| {
            frequent[i + 1..].iter().map(move |b| joined(backend, &[a.clone(), b.clone()], true))
        });
        let pairs: Vec<String> = pairs.collect();
        if parts.is_empty() && pairs.is_empty() {
            parts.extend(frequent);
        }
        parts.extend(pairs);
        // The same query for the same terms, however they weigh.
        parts.sort_unstable();
        (!parts.is_empty()).then(|| joined(backend, &parts, false))
    }

    /// For a search: what has all words first, then what has most of them.
    pub(super) fn found(&self, docs: &[Doc]) -> Vec<Number> {
        let terms = self.terms();
        let mut found: Vec<(usize, f64, Number)> = docs
            .iter()
            .map(|doc| {
                let values = self.values(doc, &terms, true);
                let matched = values.iter().filter(|v| **v > 0.0).count();
                let length = f64::from(u32::try_from(doc.idea.split(' ').count()).unwrap_or(u32::MAX));
                (matched, values.iter().sum::<f64>() / (1.0 + LENGTH * length.ln_1p()), doc.number)
            })
            .filter(|(matched, ..)| *matched > 0)
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(b.2.cmp(&a.2)));
        found.into_iter().map(|(.., number)| number).collect()
    }

    /// For a new idea: those that say about the same.
    pub(super) fn alike(&self, docs: &[Doc]) -> Vec<Number> {
        let mut alike: Vec<(f64, Number)> =
            self.likeness(docs).into_iter().filter(|(likeness, _)| *likeness >= ALIKE).collect();
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        alike.into_iter().map(|(_, number)| number).collect()
    }

    /// How alike each doc is: between 0 and about 1.
    fn likeness(&self, docs: &[Doc]) -> Vec<(f64, Number)> {
        let terms = self.terms();
        let asked: f64 = self.concepts.iter().map(|c| self.worth(c)).sum();
        let usual = self.weight(4);
        let needed = self.concepts.len().min(2);
        docs.iter()
            .map(|doc| {
                let values = self.values(doc, &terms, false);
                let matched = values.iter().filter(|v| **v > 0.0).count();
                let value: f64 = values.iter().sum();
                let length =
                    f64::from(u32::try_from(doc.idea.split(' ').count()).unwrap_or(u32::MAX)) * FORMS;
                let others = (length - f64::from(u32::try_from(matched).unwrap_or(u32::MAX))).max(0.0);
                let said = value + others * usual * LENGTH;
                let likeness =
                    if matched < needed { 0.0 } else { value / (asked * said).sqrt().max(f64::EPSILON) };
                (likeness, doc.number)
            })
            .collect()
    }

    fn weight(&self, count: u32) -> f64 {
        (f64::from(self.items.max(count)) + 10.0).ln_1p() - f64::from(count).ln_1p()
    }

    /// What a word could give at most.
    fn worth(&self, concept: &Concept) -> f64 {
        let best = concept.terms.iter().skip(1).map(|t| t.quality * self.weight(t.count)).fold(0.0, f64::max);
        match concept.terms.first() {
            Some(itself) if itself.count > 1 => self.weight(itself.count),
            Some(itself) if best == 0.0 => self.weight(itself.count) * UNHEARD,
            Some(_) | None => best,
        }
    }

    /// Each term with the words that it stands for and what it gives.
    fn terms(&self) -> HashMap<&str, Vec<(usize, f64)>> {
        let mut terms: HashMap<&str, Vec<(usize, f64)>> = HashMap::new();
        for (at, concept) in self.concepts.iter().enumerate() {
            for meaning in &concept.terms {
                let value = meaning.quality * self.weight(meaning.count);
                terms.entry(meaning.term.as_str()).or_default().push((at, value));
            }
        }
        terms
    }

    /// What the doc gives for each word.
    fn values(&self, doc: &Doc, terms: &HashMap<&str, Vec<(usize, f64)>>, beginnings: bool) -> Vec<f64> {
        let mut values = vec![0.0_f64; self.concepts.len()];
        let mut take = |at: usize, value: f64| values[at] = values[at].max(value);
        for (part, share) in [(&doc.idea, 1.0), (&doc.rest, ELSEWHERE)] {
            for term in part.split(' ') {
                for (at, value) in terms.get(term).into_iter().flatten() {
                    take(*at, value * share);
                }
                if beginnings {
                    for (at, concept) in self.concepts.iter().enumerate() {
                        if term.starts_with(concept.word.word.as_str()) {
                            let count = concept.terms.first().map_or(0, |t| t.count);
                            take(at, self.weight(count) * BEGINS * share);
                        }
                    }
                }
            }
        }
        values
    }
}

impl Guesses {
    /// Those that are known, the likeliest of each word.
    pub(super) fn meant(&self, known: &[(String, String)], most: usize) -> Vec<Meant> {
        let whole: HashSet<&str> =
            known.iter().filter(|(near, term)| near == term).map(|(_, term)| term.as_str()).collect();
        let mut meant = Vec::new();
        for (concept, stem, keys) in &self.mistyped {
            let mut near: Vec<(usize, &str)> = known
                .iter()
                .filter(|(near, term)| keys.contains(near) && term != stem)
                .filter_map(|(_, term)| mistakes(stem, term).map(|mistakes| (mistakes, term.as_str())))
                .collect();
            near.sort_unstable();
            near.dedup();
            meant.extend(near.into_iter().take(most).map(|(mistakes, term)| Meant {
                concept: *concept,
                term: term.to_owned(),
                quality: MISTAKES[mistakes - 1],
            }));
        }
        let together = self.together.iter().filter(|(_, term)| whole.contains(term.as_str()));
        meant.extend(together.map(|(concept, term)| Meant {
            concept: *concept,
            term: term.clone(),
            quality: TOGETHER,
        }));
        for (concept, first, second) in &self.apart {
            if whole.contains(first.as_str()) && whole.contains(second.as_str()) {
                let half = |term: &String| Meant { concept: *concept, term: term.clone(), quality: HALF };
                meant.extend([half(first), half(second)]);
            }
        }
        meant
    }
}

/// How many mistakes lie between two words, where so many are believed: one or two.
fn mistakes(typed: &str, known: &str) -> Option<usize> {
    let length = typed.chars().count().min(known.chars().count());
    let mistakes = strsim::osa_distance(typed, known);
    let believed = if length < LONG { 1 } else { 2 };
    let begins = length >= SHORT || typed.chars().next() == known.chars().next();
    (1..=believed).contains(&mistakes).then_some(mistakes).filter(|_| begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(number: u32, idea: &str, rest: &str) -> Doc {
        let idea = terms::indexed([idea], 100).join(" ");
        let rest = terms::indexed([rest], 100).join(" ");
        Doc { number: Number(number), idea, rest }
    }

    fn asked(text: &str) -> Asked {
        let mut asked = Asked::new(&terms::read(text), 100, 12);
        asked.weigh(|_| 3);
        asked
    }

    fn numbers(found: &[Number]) -> Vec<u32> {
        found.iter().map(|n| n.0).collect()
    }

    #[test]
    fn expect_all_words_before_some_and_the_idea_before_the_rest() {
        let docs =
            [doc(1, "Keys of the car", ""), doc(2, "A hook", "the trolley key"), doc(3, "Trolley keys", "")];
        assert_eq!(numbers(&asked("trolley key").found(&docs)), [3, 2, 1]);
        assert_eq!(numbers(&asked("unicorn").found(&docs)), Vec::<u32>::new());
        assert_eq!(numbers(&asked("troll").found(&docs)), [3, 2]);
    }

    #[test]
    fn expect_likeness_by_what_is_shared() {
        let docs = [
            doc(1, "The trolley with medicine is never put back", ""),
            doc(2, "More bicycles", ""),
            doc(3, "Medicine for everybody in the whole of the hospital and beside it", ""),
        ];
        assert_eq!(numbers(&asked("Put the medicine trolleys back after the round").alike(&docs)), [1]);
    }

    #[test]
    fn expect_guesses_that_are_close_enough() {
        assert_eq!(mistakes("dispensr", "dispens"), Some(1));
        assert_eq!(mistakes("gell", "gel"), Some(1));
        assert_eq!(mistakes("bell", "gell"), None, "another first letter, in a short word");
        assert_eq!(mistakes("milage", "village"), None);
        assert_eq!(mistakes("defibrilater", "defibrillator"), Some(2));
        let asked = Asked::new(&terms::read("wheel chair barcode"), 10, 12);
        let words = terms::read("wheel chair barcode");
        let guesses = asked.guesses(&[2], &words);
        let known = ["wheelchair", "bar", "code"].map(|t| (t.to_owned(), t.to_owned()));
        let meant: Vec<(usize, String)> =
            guesses.meant(&known, 4).into_iter().map(|m| (m.concept, m.term)).collect();
        assert_eq!(meant, [(0, "wheelchair".into()), (2, "bar".into()), (2, "code".into())]);
    }

    #[test]
    fn expect_frequent_terms_in_pairs_only() {
        let mut asked = Asked::new(&terms::read("patient ward bed nurse handover"), 10_000, 12);
        asked.weigh(|term| if term == "handov" { 7 } else { 900 });
        assert_eq!(
            asked.rare(DbBackend::Postgres, 300).unwrap(),
            "('handov' | ('bed' & 'nurs') | ('bed' & 'patient') | ('bed' & 'ward') | ('nurs' & 'patient') | ('nurs' & 'ward') | ('patient' & 'ward'))"
        );
        let mut one = Asked::new(&terms::read("patient"), 10_000, 12);
        one.weigh(|_| 900);
        assert_eq!(one.rare(DbBackend::Sqlite, 300).unwrap(), "(\"patient\")");
        assert_eq!(Asked::new(&[], 1, 12).rare(DbBackend::Sqlite, 300), None);
    }

    #[test]
    fn expect_a_tsvector_read_back() {
        let doc = Doc::of_tsvector(Number(4), "'door':3C 'größe':1A 'key':2A");
        assert_eq!((doc.idea.as_str(), doc.rest.as_str()), ("größe key", "door"));
        assert_eq!(
            Doc::of_tsvector(Number(4), ""),
            Doc { number: Number(4), idea: "".into(), rest: "".into() }
        );
    }
}
