//! The people and the workspace of the tests here: sam (staff), mara (manager of sam's team), noor (next level), cleo
//! (coordinator), otto (another team). Stories run on the real rules, so that no text is tested on a state that cannot be.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kaizen_domain::suggestion::protocol::Submission;
use kaizen_domain::suggestion::{self, Command, Event};
use kaizen_domain::{
    ActingMember, Actor, Area, Calendar, ChannelId, GuildId, Instant, MemberId, MessageId, Number, Policy,
    Rejection, Staffing, Team, TeamId, Times, UserId, WorkspaceId,
};
use kaizen_workflow::engine::Done;
use kaizen_workflow::ports::{Alike, CardPlace, Listed, People, Shown, Step, Stored};

use crate::reply::{Control, Message};

pub(crate) const SAM: MemberId = MemberId(1);
pub(crate) const MARA: MemberId = MemberId(2);
pub(crate) const NOOR: MemberId = MemberId(3);
pub(crate) const CLEO: MemberId = MemberId(4);
pub(crate) const OTTO: MemberId = MemberId(5);
const NAMES: [(MemberId, &str); 5] =
    [(SAM, "sam"), (MARA, "mara"), (NOOR, "noor"), (CLEO, "cleo"), (OTTO, "otto")];

pub(crate) const GUILD: GuildId = GuildId(1000);
pub(crate) const WARD: TeamId = TeamId(1);

pub(crate) fn at(s: &str) -> Instant {
    s.parse().unwrap()
}

pub(crate) fn people() -> People {
    People(NAMES.iter().map(|(m, _)| (*m, user(*m))).collect::<HashMap<_, _>>())
}

pub(crate) fn user(member: MemberId) -> UserId {
    UserId(100 + u64::try_from(member.0).unwrap())
}

pub(crate) fn policy() -> Policy {
    let team = |id: i64, name: &str, manager: MemberId, parent: Option<i64>| Team {
        id: TeamId(id),
        name: name.to_owned(),
        channel: Some(ChannelId(2000 + u64::try_from(id).unwrap())),
        managers: Staffing { members: vec![manager], roles: vec![] },
        members_role: None,
        parent: parent.map(TeamId),
        calendar: Calendar::office(chrono_tz::Europe::London),
        removed: false,
    };
    Policy {
        version: 1,
        owner: CLEO,
        coordinators: Staffing { members: vec![CLEO], roles: vec![] },
        policy_owners: Staffing::default(),
        times: Times::default(),
        areas: Area::defaults(),
        urgent: vec![],
        teams: vec![team(1, "Ward 3", MARA, Some(2)), team(2, "Hospital", NOOR, None)],
        routes: vec![],
        holders: BTreeMap::new(),
        absences: Vec::new(),
        left: std::collections::BTreeSet::new(),
        gone: std::collections::BTreeSet::new(),
        loads: std::collections::BTreeMap::new(),
    }
}

pub(crate) fn submission(idea: &str) -> Submission {
    Submission {
        idea: idea.to_owned(),
        proposal: None,
        benefit: None,
        area: Some(Area("equipment".into())),
        team: WARD,
        for_name: None,
        done: false,
        source: None,
    }
}

/// An idea on its way, with its history.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) shown: Shown,
    pub(crate) steps: Vec<Step>,
    pub(crate) now: Instant,
}

impl Story {
    /// Suggested by sam on Monday 23 November 2026 at ten.
    pub(crate) fn begin(submission: &Submission) -> Story {
        let now = at("2026-11-23T10:00:00Z");
        let policy = policy();
        let event = suggestion::submit(submission, &actor(SAM), &policy, now).unwrap();
        let suggestion = suggestion::apply(None, &event).unwrap();
        let item = Stored {
            number: Number(12),
            version: 1,
            suggestion,
            card: Some(CardPlace {
                channel: ChannelId(2001),
                message: MessageId(3012),
                thread: Some(ChannelId(3012)),
            }),
        };
        let shown = Shown {
            guild: GUILD,
            workspace: WorkspaceId(1),
            policy: Arc::new(policy),
            item,
            people: people(),
        };
        Story { shown, steps: vec![Step { seq: 1, event }], now }
    }

