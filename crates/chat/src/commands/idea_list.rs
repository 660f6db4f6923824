//! `/idea list status:open area:safety` → a page of ideas, with **Previous** and **Next**.

use crate::control::{AreaId, ListPage, Status};
use crate::reply::{Message, Reply};
use crate::turn::{Answer, Turn, fault, rejected};
use crate::view;
use kaizen_domain::Rejection;
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::StageName;
use kaizen_workflow::engine::Failure;
use kaizen_workflow::ports::{Ask, ListFilter, Loaded};

use super::{Kind, Opt, OptKind, Source, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea list",
    about: "Ideas of this community, newest first.",
    kind: Kind::Slash,
    options: &[
        Opt::choice(
            "status",
            "Where they stand",
            &[
                "open",
                "closed",
                "submitted",
                "acknowledged",
                "investigating",
                "awaiting information",
                "accepted",
                "implemented",
                "verified",
                "declined",
                "deferred",
                "merged",
                "withdrawn",
            ],
        ),
        Opt::completed("team", "Of this team", Source::Teams),
        Opt::completed("area", "About this", Source::Areas),
        Opt::new("mine", "Only those that you suggested", OptKind::Yes),
        Opt::new("responsible", "With this responsible person", OptKind::Person),
    ],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

/// Lines of a page: what a message holds.
const PAGE: u32 = 10;

async fn run(turn: &Turn<'_>) -> Answer {
    let named = turn.args.person("responsible").cloned().into_iter().collect();
    let loaded = turn.chat.engine.load(&Ask { named, ..turn.ask() }).await?;
    let policy = &loaded.policy;
    let status = match turn.args.text("status") {
        Some(typed) => status(typed)?,
        None => Status::Any,
    };
    let team = match turn.args.text("team") {
        Some(typed) => Some(
            policy.team_named(typed).ok_or_else(|| rejected(Rejection::NoSuchTeam(typed.to_owned())))?.id,
        ),
        None => None,
    };
    let area = match turn.args.text("area") {
        Some(typed) => {
            let area = super::area(policy, typed).map_err(rejected)?;
            Some(AreaId::of(&area))
        }
        None => None,
    };
    let responsible = loaded.named.first().copied();
    let page = ListPage { page: 0, status, team, area, mine: turn.args.yes("mine"), responsible };
    show(turn, &loaded, page).await.map(Reply::Message)
}

/// **Previous** and **Next**.
pub(crate) async fn page(turn: &Turn<'_>, page: ListPage) -> Answer {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    show(turn, &loaded, page).await.map(|message| turn.in_place(message))
}

async fn show(turn: &Turn<'_>, loaded: &Loaded, page: ListPage) -> Result<Message, Failure> {
    let all = StageName::ALL.into_iter();
    let filter = ListFilter {
        stages: match page.status {
            Status::Any => Vec::new(),
            Status::Open => all.filter(|s| s.is_open()).collect(),
            Status::Closed => all.filter(|s| !s.is_open()).collect(),
            Status::Stage(stage) => vec![stage],
        },
        team: page.team,
        area: page.area.and_then(|area| area.find(&loaded.policy).cloned()),
        author: page.mine.then_some(loaded.actor.id),
        responsible: page.responsible,
    };
    let found =
        turn.chat.engine.queries().list(loaded.workspace, &filter, page.page, PAGE).await.map_err(fault)?;
    let people = turn.people(loaded, &super::members(&found.lines)).await?;
    Ok(view::item::list(turn.guild, &found, &people, page, PAGE))
}

fn status(typed: &str) -> Result<Status, Failure> {
    let word = typed.trim().to_lowercase();
    let stage = || StageName::from_stored(&word.replace(' ', "_")).map(Status::Stage);
    match word.as_str() {
        "open" => Ok(Status::Open),
        "closed" => Ok(Status::Closed),
        _ => stage().ok_or_else(|| {
            let stages = StageName::ALL.iter().map(|s| s.as_str().replace('_', " "));
            let takes = ["open", "closed"].map(String::from).into_iter().chain(stages).collect();
            rejected(Rejection::NotOneOf { field: Field::Status, typed: typed.to_owned(), takes })
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_every_offered_status_to_be_read() {
        for option in SPEC.options {
            if let super::super::OptKind::Choice(words) = option.kind {
                assert!(words.iter().all(|w| status(w).is_ok()));
                assert_eq!(words.len(), StageName::ALL.len() + 2);
            }
        }
        assert!(matches!(status("Awaiting Information"), Ok(Status::Stage(StageName::AwaitingInformation))));
        assert!(status("lost").is_err());
    }
}
