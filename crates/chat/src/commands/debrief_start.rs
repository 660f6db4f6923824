//! `/debrief start work:Home visit in Hill Street kind:home visit` → a panel with its thread, in this channel. The briefing for
//! that kind of work comes first in the thread.

use kaizen_domain::debrief::{Starting, Template, WorkKind, protocol::limits};
use kaizen_domain::rejection::{Field, Party};

use super::{Kind, Opt, OptKind, Source, Spec};
use crate::reply::Reply;
use crate::turn::{Answer, Turn, rejected, word};
use crate::view;

/// The templates, as people choose them.
const TEMPLATES: [&str; 2] = [Template::ALL[0].as_str(), Template::ALL[1].as_str()];

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "debrief start",
    about: "Look back on a piece of work together: opens a thread with a panel.",
    kind: Kind::Slash,
    options: &[
        Opt::text("work", "Which piece of work", limits::WORK).required(),
        Opt::completed("kind", "What kind of work it was, for the next ones who do it", Source::Kinds),
        Opt::choice("template", "What you ask yourselves; review unless chosen", &TEMPLATES),
        Opt::new("anonymous-items", "Nobody's name stands with what is added", OptKind::Yes),
    ],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let work = turn.required("work", Field::Work)?;
    let kind = turn.args.text("kind").map(WorkKind::read).transpose().map_err(rejected)?;
    let template = match turn.args.text("template") {
        Some(typed) => word(Field::Which, typed, Template::ALL, Template::as_str)?,
        None => Template::Review,
    };
    let home = turn.request.place.home();
    let nameless = turn.args.yes("anonymous-items");
    let ask = turn.ask_to_change();
    let done = turn.chat.engine.start_debrief(&ask, home, |loaded| {
        let team = loaded.policy.team_for(&loaded.actor.roles, Some(home));
        let team = team.ok_or_else(|| kaizen_domain::Rejection::NoSuchTeam(String::new()))?.id;
        Ok(Starting { work: work.to_owned(), kind: kind.clone(), template, nameless, team })
    });
    Ok(Reply::Message(view::debrief::started(&done.await?, home)))
}
