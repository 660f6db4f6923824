//! Effects: written with the change, claimed by lease, rendered when sent, kept when they fail.

use std::time::Duration;

use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::ledger::LadderStep;
use kaizen_domain::suggestion::Event;
use kaizen_domain::suggestion::protocol::{DirectReason, Notice, Word};
use kaizen_domain::{
    ChannelId, Instant, MemberId, MessageId, Number, RequirementKind, RoleId, TeamId, UserId, WorkspaceId,
};
use serde::{Deserialize, Serialize};

use crate::debriefs::{DebriefJob, DebriefMaterial, DebriefShown};
use crate::digest::DigestContent;
use crate::ports::{CardPlace, Shown};

/// One message or edit, by reference: no text of a person is stored here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// A new item: its card, and its thread.
    Open {
        /// Which item.
        number: Number,
        /// Where, if its team has no channel.
        channel: Option<ChannelId>,
    },
    /// The card shows the newest state. One pending row an item.
    Card {
        /// Which item.
        number: Number,
    },
    /// The thread takes its name from the idea's new words.
    Rename {
        /// Which item.
        number: Number,
    },
    /// A post in the thread.
    Post {
        /// Which item.
        number: Number,
        /// Which step of its history.
        seq: i64,
        /// Who is pinged.
        mention: Option<MemberId>,
        /// Which role is pinged.
        mention_role: Option<RoleId>,
    },
    /// A direct message about a step.
    Direct {
        /// Which item.
        number: Number,
        /// Which step.
        seq: i64,
        /// To whom.
        to: MemberId,
        /// Why.
        reason: DirectReason,
    },
    /// What is due for one person, bundled. One pending row a person.
    Reminders {
        /// To whom.
        to: MemberId,
        /// What, in order of coming, each once.
        entries: Vec<ReminderEntry>,
        /// Ideas of these that lost words since the row was written: what is being sent right now may still quote them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<Number>,
        /// The same for debriefs whose actions lost words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without_of: Vec<DebriefNumber>,
    },
    /// A message that was sent is made anew from the history.
    Rewrite {
        /// The posting.
        posting: i64,
        /// The message, where it tells of other items as well: what is rewritten in it is rewritten one after the other.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shared: Option<MessageId>,
    },
    /// A team's digest: posted, or edited where it was posted before.
    Digest {
        /// Whose.
        team: TeamId,
        /// Planned for.
        at: Instant,
    },
    /// Something is broken that the coordinator can mend.
    Trouble(Trouble),
    /// About a debrief.
    Debrief {
        /// Which.
        debrief: DebriefNumber,
        /// What.
        about: DebriefJob,
    },
}

/// A line of a bundled reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderEntry {
    /// Which item.
    pub number: Number,
    /// Who owes it.
    pub owed_by: MemberId,
    /// What.
    pub kind: RequirementKind,
    /// How far it is.
    pub step: LadderStep,
    /// What is said of it.
    #[serde(default)]
    pub about: Word,
    /// It is the action of this entry, of the debrief with that number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<u32>,
}

/// What the coordinator is told to mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum Trouble {
    /// A channel is gone.
    ChannelGone {
        /// Which.
        channel: ChannelId,
        /// Where what was there goes on; none where nothing could be moved.
        #[serde(default)]
        now: Option<ChannelId>,
    },
    /// A permission is missing in a channel.
    Permission {
        /// Which channel.
        channel: ChannelId,
        /// The permission as the platform calls it.
        permission: String,
    },
    /// There are as many open threads as the platform allows, and none of them is of something that has ended.
    ThreadsFull,
    /// A channel of a kind that has no threads (a voice channel): no card can be posted there.
    NoThreads {
        /// Which.
        channel: ChannelId,
    },
}

impl Job {
    /// The job of a notice about an item whose first new event got the place `first_seq`.
    pub fn from_notice(
        notice: &Notice,
        number: Number,
        first_seq: i64,
        new: bool,
        channel: Option<ChannelId>,
    ) -> Option<Job> {
        let seq = |event: usize| first_seq + i64::try_from(event).unwrap_or(i64::MAX);
        Some(match *notice {
            Notice::Card if new => Job::Open { number, channel },
            Notice::Card => Job::Card { number },
            Notice::Post { event, mention, mention_role } => {
                Job::Post { number, seq: seq(event), mention, mention_role }
            }
            Notice::Direct { event, to, reason } => Job::Direct { number, seq: seq(event), to, reason },
            Notice::Reminder { to, owed_by, kind, step, about } => {
                Job::reminders(to, vec![ReminderEntry { number, owed_by, kind, step, about, action: None }])
            }
            // Storage knows what was posted: it makes one `Rewrite` for each posting.
            Notice::RewriteAll => return None,
            Notice::Rename => Job::Rename { number },
        })
    }

