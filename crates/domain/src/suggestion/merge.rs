//! Undoing a merge: who came over with it, and who leaves the target again.
//!
//! Only the target's history knows who came with which idea, and who pressed something themselves: a person leaves with the
//! idea that they came with, unless another one brought them too, or they were there before, or they pressed it themselves
//! afterwards. Where the target was merged on, the same people leave the next one, and so on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::protocol::{Event, Fact};
use crate::Instant;
use crate::ids::{MemberId, Number};
use crate::people::Who;

/// What leaves an idea when another one goes its own way again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Separation {
    /// The idea that goes its own way.
    pub from: Number,
    /// It came by way of this one, which stays.
    pub via: Option<Via>,
    /// Who supports this one no longer.
    pub supporters: Vec<MemberId>,
    /// Who follows this one no longer.
    pub followers: Vec<MemberId>,
    /// The day from which this one counts now.
    pub submitted_at: Instant,
}

/// The idea by way of which another one came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Via {
    /// Which.
    pub number: Number,
    /// The day from which that one counts now.
    pub submitted_at: Instant,
}

/// What leaves the idea with this history when `from`, which was merged into it, goes its own way again; none where it was
/// not merged into it.
pub fn separation(history: &[Event], from: Number) -> Option<Separation> {
    let came = Came::by(history)?;
    came.days.get(&from)?;
    let leaving = |who: &BTreeMap<MemberId, Ways>| {
        let only = |ways: &Ways| !ways.own && ways.with.iter().eq([&from]);
        who.iter().filter(|(_, ways)| only(ways)).map(|(member, _)| *member).collect()
    };
    let days = came.days.iter().filter(|(number, _)| **number != from).map(|(_, day)| *day);
    Some(Separation {
        from,
        via: None,
        supporters: leaving(&came.supporters),
        followers: leaving(&came.followers),
        submitted_at: days.fold(came.own_day, Instant::min),
    })
}

/// The same one idea further on: the target, `via`, from which `before` left, was itself merged into the idea with this
/// history.
pub fn further(history: &[Event], via: Number, before: &Separation) -> Option<Separation> {
    let came = Came::by(history)?;
    came.days.get(&via)?;
    let leaving = |who: &BTreeMap<MemberId, Ways>, left: &[MemberId]| {
        let only = |ways: &Ways| !ways.own && ways.with.iter().eq([&via]);
        left.iter().filter(|m| who.get(m).is_some_and(only)).copied().collect()
    };
    let days = came.days.iter().map(|(number, day)| if *number == via { before.submitted_at } else { *day });
    Some(Separation {
        from: before.from,
        via: Some(Via { number: via, submitted_at: before.submitted_at }),
        supporters: leaving(&came.supporters, &before.supporters),
        followers: leaving(&came.followers, &before.followers),
        submitted_at: days.fold(came.own_day, Instant::min),
    })
}

/// How somebody came to support or follow an idea.
#[derive(Debug, Default)]
struct Ways {
    /// They pressed it themselves.
    own: bool,
    /// With these ideas.
    with: BTreeSet<Number>,
}

/// Who came how, by a history.
#[derive(Debug)]
struct Came {
    own_day: Instant,
    /// The days of the ideas that were merged into it.
    days: BTreeMap<Number, Instant>,
    supporters: BTreeMap<MemberId, Ways>,
    followers: BTreeMap<MemberId, Ways>,
}

impl Came {
    fn by(history: &[Event]) -> Option<Came> {
        let first = history.first()?;
        let Fact::Submitted { author, .. } = first.fact else { return None };
        let mut came = Came {
            own_day: first.at,
            days: BTreeMap::new(),
            supporters: BTreeMap::new(),
            followers: BTreeMap::new(),
        };
        for event in history {
            came.take(event, author);
        }
        Some(came)
    }

    fn take(&mut self, event: &Event, author: MemberId) {
        let actor = match event.by {
            Who::Member(member) => Some(member),
            Who::Nameless | Who::System => None,
        };
        match &event.fact {
            Fact::Supported => press(&mut self.supporters, actor),
            Fact::Followed => press(&mut self.followers, actor),
            Fact::SupportTakenBack => leave(&mut self.supporters, actor.as_slice()),
            Fact::Unfollowed => leave(&mut self.followers, actor.as_slice()),
            Fact::Absorbed { from, supporters, followers, submitted_at } => {
                self.days.insert(*from, *submitted_at);
                bring(&mut self.supporters, supporters, author, *from);
                bring(&mut self.followers, followers, author, *from);
            }
            Fact::Separated { from, via, supporters, followers, submitted_at: _ } => {
                leave(&mut self.supporters, supporters);
                leave(&mut self.followers, followers);
                match via {
                    Some(via) => {
                        self.days.insert(via.number, via.submitted_at);
                    }
                    None => {
                        self.days.remove(from);
                        for ways in self.supporters.values_mut().chain(self.followers.values_mut()) {
                            ways.with.remove(from);
                        }
                    }
                }
            }
            Fact::Submitted { .. }
            | Fact::Acknowledged { .. }
            | Fact::FindingAdded { .. }
            | Fact::Asked { .. }
            | Fact::Answered { .. }
            | Fact::AnswerTimedOut { .. }
            | Fact::Assigned { .. }
            | Fact::Referred { .. }
            | Fact::Accepted { .. }
            | Fact::Declined { .. }
            | Fact::Deferred { .. }
            | Fact::Resumed { .. }
            | Fact::Replanned { .. }
            | Fact::Stopped { .. }
            | Fact::Implemented { .. }
            | Fact::OutcomeVerified { .. }
            | Fact::OutcomeOpen { .. }
            | Fact::OutcomeFailed { .. }
            | Fact::FeedbackGiven { .. }
            | Fact::Appealed { .. }
            | Fact::Edited { .. }
            | Fact::Withdrawn { .. }
            | Fact::MergedInto { .. }
            | Fact::Redacted
            | Fact::Reopened { .. }
            | Fact::CheckAsked { .. }
            | Fact::LastAsked { .. }
            | Fact::LastQuestionOver
            | Fact::ReopenedByAnswers { .. }
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. }
            | Fact::DueMoved { .. }
            | Fact::Transferred { .. }
            | Fact::Rerouted { .. }
            | Fact::QuestionDelivered { .. }
            | Fact::QuestionReturned { .. }
            | Fact::PlacedAnew { .. } => {}
        }
    }
}

fn press(who: &mut BTreeMap<MemberId, Ways>, actor: Option<MemberId>) {
    if let Some(actor) = actor {
        who.insert(actor, Ways { own: true, with: BTreeSet::new() });
    }
}

fn leave(who: &mut BTreeMap<MemberId, Ways>, members: &[MemberId]) {
    for member in members {
        who.remove(member);
    }
}

fn bring(who: &mut BTreeMap<MemberId, Ways>, members: &[MemberId], author: MemberId, from: Number) {
    for member in members.iter().filter(|m| **m != author) {
        who.entry(*member).or_default().with.insert(from);
    }
}

#[cfg(test)]
mod tests;
