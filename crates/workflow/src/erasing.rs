//! The erasure journal: what was erased, kept outside of the database, so that a restored backup forgets it again before it
//! serves anybody.
//!
//! Each erasure is a row of the database, written in the transaction that erases, and a line of the journal, which is
//! brought up to date right after. Neither holds a name or a text: a person is the number of a member, and words that were
//! taken out are known by where they stood. At the start of the program the two are compared: what only the database knows
//! is added to the journal, and what only the journal knows is done again. A row and a line are the same erasure by its
//! name, so that nothing is done twice, and no number is taken for somebody who got it later.

use std::collections::BTreeSet;

use async_trait::async_trait;
use kaizen_domain::debrief::{self, DebriefNumber, Piece};
use kaizen_domain::suggestion::{Command, Event, Fact, Notice};
use kaizen_domain::{Actor, GuildId, Instant, MemberId, Number, Policy, Text};
use serde::{Deserialize, Serialize};
use tracing::{error, info};

use crate::debriefs::{DebriefChange, DebriefRef, PieceRedaction};
use crate::engine::{Engine, Failure};
use crate::forgetting::Known;
use crate::ids;
use crate::ports::{Commit, ItemCommit, Step, StoreError, Stored};

/// How often one erasure is tried again after a conflict.
const TRIES: u32 = 4;

/// Something that was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// A random name: the same erasure has the same name in the database and in every journal.
    pub name: String,
    /// When.
    pub at: Instant,
    /// What.
    pub erased: Erased,
}

/// What was erased, without saying it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Erased {
    /// A person was forgotten.
    Person {
        /// Where.
        guild: GuildId,
        /// Who: the member's number, which leads to nobody any more.
        member: MemberId,
    },
    /// Words were taken out of an item and its history.
    Words {
        /// Where.
        guild: GuildId,
        /// Of which item.
        number: Number,
        /// Where in its history they stood.
        places: Vec<Place>,
    },
    /// Words were taken out of an item of a debrief.
    ItemWords {
        /// Where.
        guild: GuildId,
        /// Of which debrief.
        debrief: DebriefNumber,
        /// Of which of its items.
        item: u32,
        /// Where in its history they stood.
        places: Vec<Place>,
    },
    /// The same for title, summary or an action of a debrief.
    DebriefWords {
        /// Where.
        guild: GuildId,
        /// Of which debrief.
        debrief: DebriefNumber,
        /// Of what in it.
        piece: Piece,
        /// Where in its history they stood.
        places: Vec<Place>,
    },
}

/// Where words stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// In which step of the history.
    pub step: i64,
    /// In which of its texts, from 0.
    pub text: usize,
    /// How long that text was, in bytes.
    pub of: usize,
    /// From which byte of it.
    pub from: usize,
    /// To which.
    pub to: usize,
}

/// What erasing needs of the database.
#[async_trait]
pub trait Erasures: Send + Sync + 'static {
    /// Everything that was erased in this database, the oldest first.
    async fn erasures(&self) -> Result<Vec<Erasure>, StoreError>;

    /// There is nothing to be done again for this one here: from now on it is known.
    async fn nothing_left(&self, erasure: &Erasure) -> Result<(), StoreError>;

    /// [`crate::ports::Store::commit`] of a redaction that is done again, under the name that it has.
    async fn commit_again(&self, commit: &Commit, erasure: &Erasure) -> Result<(), StoreError>;

    /// The same for a debrief.
    async fn commit_debrief_again(&self, change: &DebriefChange, erasure: &Erasure)
    -> Result<(), StoreError>;
}

/// Why the journal does not hold everything that was erased.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotKept(pub String);

/// The journal as the engine knows it.
#[async_trait]
pub trait Journal: Send + Sync + 'static {
    /// Adds what was erased and is not in it yet, and returns once that is on disk.
    async fn keep_up(&self) -> Result<(), NotKept>;
}

