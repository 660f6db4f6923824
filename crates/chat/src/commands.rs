//! Everything that people can type: one table. Registration with the platform, `/help` and `docs/commands.md` come from it.
//!
//! To add a command: its file in `commands/`, and its line in [`COMMANDS`] (with the `mod` that names the file).

use kaizen_domain::rejection::{Field, Party};
use kaizen_domain::{Area, MemberId, Policy, Rejection, Staffing, TeamId};
use kaizen_workflow::ports::{Listed, Loaded};

use crate::request::Arg;
use crate::turn::{Running, Turn};

mod away;
mod brief;
mod debrief_action;
mod debrief_add;
mod debrief_close;
mod debrief_done;
mod debrief_edit;
mod debrief_lesson;
mod debrief_redact;
mod debrief_show;
mod debrief_start;
mod digest_preview;
mod help;
mod idea_accept;
mod idea_acknowledge;
mod idea_answer;
mod idea_appeal;
mod idea_ask;
mod idea_assign;
mod idea_decline;
mod idea_defer;
mod idea_edit;
mod idea_feedback;
mod idea_finding;
mod idea_follow;
mod idea_history;
mod idea_implemented;
mod idea_list;
mod idea_merge;
mod idea_outcome;
mod idea_redact;
mod idea_refer;
mod idea_reopen;
mod idea_replan;
mod idea_search;
mod idea_show;
mod idea_support;
mod idea_withdraw;
mod kaizen_areas;
mod kaizen_check;
mod kaizen_export;
mod kaizen_forget_me;
mod kaizen_holidays;
mod kaizen_kinds;
mod kaizen_policy;
mod kaizen_roles;
mod kaizen_route;
mod kaizen_setup;
mod kaizen_team;
mod kaizen_times;
mod measures;
mod my;
pub mod reference;
pub(crate) mod suggest;

#[cfg(test)]
mod tests;

pub(crate) use brief::page as brief_page;
pub(crate) use debrief_add::{add as add_to_debrief, column as debrief_column};
pub(crate) use debrief_close::close as close_debrief;
pub(crate) use debrief_done::finish as finish_action;
pub(crate) use debrief_edit::edit as edit_item;
pub(crate) use debrief_redact::redact as redact_piece;
pub(crate) use idea_history::page as history_page;
pub(crate) use idea_list::page as list_page;
pub(crate) use idea_merge::press as merge;
pub(crate) use kaizen_check::try_again;
pub(crate) use kaizen_forget_me::press as forget_me;
pub(crate) use kaizen_policy::page as register_page;
pub(crate) use kaizen_setup::press as set_up;
pub(crate) use suggest::submit_form;

/// A command: what is registered, what `/help` lists, what is run.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Its full name, subcommands parted by spaces: `idea accept`. For commands on a message: as shown.
    pub name: &'static str,
    /// What it does, at most 100 characters. Empty for commands on a message, which have no description.
    pub about: &'static str,
    /// Typed, or used on a message.
    pub kind: Kind,
    /// Its options, required ones first.
    pub options: &'static [Opt],
    /// Who may use it. For people to read; rights are checked in the domain.
    pub who: &'static [Party],
    /// What it does.
    pub(crate) run: for<'a> fn(&'a Turn<'a>) -> Running<'a>,
}

/// How a command is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Typed after a slash.
    Slash,
    /// Chosen from the menu of a message.
    OnMessage,
}

/// An option of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opt {
    /// Its name.
    pub name: &'static str,
    /// What it is for, at most 100 characters.
    pub about: &'static str,
    /// Must it be given?
    pub required: bool,
    /// What it takes.
    pub kind: OptKind,
}

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptKind {
    /// Words.
    Text {
        /// The least characters.
        min: u16,
        /// The most characters.
        max: u16,
    },
    /// One of these words, at most 25.
    Choice(&'static [&'static str]),
    /// Words that are completed while they are typed. What is offered does not bind.
    Completed {
        /// The most characters.
        max: u16,
        /// What is offered.
        from: Source,
    },
    /// Yes or no.
    Yes,
    /// A person.
    Person,
    /// A person or a role.
    PersonOrRole,
    /// A text channel or a forum.
    Channel,
    /// A role.
    Role,
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
}

/// Where the choices of an option that completes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Ideas of the workspace, by number or words.
    Ideas,
    /// Areas of the workspace.
    Areas,
    /// Teams of the workspace.
    Teams,
    /// Time zones.
    Zones,
    /// Topics of the help.
    Topics,
    /// Kinds of work.
    Kinds,
    /// Items of the debrief that is meant, with which the reader can do this.
    Items,
}

impl Opt {
    const fn new(name: &'static str, about: &'static str, kind: OptKind) -> Opt {
        Opt { name, about, required: false, kind }
    }

    const fn required(self) -> Opt {
        Opt { required: true, ..self }
    }

    /// Words of at most `max` characters.
    const fn text(name: &'static str, about: &'static str, max: usize) -> Opt {
        Opt::new(name, about, OptKind::Text { min: 1, max: characters(max) })
    }

    /// One of these words.
    const fn choice(name: &'static str, about: &'static str, words: &'static [&'static str]) -> Opt {
        Opt::new(name, about, OptKind::Choice(words))
    }

    /// Words that complete.
    const fn completed(name: &'static str, about: &'static str, from: Source) -> Opt {
        Opt::new(name, about, OptKind::Completed { max: 100, from })
    }
}

/// The domain counts in `usize`, platforms in 16 bits.
const fn characters(max: usize) -> u16 {
    if max > u16::MAX as usize { u16::MAX } else { max as u16 }
}

