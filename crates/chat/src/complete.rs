//! Completion of options while they are typed: fast, never more than 25 choices, and empty rather than an error.

use kaizen_domain::debrief::WorkKind;
use kaizen_domain::suggestion::StageName;
use kaizen_domain::{Actor, GuildId, Number, Policy};
use kaizen_workflow::ports::{ListFilter, Listed, Queries, StoreError, Workspace};
use tracing::warn;

use crate::commands::{self, Kind, OptKind, Source};
use crate::reply::Choice;
use crate::request::{Args, Request};
use crate::turn::Turn;
use crate::{Chat, debriefs, view};

/// The most choices that a platform takes.
const MOST: usize = 25;
/// The same for the database.
const MOST_IDEAS: u32 = 25;
/// The most characters of a choice's value on every platform.
const LONGEST_VALUE: usize = 100;

/// What is being typed.
pub(crate) struct Typing<'a> {
    pub(crate) name: &'a str,
    pub(crate) option: &'a str,
    pub(crate) typed: &'a str,
    pub(crate) args: &'a Args,
}

/// What it could be completed to.
pub(crate) async fn choices(chat: &Chat, request: &Request, typing: &Typing<'_>) -> Vec<Choice> {
    let Some(from) = source(typing) else { return Vec::new() };
    let typed = typing.typed.trim();
    match from {
        Source::Topics => return view::help::topics(typed),
        Source::Ideas | Source::Areas | Source::Teams | Source::Zones | Source::Kinds | Source::Items => {}
    }
    let found = async {
        let Some(guild) = request.guild else { return Ok(Vec::new()) };
        let Some(workspace) = chat.engine.store().workspace(guild).await? else { return Ok(Vec::new()) };
        Ok(match from {
            Source::Ideas => {
                let offered = offered(typing.name, typing.option);
                ideas(&**chat.engine.queries(), &workspace, typed, &offered).await?
            }
            Source::Areas => words(workspace.policy.areas.iter().map(|a| a.0.as_str()), typed),
            Source::Teams => {
                words(workspace.policy.teams.iter().filter(|t| !t.removed).map(|t| t.name.as_str()), typed)
            }
            Source::Zones => zones(&workspace.policy, typed),
            Source::Kinds => {
                let Ok(debriefs) = chat.engine.debriefs() else { return Ok(Vec::new()) };
                let folded = kaizen_domain::debrief::kind::fold(typed);
                let kinds = debriefs.list_kinds(workspace.id, &folded, MOST_IDEAS).await?;
                let choice = |k: WorkKind| Choice { label: k.name.clone(), value: k.name };
                kinds.into_iter().map(choice).collect()
            }
            Source::Items => items(chat, request, typing, guild).await?,
            Source::Topics => Vec::new(),
        })
    };
    found.await.unwrap_or_else(|error: StoreError| {
        warn!(%error, "nothing could be offered for completion");
        Vec::new()
    })
}

fn source(typing: &Typing<'_>) -> Option<Source> {
    let option =
        commands::find(typing.name, Kind::Slash)?.options.iter().find(|o| o.name == typing.option)?;
    match option.kind {
        OptKind::Completed { from, .. } => Some(from),
        OptKind::Text { .. }
        | OptKind::Choice(_)
        | OptKind::Yes
        | OptKind::Person
        | OptKind::PersonOrRole
        | OptKind::Channel
        | OptKind::Role
        | OptKind::Integer { .. } => None,
    }
}

/// The stages of the ideas that are offered while nothing is typed: those with which the command can do something.
fn offered(name: &str, option: &str) -> Vec<StageName> {
    let verified = |s: StageName| s == StageName::Verified;
    let fits = |s: &StageName| match (name, option) {
        ("idea reopen", "number") => !s.is_open(),
        ("idea reopen", _) => verified(*s),
        ("idea merge", "into") => s.is_open() || verified(*s),
        ("idea appeal", _) => *s == StageName::Declined,
        _ => s.is_open(),
    };
    StageName::ALL.into_iter().filter(fits).collect()
}