impl Engine {
    /// Brings the journal up to date, where there is one. What cannot be added now is added later: it stays in the database.
    pub async fn keep_journal(&self) {
        let Some(journal) = &self.journal else { return };
        if let Err(why) = journal.keep_up().await {
            let reference = ids::reference();
            error!(reference, %why, "the erasure journal lacks what was erased; it is tried again every hour and at the next start");
            metrics::counter!("kaizen_erasure_journal_failures_total").increment(1);
        }
    }

    /// Does again what a restored database does not know to be erased. Returns how much that was. To be called before
    /// anybody is served; called again, also after it was interrupted, it does the rest.
    ///
    /// # Errors
    /// When the database does not answer, or something cannot be erased: then nobody may be served.
    pub async fn erase_again(&self, erasures: &dyn Erasures, journal: &[Erasure]) -> Result<u32, StoreError> {
        let mut known: BTreeSet<String> = erasures.erasures().await?.into_iter().map(|e| e.name).collect();
        let mut missing: Vec<&Erasure> = journal.iter().collect();
        missing.sort_by_key(|e| e.at);
        let mut done = 0;
        for erasure in missing {
            if !known.insert(erasure.name.clone()) {
                continue;
            }
            let erased = match &erasure.erased {
                Erased::Person { guild, member } => self.forget_again(*guild, *member, erasure).await?,
                Erased::Words { guild, number, places } => {
                    self.redact_again(erasures, (*guild, *number), places, erasure).await?
                }
                Erased::ItemWords { guild, debrief, item, places } => {
                    let of = (*guild, *debrief, Piece::Item(*item));
                    self.redact_piece_again(erasures, of, places, erasure).await?
                }
                Erased::DebriefWords { guild, debrief, piece, places } => {
                    self.redact_piece_again(erasures, (*guild, *debrief, *piece), places, erasure).await?
                }
            };
            erasures.nothing_left(erasure).await?;
            done += u32::from(erased);
        }
        if done > 0 {
            info!(done, "what had been erased after this backup was made is erased again");
        }
        Ok(done)
    }

    /// False if there is nobody to forget.
    async fn forget_again(
        &self,
        guild: GuildId,
        member: MemberId,
        erasure: &Erasure,
    ) -> Result<bool, StoreError> {
        let mut heir = None;
        for _ in 0..TRIES {
            let Some(workspace) = self.store().workspace(guild).await? else { return Ok(false) };
            if self.queries().people(workspace.id, &[member]).await?.user(member).is_none() {
                return Ok(false);
            }
            let known = Known { workspace: workspace.id, member, policy: workspace.policy };
            match self.carry_out_forgetting(&known, &mut heir, &erasure.name, Told::Already).await {
                Ok(_) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(other) => return Err(other),
            }
        }
        Err(StoreError::Conflict)
    }