/// Which idea is meant; may be left out inside its own thread.
const NUMBER: Opt =
    Opt::completed("number", "Which idea: K-12, or words of it; not needed in its thread", Source::Ideas);

/// Which debrief is meant; may be left out inside its own thread.
const DEBRIEF: Opt = Opt::text("number", "Which debrief, like D-7; not needed in its thread", 12);

/// Which item of it is meant.
const ITEM: Opt =
    Opt::completed("item", "Which item: pick one while you type, or words of it", Source::Items).required();

/// All commands, in the order in which the help lists them.
pub const COMMANDS: &[Spec] = &[
    suggest::SPEC,
    suggest::ON_MESSAGE,
    idea_show::SPEC,
    idea_list::SPEC,
    idea_search::SPEC,
    idea_history::SPEC,
    idea_support::SPEC,
    idea_follow::SPEC,
    idea_acknowledge::SPEC,
    idea_finding::SPEC,
    idea_finding::ON_MESSAGE,
    idea_ask::SPEC,
    idea_answer::SPEC,
    idea_assign::SPEC,
    idea_refer::SPEC,
    idea_accept::SPEC,
    idea_decline::SPEC,
    idea_defer::SPEC,
    idea_replan::SPEC,
    idea_implemented::SPEC,
    idea_outcome::SPEC,
    idea_feedback::SPEC,
    idea_appeal::SPEC,
    idea_edit::SPEC,
    idea_withdraw::SPEC,
    idea_redact::SPEC,
    idea_merge::SPEC,
    idea_reopen::SPEC,
    debrief_start::SPEC,
    debrief_add::SPEC,
    debrief_add::ON_MESSAGE,
    debrief_action::SPEC,
    debrief_done::SPEC,
    debrief_lesson::SPEC,
    debrief_edit::SPEC,
    debrief_redact::SPEC,
    debrief_close::SPEC,
    debrief_show::SPEC,
    brief::SPEC,
    my::SPEC,
    away::SPEC,
    measures::SPEC,
    help::SPEC,
    digest_preview::SPEC,
    kaizen_setup::SPEC,
    kaizen_team::ADD,
    kaizen_team::EDIT,
    kaizen_team::REMOVE,
    kaizen_team::LIST,
    kaizen_route::ADD,
    kaizen_route::REMOVE,
    kaizen_route::LIST,
    kaizen_roles::ADD,
    kaizen_roles::REMOVE,
    kaizen_roles::LIST,
    kaizen_times::SET,
    kaizen_times::RESET,
    kaizen_times::LIST,
    kaizen_areas::ADD,
    kaizen_areas::REMOVE,
    kaizen_areas::LIST,
    kaizen_holidays::ADD,
    kaizen_holidays::REMOVE,
    kaizen_holidays::LIST,
    kaizen_kinds::SPEC,
    kaizen_policy::SPEC,
    kaizen_check::SPEC,
    kaizen_export::SPEC,
    kaizen_forget_me::SPEC,
];

/// The command of this name.
pub fn find(name: &str, kind: Kind) -> Option<&'static Spec> {
    COMMANDS.iter().find(|c| c.kind == kind && c.name == name)
}

/// An area of the workspace by its word, whatever the case.
fn area(policy: &Policy, typed: &str) -> Result<Area, Rejection> {
    let word = typed.trim().to_lowercase();
    policy.areas.iter().find(|a| a.0.to_lowercase() == word).cloned().ok_or_else(|| Rejection::NotOneOf {
        field: Field::Area,
        typed: typed.to_owned(),
        takes: policy.areas.iter().map(|a| a.0.clone()).collect(),
    })
}

/// The team that the option `team` names, if it is filled in.
fn team_option(turn: &Turn<'_>, policy: &Policy) -> Result<Option<TeamId>, Rejection> {
    let found = |name: &str| policy.team_named(name).ok_or_else(|| Rejection::NoSuchTeam(name.to_owned()));
    turn.args.text("team").map(|name| found(name).map(|t| t.id)).transpose()
}

/// The person or the role of an option; a person is the one whom [`kaizen_workflow::ports::Ask::named`] names.
fn staffing_option(turn: &Turn<'_>, option: &str, loaded: &Loaded) -> Option<Staffing> {
    match turn.args.0.get(option) {
        Some(Arg::Person(_)) => Some(Staffing { members: loaded.named.clone(), roles: Vec::new() }),
        Some(Arg::Role(role)) => Some(Staffing { members: Vec::new(), roles: vec![*role] }),
        Some(Arg::Text(_) | Arg::Bool(_) | Arg::Integer(_) | Arg::Channel(_)) | None => None,
    }
}

/// Everybody whom the lines of a list name.
fn members(lines: &[Listed]) -> Vec<MemberId> {
    let named = |l: &Listed| {
        let owes = l.suggestion.open_requirement().map(|r| r.by);
        [Some(l.suggestion.author), Some(l.suggestion.responsible), owes]
    };
    let mut members: Vec<MemberId> = lines.iter().flat_map(named).flatten().collect();
    members.sort_unstable();
    members.dedup();
    members
}

/// Everybody whom the settings name.
fn staff(policy: &Policy) -> Vec<MemberId> {
    let staffings = [&policy.coordinators, &policy.policy_owners]
        .into_iter()
        .chain(policy.teams.iter().map(|t| &t.managers))
        .chain(policy.routes.iter().map(|r| &r.to));
    let mut members: Vec<MemberId> = staffings.flat_map(|s| policy.people(s)).chain([policy.owner]).collect();
    members.sort_unstable();
    members.dedup();
    members
}
