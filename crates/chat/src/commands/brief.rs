//! `/brief kind:home visit` → what people should know before such work: open actions, lessons with **Used**, **Not relevant** and
//! **No longer true**, and what changed since.

use kaizen_domain::MemberId;
use kaizen_domain::Rejection;
use kaizen_domain::debrief::{DebriefNumber, Refusal, WorkKind};
use kaizen_domain::rejection::{Field, Party};
use kaizen_workflow::debriefs::DebriefRef;
use kaizen_workflow::ports::Loaded;

use super::{Kind, Opt, Source, Spec};
use crate::turn::{Answer, Turn, fault, rejected};
use crate::view;

/// Lessons on a page: a row of buttons each, and one to turn the page.
const PAGE: u32 = 4;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "brief",
    about: "Before you begin: lessons of earlier debriefs, open actions, and what changed.",
    kind: Kind::Slash,
    options: &[Opt::completed("kind", "What kind of work", Source::Kinds).required()],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let typed = turn.required("kind", Field::Kind)?;
    let read = WorkKind::read(typed).map_err(rejected)?;
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let known = turn.chat.engine.debriefs()?.find_kind(loaded.workspace, &read.folded).await;
    let Some(kind) = known.map_err(fault)? else {
        return Err(rejected(Rejection::Debrief(Refusal::NoSuchKind { typed: typed.to_owned() })));
    };
    show(turn, &loaded, (&kind, None), 0).await
}

/// Another page, of the kind of work of this debrief.
pub(crate) async fn page(turn: &Turn<'_>, number: DebriefNumber, page: u32) -> Answer {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let debriefs = turn.chat.engine.debriefs()?;
    let which = DebriefRef::Number(number);
    let found = debriefs.load_debrief(loaded.workspace, which).await.map_err(fault)?;
    let kind = found.and_then(|d| d.debrief.kind).ok_or(rejected(which.not_found()))?;
    let kind = debriefs.find_kind(loaded.workspace, &kind.folded).await.map_err(fault)?.unwrap_or(kind);
    show(turn, &loaded, (&kind, Some(number)), page).await
}

/// `of`: a debrief of this kind, where a page was turned.
async fn show(
    turn: &Turn<'_>,
    loaded: &Loaded,
    (kind, of): (&WorkKind, Option<DebriefNumber>),
    page: u32,
) -> Answer {
    let debriefs = turn.chat.engine.debriefs()?;
    let from = page.saturating_mul(PAGE);
    let briefing = debriefs.briefing(loaded.workspace, kind, (from, PAGE), None).await.map_err(fault)?;
    let owners: Vec<MemberId> = briefing.actions.iter().map(|a| a.by).collect();
    let people = turn.people(loaded, &owners).await?;
    Ok(turn.in_place(view::debrief::brief((turn.guild, &people), (&briefing, of), page, turn.now())))
}
