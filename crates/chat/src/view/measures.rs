//! Measures in words. No share without its count, and none of fewer than five; teams and kinds, never persons.

use kaizen_domain::{GuildId, Policy, RequirementKind, Team};
use kaizen_workflow::measures::{self, Counting, Kept, KeptLine, LookedBack};
use kaizen_workflow::ports::{Listed, People};

use super::compose::{self, BODY_ROOM};
use super::{item, markup, words};
use crate::reply::{Card, Message};

/// Of fewer than this no percentage is given.
const LEAST: u64 = 5;
const PAPER: u32 = 0x5B_6B_7A;

/// What was counted, and for whom.
pub struct Seen<'a> {
    /// The community.
    pub guild: GuildId,
    /// The settings.
    pub policy: &'a Policy,
    /// The team that was asked about; none: all.
    pub team: Option<&'a Team>,
    /// The period.
    pub of: &'a Counting,
    /// The counts.
    pub lines: &'a [KeptLine],
    /// Debriefs and their lessons, counted.
    pub debriefs: LookedBack,
    /// Who is who.
    pub people: &'a People,
}

/// `/measures`: how the promise was kept, by team; with `overdue`, the ledger by kind and what is overdue the longest. Private.
pub fn promise(seen: &Seen<'_>, overdue: Option<&[Listed]>) -> Message {
    let whose = seen.team.map_or_else(|| "the whole community".to_owned(), |t| words::name(&t.name));
    let text = format!(
        "**Promise kept**, {whose}, {} to {}: {}.\n{}",
        markup::day(seen.of.since),
        markup::day(seen.of.until),
        kept(&measures::promise(seen.lines)),
        markup::small(
            "Given in time ÷ (given in time + given late + overdue now): first answers, decisions, implementations, outcome checks and actions of debriefs."
        )
    );
    let mut cards = match overdue {
        Some(overdue) => by_kind(seen, overdue),
        None => by_team(seen),
    };
    cards.extend(looked_back(&seen.debriefs));
    Message { text, cards, ..Message::default() }
}

/// `5 of 6 in time (83 %), 0 late, 1 overdue now, 2 open`.
fn kept(k: &Kept) -> String {
    let promised = k.promised();
    if promised == 0 {
        return format!("nothing was due or given, {} open", k.open);
    }
    let share = share(k.in_time, promised);
    format!(
        "{} of {promised} in time{share}, {} late, {} overdue now, {} open",
        k.in_time, k.late, k.overdue, k.open
    )
}

/// Debriefs, and whether what they taught is used; nothing where there were none.
fn looked_back(d: &LookedBack) -> Option<Card> {
    if *d == LookedBack::default() {
        return None;
    }
    let mut lines = vec![format!(
        "- {} held, {} escalated, {} kept",
        words::count(d.held, "debrief", "debriefs"),
        words::count(d.escalated, "item", "items"),
        words::count(d.kept, "lesson", "lessons")
    )];
    if d.shown > 0 {
        let share = share(d.used, d.shown);
        lines.push(format!(
            "- Lesson reuse: {} of {} that briefings show now {} marked as used{share}",
            d.used,
            words::count(d.shown, "lesson", "lessons"),
            if d.used == 1 { "is" } else { "are" }
        ));
    }
    Some(paper("Debriefs".to_owned(), &lines))
}

/// ` (83 %)`; nothing of fewer than five.
fn share(part: u64, of: u64) -> String {
    if of < LEAST { String::new() } else { format!(" ({} %)", part * 100 / of) }
}

fn by_team(seen: &Seen<'_>) -> Vec<Card> {
    let line = |team: &Team| {
        let kept_of = measures::sum(seen.lines, |l| l.kind.is_promised() && l.team == team.id);
        (kept_of != Kept::default()).then(|| format!("- {}: {}", words::name(&team.name), kept(&kept_of)))
    };
    let lines: Vec<String> = seen.policy.teams.iter().filter_map(line).collect();
    if seen.team.is_some() || lines.len() < 2 {
        return Vec::new();
    }
    vec![paper("By team".to_owned(), &lines)]
}

fn by_kind(seen: &Seen<'_>, overdue: &[Listed]) -> Vec<Card> {
    let line = |kind: RequirementKind| {
        let kept_of = measures::sum(seen.lines, |l| l.kind == kind);
        (kept_of != Kept::default()).then(|| format!("- {}: {}", words::kind(kind), kept(&kept_of)))
    };
    let promised = RequirementKind::ALL.into_iter().filter(|k| k.is_promised());
    let lines: Vec<String> = promised.filter_map(line).collect();
    let mut cards = Vec::new();
    if !lines.is_empty() {
        cards.push(paper("The ledger by kind".to_owned(), &lines));
    }
    if !overdue.is_empty() {
        let one = |l| format!("- {}", item::due_line(seen.guild, l, seen.of.until, seen.people));
        let lines: Vec<String> = overdue.iter().map(one).collect();
        cards.push(paper(format!("Overdue the longest ({})", overdue.len()), &lines));
    }
    cards
}

fn paper(title: String, lines: &[String]) -> Card {
    Card { title, body: compose::lines(lines, BODY_ROOM / 2, "idea list"), colour: PAPER, ..Card::default() }
}