    /// An hour later somebody does something; what it did.
    pub(crate) fn act(&mut self, who: MemberId, command: &Command) -> Done {
        self.now += chrono::TimeDelta::hours(1);
        self.take(&actor(who), command).unwrap()
    }

    /// Somebody tries what is refused.
    pub(crate) fn refused(&self, who: MemberId, command: &Command) -> Rejection {
        suggestion::decide(&self.shown.item.suggestion, command, &actor(who), &self.shown.policy, self.now)
            .unwrap_err()
    }

    /// Time passes, and what is due then happens.
    pub(crate) fn until(&mut self, now: &str) -> Done {
        self.now = at(now);
        self.take(&Actor::System, &Command::RunDue).unwrap()
    }

    /// What is with the wrong person moves.
    pub(crate) fn settle(&mut self) -> Done {
        self.take(&Actor::System, &Command::Settle).unwrap()
    }

    fn take(&mut self, actor: &Actor, command: &Command) -> Result<Done, Rejection> {
        let policy = Arc::clone(&self.shown.policy);
        let events = suggestion::decide(&self.shown.item.suggestion, command, actor, &policy, self.now)?;
        for event in &events {
            let before = self.shown.item.suggestion.clone();
            self.shown.item.suggestion = suggestion::apply(Some(before), event).unwrap();
            let seq = i64::try_from(self.steps.len()).unwrap() + 1;
            self.steps.push(Step { seq, event: event.clone() });
        }
        self.shown.item.version += 1;
        Ok(Done { shown: self.shown.clone(), events, repeated: false })
    }

    pub(crate) fn done(&self) -> Done {
        let events = self.steps.last().map(|s| s.event.clone()).into_iter().collect();
        Done { shown: self.shown.clone(), events, repeated: false }
    }

    pub(crate) fn last(&self) -> (i64, &Event) {
        self.steps.last().map(|s| (s.seq, &s.event)).unwrap()
    }

    pub(crate) fn listed(&self) -> Listed {
        let Stored { number, suggestion, card, .. } = self.shown.item.clone();
        Listed { number, suggestion, card }
    }

    pub(crate) fn alike(&self) -> Alike {
        let Listed { number, suggestion, card } = self.listed();
        Alike { number, is_open: suggestion.is_open(), idea: suggestion.idea, card }
    }
}

pub(crate) fn actor(member: MemberId) -> Actor {
    Actor::Member(ActingMember { id: member, roles: vec![], admin: false })
}

/// A message as text: what stands where, with names for ids and ‹› for the invisible isolates.
pub(crate) fn visible(message: &Message) -> String {
    let mut out = message.text.clone();
    for card in &message.cards {
        out += &format!("\n=== {} ===\n{}", card.title, card.body);
        for f in &card.fields {
            out += &format!("\n[{}] {}", f.name, f.value);
        }
        if !card.footer.is_empty() {
            out += &format!("\n({})", card.footer);
        }
    }
    for row in &message.rows {
        out += &format!("\n{}", row.iter().map(control).collect::<Vec<_>>().join(" "));
    }
    if !message.mentions.is_empty() {
        out += &format!(
            "\npings: {}",
            message.mentions.iter().map(|u| format!("<@{u}>")).collect::<Vec<_>>().join(" ")
        );
    }
    for (member, name) in NAMES {
        out = out.replace(&format!("<@{}>", user(member)), &format!("@{name}"));
    }
    out.replace('\u{2068}', "‹").replace('\u{2069}', "›").replace('\u{200B}', "(0)").trim().to_owned()
}

fn control(control: &Control) -> String {
    match control {
        Control::Button { id, label, .. } => format!("[{label} | {id}]"),
        Control::Link { label, url } => format!("[{label} -> {url}]"),
        Control::Select { id, placeholder, options } => {
            let options: Vec<&str> = options.iter().map(|o| o.label.as_str()).collect();
            format!("({placeholder} | {id}: {})", options.join(", "))
        }
        Control::People { id, placeholder } | Control::Channels { id, placeholder } => {
            format!("({placeholder} | {id})")
        }
    }
}
