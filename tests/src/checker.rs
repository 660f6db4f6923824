//! Looks at a run from outside, after it: what the local Discord recorded, what the database holds, and the history.
//!
//! It knows nothing of how the program works. Whatever was said to be recorded must be there, once; every step that people
//! are told of must have been told, once; nothing may be left to send; every card must show the newest state.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use discord_sim::{Id, Message, Sim};
use kaizen_chat::view;
use kaizen_domain::suggestion::{self, Fact, Notice, Suggestion};
use kaizen_domain::{MemberId, UserId};
use kaizen_server::audit;
use kaizen_storage::Database;
use kaizen_workflow::engine::members_of;
use kaizen_workflow::ports::{CardPlace, Outbox, Queries, Shown, Step, Store, Stored, Workspace};

mod debriefs;

use crate::load::{Deed, Said};

/// What may be, besides a clean run.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// Answers of the platform that are no mistake of ours in this run, besides successes and what faults answered.
    pub statuses: Vec<u16>,
    /// The same by the platform's own codes (40060 …).
    pub codes: Vec<u64>,
    /// Dead letters.
    pub dead: u64,
}

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Report {
    /// Items.
    pub items: usize,
    /// Steps of their histories.
    pub steps: usize,
    /// Posts and direct messages that tell of a step.
    pub told: usize,
    /// Debriefs that were closed.
    pub closed: usize,
    /// Actions that were promised in debriefs.
    pub promised: usize,
    /// What is wrong; empty if all is well.
    pub problems: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} items, {} steps, {} messages about them", self.items, self.steps, self.told)?;
        write!(f, "; {} debriefs closed, {} actions", self.closed, self.promised)?;
        for problem in &self.problems {
            write!(f, "\n- {problem}")?;
        }
        Ok(())
    }
}

/// Everything that is to be checked.
pub struct Checker<'a> {
    /// What the platform saw.
    pub sim: &'a Sim,
    /// The database.
    pub db: &'a Database,
    /// The community.
    pub guild: Id,
    /// What people were told.
    pub said: &'a Said,
    /// What may be.
    pub allowed: Allowed,
}

/// Where one message about a step stands: channel, item, step.
type Told = (Id, u32, i64);