    /// What is due for one person; nothing of it has lost words yet.
    pub const fn reminders(to: MemberId, entries: Vec<ReminderEntry>) -> Job {
        Job::Reminders { to, entries, without: Vec::new(), without_of: Vec::new() }
    }

    /// Rows with the same key are delivered one after the other, in order of coming.
    pub fn order_key(&self) -> String {
        match self {
            Job::Open { number, .. } | Job::Post { number, .. } => format!("s/{}/thread", number.0),
            Job::Card { number } => format!("s/{}/card", number.0),
            Job::Rename { number } => format!("s/{}/name", number.0),
            Job::Direct { number, to, .. } => format!("s/{}/dm/{}", number.0, to.0),
            Job::Reminders { to, .. } => format!("reminders/{}", to.0),
            Job::Rewrite { shared: Some(message), .. } => format!("rewrite/message/{message}"),
            Job::Rewrite { posting, shared: None } => format!("rewrite/{posting}"),
            Job::Digest { team, .. } => format!("digest/{}", team.0),
            Job::Trouble(t) => t.key(),
            Job::Debrief { debrief, about } => about.order_key(*debrief),
        }
    }

    /// Rows with the same key that nobody has begun to send are one row: the newest card, the longer bundle.
    pub fn merge_key(&self) -> Option<String> {
        match self {
            Job::Card { .. } | Job::Rename { .. } | Job::Reminders { .. } => Some(self.order_key()),
            Job::Trouble(t) => Some(t.key()),
            Job::Debrief { about: DebriefJob::Panel | DebriefJob::Rename, .. } => Some(self.order_key()),
            Job::Debrief { .. }
            | Job::Open { .. }
            | Job::Post { .. }
            | Job::Direct { .. }
            | Job::Rewrite { .. }
            | Job::Digest { .. } => None,
        }
    }

    /// The item that it is about, if it is one.
    pub fn number(&self) -> Option<Number> {
        match self {
            Job::Open { number, .. }
            | Job::Card { number }
            | Job::Rename { number }
            | Job::Post { number, .. }
            | Job::Direct { number, .. } => Some(*number),
            Job::Reminders { .. }
            | Job::Rewrite { .. }
            | Job::Digest { .. }
            | Job::Trouble(_)
            | Job::Debrief { .. } => None,
        }
    }
}

impl Trouble {
    fn key(&self) -> String {
        match self {
            Trouble::ChannelGone { channel, .. } => format!("trouble/gone/{channel}"),
            Trouble::Permission { channel, permission } => format!("trouble/{permission}/{channel}"),
            Trouble::ThreadsFull => "trouble/threads".to_owned(),
            Trouble::NoThreads { channel } => format!("trouble/no-threads/{channel}"),
        }
    }
}

/// A claimed row.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The row; also what its nonce is made of.
    pub id: i64,
    /// Goes up with each claim; a worker whose fence is old can write nothing.
    pub fence: i64,
    /// Which revision of the row was claimed: a card or bundle that changed since is due again.
    pub revision: i64,
    /// Where.
    pub workspace: WorkspaceId,
    /// What.
    pub job: Job,
    /// Which try this is, from 1.
    pub attempts: u32,
    /// How long ago an earlier try began to send, if one did: it may have taken effect.
    pub begun: Option<Duration>,
    /// How long the row has waited since it was written.
    pub age: Duration,
}