    /// False if none of the words is there.
    async fn redact_again(
        &self,
        erasures: &dyn Erasures,
        (guild, number): (GuildId, Number),
        places: &[Place],
        erasure: &Erasure,
    ) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            let now = self.clock().now();
            let Some(workspace) = self.store().workspace(guild).await? else { return Ok(false) };
            let Some((policy, item)) = self.store().load_item(workspace.id, number).await? else {
                return Ok(false);
            };
            let words = words_at(&self.queries().history(workspace.id, number).await?, places);
            if words.is_empty() {
                return Ok(false);
            }
            let mut item = self.without_words(&item, &policy, words, now)?;
            item.notices.retain(is_no_news);
            let commit = Commit { workspace: workspace.id, request: None, now, items: vec![item] };
            match erasures.commit_again(&commit, erasure).await {
                Ok(()) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(other) => return Err(other),
            }
        }
        Err(StoreError::Conflict)
    }

    /// The same for something in a debrief.
    async fn redact_piece_again(
        &self,
        erasures: &dyn Erasures,
        (guild, number, piece): (GuildId, DebriefNumber, Piece),
        places: &[Place],
        erasure: &Erasure,
    ) -> Result<bool, StoreError> {
        let Some(debriefs) = self.debriefs.as_deref() else { return Ok(false) };
        for _ in 0..TRIES {
            let now = self.clock().now();
            let Some(workspace) = self.store().workspace(guild).await? else { return Ok(false) };
            let found = debriefs.load_debrief(workspace.id, DebriefRef::Number(number)).await?;
            let Some(stored) = found else { return Ok(false) };
            let history = debriefs.debrief_history(workspace.id, number).await?;
            let texts: Vec<(i64, Vec<Text>)> =
                history.iter().map(|s| (s.seq, texts_of_debrief(&s.event.fact))).collect();
            let words = words_among(&texts, places);
            if words.is_empty() {
                return Ok(false);
            }
            let redaction = PieceRedaction { piece, words };
            let change = self.piece_without_words(&stored, &workspace, redaction, now)?;
            match erasures.commit_debrief_again(&change, erasure).await {
                Ok(()) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(other) => return Err(other),
            }
        }
        Err(StoreError::Conflict)
    }

    /// Whoever took the words out had the right to; done again, it is the system that does it.
    fn without_words(
        &self,
        item: &Stored,
        policy: &Policy,
        words: Vec<String>,
        now: Instant,
    ) -> Result<ItemCommit, StoreError> {
        let events = vec![Event { at: now, by: Actor::System.who(), fact: Fact::Redacted }];
        self.follow_up(item, policy, events, &Command::Redact { words }).map_err(|failure| match failure {
            Failure::Internal(reference) => StoreError::Unavailable(reference.into()),
            Failure::Rejected(rejection, _) => StoreError::Unavailable(format!("{rejection:?}").into()),
        })
    }
}

/// Have people heard of it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// No: it happens now.
    Now,
    /// Yes, before the backup was restored.
    Already,
}

/// Cards and messages change, and nobody is told anything.
pub(crate) fn is_no_news(notice: &Notice) -> bool {
    match notice {
        Notice::Card | Notice::Rename | Notice::RewriteAll => true,
        Notice::Post { .. } | Notice::Direct { .. } | Notice::Reminder { .. } => false,
    }
}

/// The words at these places of a history, each once, the longest first. Where a text is not as long as it was, nobody can
/// say any more which part of it was meant: then all of it.
fn words_at(history: &[Step], places: &[Place]) -> Vec<String> {
    let texts: Vec<(i64, Vec<Text>)> = history.iter().map(|s| (s.seq, texts_of(&s.event.fact))).collect();
    words_among(&texts, places)
}

