//! `/kaizen areas add name:night shift` → ideas can be about it; with `urgent:yes` people are reminded of them at any hour. `remove` takes it out of the list (ideas that have it keep it),
//! `list` shows all.

use kaizen_domain::rejection::{Field, Party};
use kaizen_domain::settings::{AREA_NAME, add_area, remove_area};
use kaizen_workflow::ports::{ListFilter, Loaded};

use super::{Kind, Opt, OptKind, Source, Spec};
use crate::reply::Reply;
use crate::turn::{Answer, Turn, fault};
use crate::view;

/// What is registered.
pub(super) const ADD: Spec = Spec {
    name: "kaizen areas add",
    about: "One more thing that ideas can be about.",
    kind: Kind::Slash,
    options: &[
        Opt::text("name", "What it is called", AREA_NAME).required(),
        Opt::new("urgent", "Are people reminded of it at any hour?", OptKind::Yes),
    ],
    who: &[Party::SetUp],
    run: |turn| Box::pin(add(turn)),
};

/// What is registered.
pub(super) const REMOVE: Spec = Spec {
    name: "kaizen areas remove",
    about: "No longer offered; ideas that have it keep it.",
    kind: Kind::Slash,
    options: &[Opt::completed("name", "Which area", Source::Areas).required()],
    who: &[Party::SetUp],
    run: |turn| Box::pin(remove(turn)),
};

/// What is registered.
pub(super) const LIST: Spec = Spec {
    name: "kaizen areas list",
    about: "What ideas can be about.",
    kind: Kind::Slash,
    options: &[],
    who: &[Party::SetUp],
    run: |turn| Box::pin(list(turn)),
};

async fn add(turn: &Turn<'_>) -> Answer {
    let name = turn.required("name", Field::Area)?;
    let urgent = turn.args.yes_or_no("urgent");
    let add = |loaded: &Loaded| add_area(&loaded.policy, name, urgent);
    let policy = turn.chat.engine.change_settings(&turn.ask(), add).await?;
    Ok(Reply::Message(view::calendars::area_added(&policy)))
}

async fn remove(turn: &Turn<'_>) -> Answer {
    let name = turn.required("name", Field::Area)?;
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let policy =
        turn.chat.engine.change_settings(&turn.ask(), |loaded| remove_area(&loaded.policy, name)).await?;
    let Some(gone) = loaded.policy.areas.iter().find(|a| !policy.areas.contains(a)) else {
        return Ok(Reply::Message(view::calendars::areas(&policy)));
    };
    let open = kaizen_domain::suggestion::StageName::ALL.into_iter().filter(|s| s.is_open()).collect();
    let filter = ListFilter { stages: open, area: Some(gone.clone()), ..ListFilter::default() };
    let kept = turn.chat.engine.queries().list(loaded.workspace, &filter, 0, 1).await.map_err(fault)?.total;
    Ok(Reply::Message(view::calendars::area_removed(&policy, gone, kept)))
}

async fn list(turn: &Turn<'_>) -> Answer {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    turn.may_set_up(&loaded)?;
    Ok(Reply::Message(view::calendars::areas(&loaded.policy)))
}
