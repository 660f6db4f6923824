//! The texts of `/kaizen holidays`, `times`, `areas`, `route` and `roles`.

use chrono::NaiveDate;
use kaizen_domain::settings::roles::Part;
use kaizen_domain::settings::{TimeKey, reached_before, today};
use kaizen_domain::{Area, Instant, Policy, Team, TeamId};
use kaizen_workflow::ports::People;

use super::compose::{BODY_ROOM, TEXT_ROOM, fit, lines};
use super::{markup, words};
use crate::reply::{Card, Message};

/// The colour of the set-up.
const PAPER: u32 = 0x5B_6B_7A;
/// Days that are named in a sentence.
const DAYS: usize = 12;

/// What was done to holidays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolidayChange {
    /// They are holidays now.
    Added,
    /// They are none any more.
    Removed,
}

/// Holidays were entered or taken out, for one team or for all. The days are shown in full.
pub fn holidays_changed(
    policy: &Policy,
    team: Option<TeamId>,
    days: &[NaiveDate],
    change: HolidayChange,
) -> Message {
    let whose = team
        .and_then(|id| policy.team(id))
        .map_or_else(|| "for every team".to_owned(), |t| format!("for {}", words::name(&t.name)));
    let mut named: Vec<String> = days.iter().take(DAYS).map(|day| words::date(*day)).collect();
    if days.len() > DAYS {
        named.push(format!("{} more", days.len() - DAYS));
    }
    let days = words::list(&named);
    let text = match change {
        HolidayChange::Added => format!("Recorded: nobody works on {days}, {whose}."),
        HolidayChange::Removed => format!("Recorded: people work on {days} after all, {whose}."),
    };
    let text = format!(
        "{text} What is due moves accordingly, and its history says so; dates that somebody set stay. {} shows all.",
        markup::command("kaizen holidays list")
    );
    message(&text)
}

/// `/kaizen holidays list`: those to come, of one team or of each.
pub fn holidays(policy: &Policy, team: Option<TeamId>, now: Instant) -> Message {
    let of = |t: &&Team| !t.removed && team.is_none_or(|id| id == t.id);
    let teams: Vec<&Team> = policy.teams.iter().filter(of).collect();
    let coming = |t: &Team| -> Vec<(NaiveDate, String)> {
        let today = today(t, now);
        let days = t.calendar.holidays.iter().filter(|(day, _)| *day >= today);
        days.map(|(day, name)| (day, name.to_owned())).collect()
    };
    let mut all: Vec<(NaiveDate, String)> = teams.iter().flat_map(|t| coming(t)).collect();
    all.sort();
    all.dedup();
    let line = |(day, name): &(NaiveDate, String)| {
        let whose: Vec<String> = teams
            .iter()
            .filter(|t| coming(t).contains(&(*day, name.clone())))
            .map(|t| words::name(&t.name))
            .collect();
        let whose = if whose.len() == teams.len() {
            String::new()
        } else {
            format!(" · only {}", words::list(&whose))
        };
        let name = if name.is_empty() { String::new() } else { format!(": {}", words::name(name)) };
        format!("- {}{name}{whose}", words::date(*day))
    };
    let shown: Vec<String> = all.iter().map(line).collect();
    let add = markup::command("kaizen holidays add");
    if shown.is_empty() {
        return message(&format!("No holidays are to come. {add} enters them, one or several at a time."));
    }
    listed(
        &format!("{add} and {} change this.", markup::command("kaizen holidays remove")),
        "Holidays",
        &shown,
        "kaizen holidays list",
    )
}

/// `/kaizen times list`.
pub fn times(policy: &Policy) -> Message {
    let shown: Vec<String> = TimeKey::ALL.iter().map(|key| time(policy, *key)).collect();
    let text = format!("{} changes one of them.", markup::command("kaizen times set"));
    listed(&text, "How long a response may take", &shown, "kaizen times list")
}

/// A time was set, or times went back to the usual ones.
pub fn times_changed(policy: &Policy, which: Option<TimeKey>) -> Message {
    let Some(key) = which else {
        return Message { text: "Recorded: the usual times.".to_owned(), ..times(policy) };
    };
    message(&format!(
        "Recorded.\n{}\nThis holds for what begins from now on; what is owed already stays due when it was promised.",
        time(policy, key)
    ))
}

fn time(policy: &Policy, key: TimeKey) -> String {
    let what = match key {
        TimeKey::Acknowledge => "a first answer to an idea",
        TimeKey::Decide => "a decision, from then on",
        TimeKey::Answer => "an author's answer to a question",
        TimeKey::Implement => "carrying it out, where nobody sets a date",
        TimeKey::OutcomeCheck => "the outcome check, once it is done",
        TimeKey::EscalateAgain => "the next step, while an answer is late",
        TimeKey::DecideAgain => "a decision, after a deferral",
        TimeKey::Appeal => "an appeal, or reopening what was merged",
    };
    format!("- **{}**: {} ({what})", key.as_str(), key.of(&policy.times))
}