/// The same with the texts of each step at hand.
fn words_among(steps: &[(i64, Vec<Text>)], places: &[Place]) -> Vec<String> {
    let mut words = BTreeSet::new();
    for place in places {
        let Some((_, texts)) = steps.iter().find(|(seq, _)| *seq == place.step) else { continue };
        let Some(text) = texts.get(place.text).and_then(Text::written) else { continue };
        let same = text.len() == place.of;
        let word = if same { text.get(place.from..place.to) } else { None };
        let word = word.unwrap_or(text).trim();
        if !word.is_empty() {
            words.insert(word.to_owned());
        }
    }
    let mut words: Vec<String> = words.into_iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// Where these words stand in a fact, as step `step` of a history.
pub fn places_in(fact: &Fact, step: i64, words: &[String]) -> Vec<Place> {
    places_among(&texts_of(fact), step, words)
}

/// Where these words stand in a fact of a debrief.
pub fn places_in_debrief(fact: &debrief::Fact, step: i64, words: &[String]) -> Vec<Place> {
    places_among(&texts_of_debrief(fact), step, words)
}

fn places_among(texts: &[Text], step: i64, words: &[String]) -> Vec<Place> {
    let mut places = Vec::new();
    for (text, written) in texts.iter().enumerate() {
        let of = written.written().map_or(0, str::len);
        let found = written.places(words).into_iter();
        places.extend(found.map(|range| Place { step, text, of, from: range.start, to: range.end }));
    }
    places
}

/// The texts of a fact, in their order.
fn texts_of(fact: &Fact) -> Vec<Text> {
    collected(|f| drop(fact.clone().map_texts(f)))
}

fn texts_of_debrief(fact: &debrief::Fact) -> Vec<Text> {
    collected(|f| drop(fact.clone().map_texts(f)))
}

/// The texts that a fact hands on, one after the other.
fn collected(each: impl FnOnce(&dyn Fn(&Text) -> Text)) -> Vec<Text> {
    let texts = std::cell::RefCell::new(Vec::new());
    each(&|text| {
        texts.borrow_mut().push(text.clone());
        text.clone()
    });
    texts.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as versions of the journal wrote them: they stay readable.
    const LINES: [&str; 5] = [
        r#"{"name":"51ff","at":"2026-11-25T19:00:00Z","erased":{"person":{"guild":1000,"member":12}}}"#,
        r#"{"name":"51fe","at":"2026-11-25T19:00:00.000001Z","erased":{"words":{"guild":1000,"number":7,"places":[{"step":3,"text":0,"of":20,"from":4,"to":7}]}}}"#,
        r#"{"name":"51fd","at":"2026-11-26T02:00:00Z","erased":{"item_words":{"guild":1000,"debrief":7,"item":3,"places":[{"step":5,"text":0,"of":20,"from":4,"to":7}]}}}"#,
        r#"{"name":"51fc","at":"2026-11-26T09:00:00Z","erased":{"debrief_words":{"guild":1000,"debrief":7,"piece":"title","places":[{"step":1,"text":0,"of":20,"from":4,"to":7}]}}}"#,
        r#"{"name":"51fb","at":"2026-11-26T09:00:00Z","erased":{"debrief_words":{"guild":1000,"debrief":7,"piece":{"action":2},"places":[]}}}"#,
    ];

    fn step(seq: i64, idea: &str, benefit: Option<&str>) -> Step {
        let text = |text: &str| Text::Written(text.into());
        let fact = Fact::Edited { idea: text(idea), proposal: None, benefit: benefit.map(text) };
        Step { seq, event: Event { at: Instant::UNIX_EPOCH, by: Actor::System.who(), fact } }
    }

    fn places(history: &[Step], words: &[&str]) -> Vec<Place> {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        history.iter().flat_map(|step| places_in(&step.event.fact, step.seq, &words)).collect()
    }

    #[test]
    fn expect_words_to_be_found_where_they_stood() {
        let history = [
            step(1, "Leo sits at the door", Some("For LEO and Mara")),
            step(2, "He sits at the window", None),
        ];
        let places = places(&history, &["leo", "mara", "nobody"]);
        assert_eq!(places.len(), 3);
        assert_eq!(words_at(&history, &places), ["Mara", "LEO", "Leo"]);
        // A backup from before the last of them: the others are enough.
        assert_eq!(words_at(&history[1..], &places), [""; 0]);
        assert_eq!(words_at(&[step(1, "Leo sits at the door", None)], &places), ["Leo"]);
    }

    #[test]
    fn expect_the_whole_text_where_nobody_can_say_which_part() {
        let places = places(&[step(1, "Leo sits at the door", None)], &["Leo"]);
        assert_eq!(
            words_at(&[step(1, "It is Leo who sits there", None)], &places),
            ["It is Leo who sits there"]
        );
        let mut gone = step(1, "x", None);
        gone.event.fact = gone.event.fact.map_texts(&|_| Text::Erased);
        assert_eq!(words_at(&[gone], &places), [""; 0]);
    }

    #[test]
    fn expect_lines_of_every_version_to_stay_readable() {
        for line in LINES {
            let erasure: Erasure = serde_json::from_str(line).unwrap();
            assert_eq!(serde_json::to_string(&erasure).unwrap(), line);
        }
    }
}