/// What a job needs to be rendered and sent.
#[derive(Debug, Clone)]
pub enum Material {
    /// For [`Job::Open`].
    Open {
        /// The item.
        shown: Shown,
        /// Where the card goes; none if the team has no channel and the command had none.
        channel: Option<ChannelId>,
    },
    /// For [`Job::Card`]; the item's `card` says where.
    Card {
        /// The item.
        shown: Shown,
    },
    /// For [`Job::Rename`].
    Rename {
        /// The item.
        shown: Shown,
    },
    /// For [`Job::Post`].
    Post {
        /// The item.
        shown: Shown,
        /// Which step.
        seq: i64,
        /// The step.
        event: Event,
        /// Who is pinged.
        mention: Option<UserId>,
        /// Which role is pinged.
        mention_role: Option<RoleId>,
    },
    /// For [`Job::Direct`].
    Direct {
        /// The item.
        shown: Shown,
        /// Which step.
        seq: i64,
        /// The step.
        event: Event,
        /// To whom; none if they were erased.
        to: Option<UserId>,
        /// The member.
        member: MemberId,
        /// Why.
        reason: DirectReason,
    },
    /// For [`Job::Reminders`]: only what is still owed.
    Reminders {
        /// To whom; none if they were erased.
        to: Option<UserId>,
        /// The member.
        member: MemberId,
        /// What of ideas.
        lines: Vec<(ReminderEntry, Shown)>,
        /// What of actions.
        actions: Vec<(ReminderEntry, DebriefShown)>,
    },
    /// For [`Job::Rewrite`].
    Rewrite {
        /// The item.
        shown: Shown,
        /// What was posted, and where.
        posting: Posting,
        /// Its step.
        event: Event,
    },
    /// For [`Job::Rewrite`] of a reminder: an idea that it quotes has lost words, so what it says of that one goes.
    Clear {
        /// The community.
        guild: kaizen_domain::GuildId,
        /// What was posted, and where.
        posting: Posting,
    },
    /// For [`Job::Digest`].
    Digest {
        /// The community.
        guild: kaizen_domain::GuildId,
        /// The team's channel.
        channel: Option<ChannelId>,
        /// Where it was posted already: it is edited there, since words were taken out of it.
        posted: Option<(ChannelId, MessageId)>,
        /// What it says.
        content: DigestContent,
        /// Everybody named in it.
        people: crate::ports::People,
    },
    /// For [`Job::Trouble`].
    Trouble {
        /// The community.
        guild: kaizen_domain::GuildId,
        /// The coordinator.
        to: Option<UserId>,
        /// What.
        trouble: Trouble,
    },
    /// For [`Job::Debrief`].
    Debrief(DebriefMaterial),
    /// There is nothing to send (any more): the item or the row behind it is gone, or the matter is settled.
    Nothing,
}

/// A message that was sent about a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Its id.
    pub id: i64,
    /// The item.
    pub number: Number,
    /// The step; [`Posting::REMINDER`] for a message that reminds of the item.
    pub seq: i64,
    /// To whom, if it was a direct message about a step, and why.
    pub direct: Option<(MemberId, DirectReason)>,
    /// Where.
    pub channel: ChannelId,
    /// Which message.
    pub message: MessageId,
}

impl Posting {
    /// In place of a step: reminders are no part of the history.
    pub const REMINDER: i64 = 0;
}

/// How much waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutboxDepth {
    /// Rows to be sent.
    pub pending: u64,
    /// Given up.
    pub dead: u64,
    /// How long the oldest pending row has waited.
    pub oldest: Duration,
}

/// A row that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The row.
    pub id: i64,
    /// Where.
    pub workspace: WorkspaceId,
    /// What.
    pub job: Job,
    /// How often it was tried.
    pub attempts: u32,
    /// The last error.
    pub error: String,
}

/// Where a card stands, for whoever waits for it to be posted.
pub type Posted = (WorkspaceId, Number, CardPlace);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_what_the_first_version_stored_to_be_read() {
        let stored = r#"{"job":"trouble","trouble":"channel_gone","channel":2003}"#;
        let job: Job = serde_json::from_str(stored).unwrap();
        assert_eq!(job, Job::Trouble(Trouble::ChannelGone { channel: ChannelId(2003), now: None }));
        let job: Job = serde_json::from_str(r#"{"job":"rewrite","posting":7}"#).unwrap();
        assert_eq!((job.order_key().as_str(), job), ("rewrite/7", Job::Rewrite { posting: 7, shared: None }));
        for stored in [
            r#"{"job":"debrief","debrief":7,"about":"rename"}"#,
            r#"{"job":"reminders","to":2,"entries":[],"without_of":[7]}"#,
        ] {
            let job: Job = serde_json::from_str(stored).unwrap();
            assert_eq!(serde_json::to_string(&job).unwrap(), stored);
        }
        let stored = r#"{"job":"reminders","to":2,"entries":[{"number":12,"owed_by":2,"kind":"decision","step":"late",
            "about":{"about":"went","from":2,"to":3,"because":"away"}}]}"#;
        let job: Job = serde_json::from_str(stored).unwrap();
        let Job::Reminders { to, entries, without, without_of } = job else { panic!("{job:?}") };
        assert_eq!((to, entries.len(), without, without_of), (MemberId(2), 1, vec![], vec![]));
    }
}