/// The areas, with what is urgent marked.
pub fn area_names(policy: &Policy) -> Vec<String> {
    let name = |area: &Area| {
        let urgent = if policy.urgent.contains(area) { " (urgent: reminded at any hour)" } else { "" };
        format!("{}{urgent}", words::name(&area.0))
    };
    policy.areas.iter().map(name).collect()
}

/// `/kaizen areas list`.
pub fn areas(policy: &Policy) -> Message {
    let areas = area_names(policy);
    message(&format!(
        "Ideas can be about {}. {} and {} change this.",
        words::list(&areas),
        markup::command("kaizen areas add"),
        markup::command("kaizen areas remove")
    ))
}

/// An area was added.
pub fn area_added(policy: &Policy) -> Message {
    let areas = area_names(policy);
    message(&format!(
        "Recorded. Ideas can be about {} now. Whoever should take such ideas: {}.",
        words::list(&areas),
        markup::command("kaizen route add")
    ))
}

/// An area was removed; so many open ideas keep it.
pub fn area_removed(policy: &Policy, gone: &Area, kept: u64) -> Message {
    let areas: Vec<String> = policy.areas.iter().map(|a| words::name(&a.0)).collect();
    let keep = match kept {
        0 => String::new(),
        1 => " One open idea is about it and keeps it.".to_owned(),
        n => format!(" {n} open ideas are about it and keep it."),
    };
    message(&format!(
        "Recorded: {} is no longer offered.{keep} Ideas can be about {}.",
        words::name(&gone.0),
        words::list(&areas)
    ))
}

/// `/kaizen route list`, and what was done to a route before.
pub fn routes(policy: &Policy, people: &People, said: &str) -> Message {
    let line = |(at, route): (usize, &kaizen_domain::Route)| {
        let area = route.area.as_ref().map_or_else(|| "anything".to_owned(), |a| words::name(&a.0));
        let team = route.team.map(|id| {
            policy.team(id).map_or_else(|| "a team that is gone".to_owned(), |t| words::name(&t.name))
        });
        let team = team.map(|name| format!(" in {name}")).unwrap_or_default();
        let shadow = reached_before(&policy.routes, at)
            .map(|before| format!(" · never reached, since {before} takes it first"))
            .unwrap_or_default();
        format!("{}. {area}{team} → {}{shadow}", at + 1, words::staffing(people, &route.to))
    };
    let shown: Vec<String> = policy.routes.iter().enumerate().map(line).collect();
    let order = "A new idea goes to the first route that fits; without one to the team's manager, then to the managers above, at last to the coordinator.";
    let said = if said.is_empty() { String::new() } else { format!("{said} ") };
    let add = markup::command("kaizen route add");
    if shown.is_empty() {
        return message(&format!("{said}There are no routes. {order} {add} makes one."));
    }
    let text = format!("{said}{order} {add} and {} change this.", markup::command("kaizen route remove"));
    listed(&text, "Routes, in order", &shown, "kaizen route list")
}

/// `/kaizen roles list`, and what was done before.
pub fn roles(policy: &Policy, people: &People, said: &str) -> Message {
    let coordinators = if policy.coordinators.is_empty() {
        format!("{} (owns this community, since nobody is named)", words::person(people, policy.owner))
    } else {
        words::staffing(people, &policy.coordinators)
    };
    let said = if said.is_empty() { String::new() } else { format!("{said}\n") };
    message(&format!(
        "{said}Coordinators: {coordinators}\nPolicy owners: {}\n{} and {} change this.",
        words::staffing(people, &policy.policy_owners),
        markup::command("kaizen roles add"),
        markup::command("kaizen roles remove")
    ))
}

/// A part that somebody plays, as a noun.
pub const fn part(part: Part) -> &'static str {
    match part {
        Part::Coordinator => "a coordinator",
        Part::PolicyOwner => "a policy owner",
    }
}

fn message(text: &str) -> Message {
    Message { text: fit(text, TEXT_ROOM, "help"), ..Message::default() }
}

fn listed(text: &str, title: &str, shown: &[String], command: &str) -> Message {
    let card = Card {
        title: title.to_owned(),
        body: lines(shown, BODY_ROOM, command),
        colour: PAPER,
        ..Card::default()
    };
    Message { text: fit(text, TEXT_ROOM, command), cards: vec![card], ..Message::default() }
}