impl Checker<'_> {
    /// Looks at everything.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn look(&self) -> Report {
        let mut report = Report::default();
        let mut audit = audit::verify(self.db, self.db).await.expect("the database answers");
        let debriefs = audit::verify_debriefs(&mut audit, self.db, self.db).await;
        debriefs.expect("the database answers");
        report.problems.extend(audit.differences.iter().map(|d| format!("audit: {d}")));
        self.outbox(&mut report).await;
        self.journal(&mut report);
        let guild = kaizen_domain::GuildId(self.guild);
        let found = self.db.workspace(guild).await.expect("the database answers");
        let Some(workspace) = found else {
            report.problems.push("there is no workspace".to_owned());
            return report;
        };
        let numbers = self.db.numbers(workspace.id).await.expect("the database answers");
        report.items = numbers.len();
        let counted = numbers.iter().map(|n| n.0).eq(1..=u32::try_from(numbers.len()).unwrap_or(u32::MAX));
        if !counted {
            report.problems.push(format!("the numbers are not 1 to {}: {numbers:?}", numbers.len()));
        }

        let cards = self.cards();
        let sent = self.told(&mut report);
        let mut expected: BTreeMap<Told, usize> = BTreeMap::new();
        let mut histories = BTreeMap::new();
        for number in numbers {
            let stored = self.db.find(workspace.id, number).await.expect("the database answers");
            let steps = self.db.history(workspace.id, number).await.expect("the database answers");
            report.steps += steps.len();
            let Some(stored) = stored else {
                report.problems.push(format!("{number} has no row"));
                continue;
            };
            let shown = self.shown(&workspace, stored, &steps).await;
            self.card(&shown, cards.get(&number.0).map_or(&[], Vec::as_slice), &mut report);
            self.expect(&shown, &steps, &mut expected, &mut report);
            histories.insert(number.0, (shown, steps));
        }
        for (told, times) in &expected {
            let found = sent.get(told).copied().unwrap_or_default();
            if found != *times {
                let (channel, number, seq) = told;
                let place = self.place(*channel);
                report
                    .problems
                    .push(format!("K-{number} · {seq} stands {found} times in {place} instead of {times}"));
            }
        }
        for ((channel, number, seq), times) in sent.iter().filter(|(told, _)| !expected.contains_key(told)) {
            let place = self.place(*channel);
            report
                .problems
                .push(format!("K-{number} · {seq} stands {times} times in {place}, and should not"));
        }
        report.told = sent.values().sum();
        self.deeds(&workspace, &histories, &mut report).await;
        self.debriefs(&workspace, &mut report).await;
        report
    }

    async fn outbox(&self, report: &mut Report) {
        let depth = self.db.depth().await.expect("the database answers");
        if depth.pending > 0 {
            report.problems.push(format!("{} rows of the outbox are still to be sent", depth.pending));
        }
        if depth.dead != self.allowed.dead {
            let dead = self.db.dead_letters(None).await.expect("the database answers");
            report
                .problems
                .push(format!("{} dead letters instead of {}: {dead:?}", depth.dead, self.allowed.dead));
        }
    }

    /// What we sent, the platform took, unless it was told to play a fault.
    fn journal(&self, report: &mut Report) {
        let mut refused: BTreeMap<String, usize> = BTreeMap::new();
        self.sim.read(|world| {
            for call in world.calls() {
                let allowed = self.allowed.statuses.contains(&call.status)
                    || call.response["code"].as_u64().is_some_and(|code| self.allowed.codes.contains(&code));
                if call.status >= 400 && call.fault.is_none() && !allowed {
                    let line =
                        format!("{} to {} {}: {}", call.status, call.method, call.route, call.response);
                    *refused.entry(line).or_default() += 1;
                }
            }
        });
        report
            .problems
            .extend(refused.into_iter().map(|(line, times)| format!("refused {times} times: {line}")));
    }

    /// Every card that was ever posted, by number.
    fn cards(&self) -> BTreeMap<u32, Vec<Message>> {
        self.sim.read(|world| {
            let mut cards: BTreeMap<u32, Vec<Message>> = BTreeMap::new();
            for message in world.all_messages() {
                if message.ephemeral_for.is_some() || message.guild_id.is_none() || message.kind != 0 {
                    continue;
                }
                for embed in &message.embeds {
                    if let Some(number) = embed["footer"]["text"].as_str().and_then(number_of) {
                        cards.entry(number).or_default().push(message.clone());
                    }
                }
            }
            cards
        })
    }

    /// Every message about a step that was ever sent, and how often.
    fn told(&self, report: &mut Report) -> BTreeMap<Told, usize> {
        self.sim.read(|world| {
            let mut told: BTreeMap<Told, usize> = BTreeMap::new();
            let mut nonces = BTreeSet::new();
            for message in world.all_messages() {
                if message.ephemeral_for.is_some() || message.author_id != world.bot_id() {
                    continue;
                }
                if let Some(nonce) = message.nonce.as_ref().and_then(|n| n.as_str())
                    && !nonces.insert(nonce.to_owned())
                {
                    report.problems.push(format!("two messages with the nonce {nonce}"));
                }
                if let Some((number, seq)) = mark_of(&message.content) {
                    *told.entry((message.channel_id, number, seq)).or_default() += 1;
                }
            }
            told
        })
    }

    async fn shown(&self, workspace: &Workspace, stored: Stored, steps: &[Step]) -> Shown {
        let events: Vec<_> = steps.iter().map(|s| s.event.clone()).collect();
        let named = members_of(&stored.suggestion, &events, &workspace.policy);
        let people = self.db.people(workspace.id, &named).await.expect("the database answers");
        Shown {
            guild: workspace.guild,
            workspace: workspace.id,
            policy: std::sync::Arc::clone(&workspace.policy),
            item: stored,
            people,
        }
    }

    /// One card with one thread, where the database says, and with the newest state.
    fn card(&self, shown: &Shown, cards: &[Message], report: &mut Report) {
        let number = shown.item.number;
        let [card] = cards else {
            report.problems.push(format!("{number} has {} cards", cards.len()));
            return;
        };
        let Some(CardPlace { channel, message, thread }) = shown.item.card else {
            report.problems.push(format!("the place of the card of {number} is not written down"));
            return;
        };
        let there = (channel.0, message.0, thread.map(|t| t.0));
        if there != (card.channel_id, card.id, card.thread) {
            report.problems.push(format!("the card of {number} stands elsewhere than the database says"));
        }
        let face = view::card::face(shown);
        let embed = card.embeds.first().cloned().unwrap_or_default();
        let fields: Vec<(&str, &str)> = embed["fields"]
            .as_array()
            .map(|all| {
                all.iter()
                    .map(|f| {
                        (f["name"].as_str().unwrap_or_default(), f["value"].as_str().unwrap_or_default())
                    })
                    .collect()
            })
            .unwrap_or_default();
        let wanted: Vec<(&str, &str)> =
            face.fields.iter().map(|f| (f.name.as_str(), f.value.as_str())).collect();
        if embed["title"] != face.title.as_str() || fields != wanted {
            let is = &embed["title"];
            report.problems.push(format!(
                "the card of {number} shows an old state: {is} {fields:?} instead of {} {wanted:?}",
                face.title
            ));
        }
    }

    /// The messages that the history asks for.
    fn expect(
        &self,
        shown: &Shown,
        steps: &[Step],
        expected: &mut BTreeMap<Told, usize>,
        report: &mut Report,
    ) {
        let number = shown.item.number;
        let mut before: Option<Suggestion> = None;
        for step in steps {
            let Some(after) = suggestion::apply(before.clone(), &step.event) else {
                report.problems.push(format!("{number}: step {} does not follow", step.seq));
                return;
            };
            let events = std::slice::from_ref(&step.event);
            for notice in suggestion::react(before.as_ref(), &after, events, &shown.policy).notices {
                let channel = match notice {
                    Notice::Post { .. } if is_posted(&step.event.fact) => {
                        shown.item.card.and_then(|c| c.thread).map(|t| t.0)
                    }
                    Notice::Direct { to, .. } => self.direct(shown, to),
                    Notice::Post { .. }
                    | Notice::Card
                    | Notice::Reminder { .. }
                    | Notice::RewriteAll
                    | Notice::Rename => continue,
                };
                match channel {
                    Some(channel) => *expected.entry((channel, number.0, step.seq)).or_default() += 1,
                    None => report
                        .problems
                        .push(format!("{number} · {}: there is no place for {notice:?}", step.seq)),
                }
            }
            before = Some(after);
        }
    }

    fn direct(&self, shown: &Shown, to: MemberId) -> Option<Id> {
        let user = shown.people.user(to)?;
        self.sim.read(|world| world.dm_channel(user.0).map(|c| c.id))
    }

    /// What people were told is so: what was confirmed is there once, what was not is there once at most.
    async fn deeds(
        &self,
        workspace: &Workspace,
        histories: &BTreeMap<u32, (Shown, Vec<Step>)>,
        report: &mut Report,
    ) {
        let mut numbers: BTreeMap<u32, usize> = BTreeMap::new();
        for said in self.said.all() {
            let found: Vec<(u32, &Step)> = histories
                .iter()
                .flat_map(|(number, (_, steps))| steps.iter().map(|s| (*number, s)))
                .filter(|(number, step)| match &said.deed {
                    Deed::Suggest { idea } => {
                        matches!(&step.event.fact, Fact::Submitted { idea: text, .. } if text.written() == Some(idea))
                    }
                    Deed::Finding { number: of, text: words } => {
                        of == number
                            && matches!(&step.event.fact, Fact::FindingAdded { text, .. } if text.written() == Some(words))
                    }
                    Deed::Acknowledge { number: of } => {
                        of == number && matches!(step.event.fact, Fact::Acknowledged { .. })
                    }
                    Deed::Accept { number: of } => {
                        of == number && matches!(step.event.fact, Fact::Accepted { .. })
                    }
                    Deed::MeToo { .. }
                    | Deed::LookBack { .. }
                    | Deed::Say { .. }
                    | Deed::Promise { .. }
                    | Deed::Close { .. } => false,
                })
                .collect();
            if let Deed::MeToo { .. }
            | Deed::LookBack { .. }
            | Deed::Say { .. }
            | Deed::Promise { .. }
            | Deed::Close { .. } = said.deed
            {
                continue;
            }
            let fine = if said.confirmed.is_some() { found.len() == 1 } else { found.len() <= 1 };
            if !fine {
                let was = if said.confirmed.is_some() { "confirmed" } else { "not confirmed" };
                report.problems.push(format!(
                    "{:?} was {was} and is in the history {} times",
                    said.deed,
                    found.len()
                ));
            }
            if let (Deed::Suggest { idea }, Some(number)) = (&said.deed, said.confirmed) {
                *numbers.entry(number).or_default() += 1;
                if found.iter().any(|(at, _)| *at != number) {
                    report.problems.push(format!("{idea:?} was confirmed as K-{number} and is another"));
                }
            }
        }
        for (number, times) in numbers.iter().filter(|(_, times)| **times > 1) {
            report.problems.push(format!("{times} people were told that theirs is K-{number}"));
        }
        self.presses(workspace, histories, report).await;
    }

    /// Presses of **Me too**: as many steps as were confirmed at least, as were pressed at most.
    async fn presses(
        &self,
        workspace: &Workspace,
        histories: &BTreeMap<u32, (Shown, Vec<Step>)>,
        report: &mut Report,
    ) {
        let mut pressed: BTreeMap<(u32, Id), (usize, usize)> = BTreeMap::new();
        for said in self.said.all() {
            if let Deed::MeToo { number } = said.deed {
                let (confirmed, tried) = pressed.entry((number, said.who)).or_default();
                *tried += 1;
                *confirmed += usize::from(said.confirmed.is_some());
            }
        }
        let users: Vec<UserId> = pressed.keys().map(|(_, user)| UserId(*user)).collect();
        let members = self.db.members(workspace.id, &users).await.expect("the database answers");
        for (((number, user), (confirmed, tried)), member) in pressed.iter().zip(members) {
            let Some((_, steps)) = histories.get(number) else {
                report.problems.push(format!("K-{number} was pressed on, and is not there"));
                continue;
            };
            let by = kaizen_domain::Who::Member(member);
            let count = steps
                .iter()
                .filter(|s| s.event.by == by)
                .filter(|s| matches!(s.event.fact, Fact::Supported | Fact::SupportTakenBack))
                .count();
            if count < *confirmed || count > *tried {
                report.problems.push(format!(
                    "{user} pressed Me too on K-{number} {tried} times, {confirmed} confirmed; the history has {count}"
                ));
            }
        }
    }

    fn place(&self, channel: Id) -> String {
        self.sim.read(|world| {
            world.channel(channel).map_or_else(
                || channel.to_string(),
                |c| {
                    let person = c.members.iter().find(|id| **id != world.bot_id());
                    match (c.guild_id, person.and_then(|id| world.user(*id))) {
                        (None, Some(user)) => format!("the conversation with {}", user.name),
                        _ => format!("#{}", c.name),
                    }
                },
            )
        })
    }
}

/// Steps that get a post in the thread: all but those that happen by the hundred, and reminders.
fn is_posted(fact: &Fact) -> bool {
    !matches!(
        fact,
        Fact::Supported
            | Fact::SupportTakenBack
            | Fact::Followed
            | Fact::Unfollowed
            | Fact::Reminded { .. }
            | Fact::FeedbackGiven { note: None, .. }
    )
}

/// `K-12` alone.
fn number_of(text: &str) -> Option<u32> {
    text.strip_prefix("K-")?.parse().ok()
}

/// `K-12 · 7` alone on the last line, in small print.
fn mark_of(text: &str) -> Option<(u32, i64)> {
    let last = text.trim_end().lines().next_back()?.trim_start_matches("-#").trim();
    let (number, seq) = last.split_once(" · ")?;
    Some((number_of(number)?, seq.parse().ok()?))
}
