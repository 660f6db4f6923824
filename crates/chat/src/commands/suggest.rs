//! `/suggest idea:The supply room has no labels` → "Recorded as K-12. Mara has it and answers by …"; without `idea`
//! the form *Suggest an improvement* opens; the message command **Suggest improvement** fills its first field.

use std::time::Duration;

use crate::chat::Chat;
use crate::control::{AreaId, Beforehand};
use crate::reply::{Later, Message, Reply};
use crate::turn::{Answer, Turn, rejected};
use crate::view;
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::protocol::Submission;
use kaizen_domain::suggestion::protocol::limits;
use kaizen_domain::suggestion::stage::SourceMessage;
use kaizen_domain::{Area, Policy, Rejection, Team};
use tracing::error;

use super::{Kind, Opt, OptKind, Source, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "suggest",
    about: "Suggest an improvement. One sentence is enough.",
    kind: Kind::Slash,
    options: &[
        Opt::text(
            "idea",
            "What could work better? No names of children, families or colleagues.",
            limits::IDEA,
        ),
        Opt::completed("area", "What it is about", Source::Areas),
        Opt::completed("team", "Whose work it is about; your own team if left out", Source::Teams),
        Opt::text("benefit", "What it would help", limits::TEXT),
        Opt::new("done", "You have already mended it yourselves", OptKind::Yes),
        Opt::text("for-name", "For a colleague without chat access: their name", limits::LINE),
    ],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

/// What is registered.
pub(super) const ON_MESSAGE: Spec = Spec {
    name: "Suggest improvement",
    about: "",
    kind: Kind::OnMessage,
    options: &[],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run_on_message(turn)),
};

/// How many ideas that say something similar are shown.
const SIMILAR: u32 = 5;
/// How long they are looked for; then the answer stays without.
const PATIENCE: Duration = Duration::from_secs(2);

async fn run(turn: &Turn<'_>) -> Answer {
    match turn.args.text("idea") {
        Some(_) => submit(turn, Beforehand { done: turn.args.yes("done"), ..Beforehand::default() }).await,
        None => form(turn).await,
    }
}

/// The form, with what was said already: short things in its id, texts in its fields.
async fn form(turn: &Turn<'_>) -> Answer {
    let mut before = Beforehand { done: turn.args.yes("done"), ..Beforehand::default() };
    if turn.args.text("team").is_some() || turn.args.text("area").is_some() {
        let loaded = turn.chat.engine.load(&turn.ask()).await?;
        before.team = team_named(turn, &loaded.policy).map_err(rejected)?.map(|t| t.id);
        before.area = area_named(turn, &loaded.policy).map_err(rejected)?.map(|area| AreaId::of(&area));
    }
    let prefilled = view::forms::Prefilled {
        idea: None,
        benefit: turn.args.text("benefit"),
        for_name: turn.args.text("for-name"),
    };
    Ok(Reply::Form(view::forms::suggest(before, &prefilled)))
}

/// The form with the message's text in it; it is linked, and its writer credited only if they are the one who suggests.
async fn run_on_message(turn: &Turn<'_>) -> Answer {
    let message = turn.quoted()?;
    let own = message.author == turn.request.person.user;
    let source = SourceMessage { channel: message.channel, message: message.message, own };
    let before = Beforehand { source: Some(source), ..Beforehand::default() };
    let prefilled = view::forms::Prefilled { idea: Some(&message.text), benefit: None, for_name: None };
    Ok(Reply::Form(view::forms::suggest(before, &prefilled)))
}

/// The form was sent; its fields are the options.
pub(crate) async fn submit_form(turn: &Turn<'_>, before: Beforehand) -> Answer {
    submit(turn, before).await
}

async fn submit(turn: &Turn<'_>, before: Beforehand) -> Answer {
    let idea = turn.required("idea", Field::Idea)?;
    let home = turn.request.place.home();
    let ask = turn.ask_to_change();
    let done = turn.chat.engine.submit(&ask, home, |loaded| {
        let policy = &loaded.policy;
        let team = match (team_named(turn, policy)?, before.team.and_then(|t| policy.team(t))) {
            (Some(team), _) | (None, Some(team)) => team,
            (None, None) => policy
                .team_for(&loaded.actor.roles, Some(home))
                .ok_or_else(|| Rejection::NoSuchTeam(String::new()))?,
        };
        let area = match area_named(turn, policy)? {
            Some(area) => Some(area),
            None => before.area.and_then(|area| area.find(policy).cloned()),
        };
        Ok(Submission {
            idea: idea.to_owned(),
            proposal: turn.owned("proposal"),
            benefit: turn.owned("benefit"),
            area,
            team: team.id,
            for_name: turn.owned("for-name"),
            done: before.done,
            source: before.source,
        })
    });
    Ok(Reply::Message(view::answer::submitted(&done.await?, home, idea)))
}

/// The answer with ideas that say something similar; none if there are none, or if they cannot be read in time.
pub(crate) async fn with_similar(chat: &Chat, message: &Message, later: &Later) -> Option<Message> {
    let look = chat.engine.queries().similar(later.workspace, &later.alike, Some(later.number), SIMILAR);
    match tokio::time::timeout(PATIENCE, look).await {
        Ok(Ok(similar)) => view::answer::with_similar(message, later, &similar),
        Ok(Err(error)) => {
            error!(%error, "similar ideas could not be read");
            None
        }
        Err(_) => {
            metrics::counter!("kaizen_similar_given_up_total").increment(1);
            None
        }
    }
}

fn team_named<'p>(turn: &Turn<'_>, policy: &'p Policy) -> Result<Option<&'p Team>, Rejection> {
    let named = |typed: &str| policy.team_named(typed).ok_or_else(|| Rejection::NoSuchTeam(typed.to_owned()));
    turn.args.text("team").map(named).transpose()
}

fn area_named(turn: &Turn<'_>, policy: &Policy) -> Result<Option<Area>, Rejection> {
    turn.args.text("area").map(|typed| super::area(policy, typed)).transpose()
}