/// With nothing typed: the latest of the stages that are offered. A number: that one. Else: what the words find.
async fn ideas(
    queries: &dyn Queries,
    workspace: &Workspace,
    typed: &str,
    offered: &[StageName],
) -> Result<Vec<Choice>, StoreError> {
    if let Ok(number) = typed.parse::<Number>()
        && let Some(stored) = queries.find(workspace.id, number).await?
    {
        let listed = Listed { number: stored.number, suggestion: stored.suggestion, card: stored.card };
        return Ok(vec![view::item::choice(&listed)]);
    }
    let found = if typed.is_empty() {
        let filter = ListFilter { stages: offered.to_vec(), ..ListFilter::default() };
        queries.list(workspace.id, &filter, 0, MOST_IDEAS).await?.lines
    } else {
        queries.search(workspace.id, typed, MOST_IDEAS).await?
    };
    Ok(found.iter().map(view::item::choice).take(MOST).collect())
}

/// Items of the debrief that is meant, and all else that carries words: only what this person can do it with.
async fn items(
    chat: &Chat,
    request: &Request,
    typing: &Typing<'_>,
    guild: GuildId,
) -> Result<Vec<Choice>, StoreError> {
    let turn = Turn { chat, request, guild, args: typing.args, pressed: None };
    // Nothing is offered where the command itself would say why not.
    let Ok(which) = turn.debrief() else { return Ok(Vec::new()) };
    let Ok((loaded, shown)) = turn.shown_debrief(which).await else { return Ok(Vec::new()) };
    let actor = Actor::Member(loaded.actor.clone());
    let scene = (&actor, &*loaded.policy, turn.now());
    let d = &shown.item.debrief;
    let found = debriefs::pieces_for(typing.name, d, scene, (typing.typed.trim(), MOST));
    Ok(found.into_iter().map(|(piece, text)| view::debrief::choice(d, piece, text)).collect())
}

/// Those that hold what is typed, whatever the case; those that begin with it first.
fn words<'a>(all: impl Iterator<Item = &'a str>, typed: &str) -> Vec<Choice> {
    let typed = typed.to_lowercase();
    let mut found: Vec<(bool, &str)> = all
        .filter(|word| view::markup::len(word) <= LONGEST_VALUE)
        .map(|word| (word, word.to_lowercase()))
        .filter(|(_, lower)| lower.contains(&typed))
        .map(|(word, lower)| (!lower.starts_with(&typed), word))
        .collect();
    found.sort_by_key(|(later, _)| *later);
    let choice = |(_, word): (bool, &str)| Choice { label: word.to_owned(), value: word.to_owned() };
    found.into_iter().map(choice).take(MOST).collect()
}

/// Zones that the teams are in come first; cities match by their own name.
fn zones(policy: &Policy, typed: &str) -> Vec<Choice> {
    let used: Vec<&str> =
        policy.teams.iter().filter(|t| !t.removed).map(|t| t.calendar.zone.name()).collect();
    let typed = typed.to_lowercase().replace(' ', "_");
    let mut found: Vec<(bool, bool, &str)> = chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        .filter(|name| name.to_lowercase().contains(&typed))
        .map(|name| {
            let lower = name.to_lowercase();
            let city = lower.rsplit('/').next().unwrap_or_default();
            (!used.contains(&name), !(lower.starts_with(&typed) || city.starts_with(&typed)), name)
        })
        .collect();
    found.sort_unstable();
    let choice = |(_, _, name): (bool, bool, &str)| Choice { label: name.to_owned(), value: name.to_owned() };
    found.into_iter().map(choice).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_words_that_begin_so_before_words_that_hold_it() {
        let labels = |typed| -> Vec<String> {
            words(["Night ward", "Ward 3", "Theatre"].into_iter(), typed)
                .into_iter()
                .map(|c| c.label)
                .collect()
        };
        assert_eq!(labels("WARD"), ["Ward 3", "Night ward"]);
        assert_eq!(labels(""), ["Night ward", "Ward 3", "Theatre"]);
        assert!(labels("x").is_empty());
        assert!(words(["x".repeat(101).as_str()].into_iter(), "").is_empty());
    }
}
