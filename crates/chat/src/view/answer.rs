//! Private answers to those who acted: what was recorded, who has it now, by when they answer, a link, and what the reader
//! can do next.

use kaizen_domain::suggestion::protocol::{Effect, Event, Fact};
use kaizen_domain::suggestion::stage::Stage;
use kaizen_domain::{ChannelId, Number, Rejection, RequirementKind, UserId, Who};
use kaizen_workflow::engine::Done;
use kaizen_workflow::ports::{Alike, CardPlace, Shown};

use super::card::button;
use super::compose::{self, Draft};
use super::{markup, rejection, words};
use crate::control::{Id, Step};
use crate::reply::{Control, Later, Message, Style};

/// Similar ideas that are offered for a merge: one row of buttons.
const SIMILAR: usize = 5;

/// A new idea was recorded; `place` is where the command was used (the card goes there if the team has no channel), `idea`
/// what was typed. The link to the card and ideas that are similar come in later.
pub fn submitted(done: &Done, place: ChannelId, idea: &str) -> Message {
    let shown = &done.shown;
    let s = &shown.item.suggestion;
    let home = shown.policy.home(s.team).unwrap_or(place);
    let placeholder = markup::channel(home);
    let link = shown.item.card.as_ref().map_or_else(|| placeholder.clone(), |_| markup::item_link(shown));
    let why = words::why(&shown.people, &shown.policy, s.why);
    let owner = match s.waiting_role {
        Some(role) => format!(
            "{} ({why}) has it now, until somebody of {} takes it.",
            words::person(&shown.people, s.responsible),
            markup::role(role)
        ),
        None => format!("{} ({why}) has it now.", words::person(&shown.people, s.responsible)),
    };
    let mut draft = Draft::new(format!(
        "Thank you. Your idea is recorded as {}. You find it in {link}.",
        markup::bold(&shown.item.number.to_string())
    ))
    .say(format!("{owner} {}", words::next_promised(shown)));
    if s.done {
        draft = draft.say(
            "Since it is mended already there is nothing to decide; it is checked later whether it helps.",
        );
    }
    if let Some(colleague) = &s.for_name {
        draft = draft.say(format!(
            "Please pass on what you hear to {}.",
            markup::inline_excerpt(colleague, words::NAME)
        ));
    }
    draft = draft.say(format!(
        "You are told of every step. You can change it with {}, or take it back with {}.",
        markup::command("idea edit"),
        markup::command("idea withdraw")
    ));
    let later = Later {
        workspace: shown.workspace,
        guild: shown.guild,
        number: shown.item.number,
        card: shown.item.card.is_none().then_some(placeholder),
        alike: idea.to_owned(),
    };
    Message { later: Some(later), ..draft.message("idea show") }
}

/// The same answer with the link to the card.
pub fn with_card(message: &Message, later: &Later, place: &CardPlace) -> Message {
    let link = markup::number_link(later.guild, later.number, Some(place));
    let text = match &later.card {
        Some(placeholder) => message.text.replacen(placeholder, &link, 1),
        None => message.text.clone(),
    };
    Message { text, ..message.clone() }
}

/// The same answer with ideas that are similar, each with **Merge into K-m**. None if there are none.
pub fn with_similar(message: &Message, later: &Later, similar: &[Alike]) -> Option<Message> {
    let others: Vec<&Alike> = similar.iter().filter(|l| l.number != later.number).take(SIMILAR).collect();
    if others.is_empty() {
        return None;
    }
    let mut draft = Draft::new(message.text.clone())
        .say("It may be close to these; if it is the same, merging counts your voice there:");
    for other in &others {
        let link = markup::number_link(later.guild, other.number, other.card.as_ref());
        let idea = markup::inline_excerpt(&other.idea, 90);
        let done = if other.is_open { "" } else { " · done already, and checked" };
        draft = draft.say(format!("- {link} {idea}{done}"));
    }
    let merge = |other: &&Alike| Control::Button {
        id: Id::Merge { number: later.number, into: other.number }.to_string(),
        label: format!("Merge into {}", other.number),
        style: Style::Quiet,
    };
    let rows = vec![others.iter().map(merge).collect()];
    Some(Message { text: draft.message("idea show").text, rows, ..message.clone() })
}

/// Any other action was carried out: what was recorded, by its events; also where nothing had to change, and where the same
/// request had been carried out before. `reader` is who acted.
pub fn done(done: &Done, reader: UserId) -> Message {
    let shown = &done.shown;
    let item = markup::item_link(shown);
    if done.events.is_empty() {
        let text = format!("Nothing had to change: {item} is like that already. {}", words::next_of(shown));
        return Draft::new(text).message("idea show");
    }
    let recorded: Vec<String> = done.events.iter().map(|e| recorded(shown, e, &item)).collect();
    let mut draft = Draft::new(recorded.join(" "));
    if done.events.iter().any(|e| changes_course(&e.fact)) {
        draft = draft.say(words::next_of(shown));
    }
    draft.say(can_do(shown, &done.events, reader)).message("idea show")
}

/// Said where a decision puts a question to the policy owner.
fn asks_policy_owner(question: Option<Number>) -> String {
    question
        .map(|n| {
            format!(" The policy owner is asked, in an idea of its own: {}.", markup::bold(&n.to_string()))
        })
        .unwrap_or_default()
}

/// What one event recorded, to the one who did it.
fn recorded(shown: &Shown, event: &Event, item: &str) -> String {
    let person = |m| words::person(&shown.people, m);
    let became = |charge: &kaizen_domain::suggestion::protocol::Charge| {
        use kaizen_domain::suggestion::routing::Why;
        let mine = matches!(charge.why, Why::Acted | Why::ActedWhileAway { .. })
            && event.by == Who::Member(charge.responsible);
        if mine { " You answer for it now." } else { "" }
    };
    match &event.fact {
        Fact::Submitted { .. } => format!("Recorded: the idea {item}."),
        Fact::Acknowledged { charge, .. } => {
            format!("Recorded: {item} is acknowledged, and its author knows.{}", became(charge))
        }
        Fact::FindingAdded { charge, .. } => {
            format!("Recorded: your finding on {item}. It is in the thread.{}", became(charge))
        }
        Fact::Asked { charge, .. } => {
            format!(
                "Recorded: your question on {item}. {} is told.{}",
                person(shown.item.suggestion.author),
                became(charge)
            )
        }
        Fact::Answered { owed, .. } if owed.kind == RequirementKind::OutcomeCheck => {
            format!("Recorded: your answer on {item}. Thank you; there is nothing to decide.")
        }
        Fact::Answered { .. } => {
            format!("Recorded: your answer on {item}. Thank you; the decision's clock runs again.")
        }
        Fact::AnswerTimedOut { .. } => {
            format!("The time for an answer on {item} is over; it goes on without one.")
        }
        Fact::Assigned { charge, .. } => {
            format!("Recorded: {item} is with {} now, who is told.", person(charge.responsible))
        }
        Fact::Referred { charge, .. } => {
            format!("Recorded: {item} is referred to {}, who is told.", person(charge.responsible))
        }
        Fact::Accepted { owed, .. } => {
            format!(
                "Recorded: {item} is accepted. {} carries it out, and its author is told why.{}",
                person(owed.by),
                asks_policy_owner(event.fact.question())
            )
        }
        Fact::Declined { second_look: Some(_), .. } => format!(
            "Recorded: {item} is declined, and the first decision upheld. Its author reads your reason.{}",
            asks_policy_owner(event.fact.question())
        ),
        Fact::Declined { appeal_until, .. } => format!(
            "Recorded: {item} is declined. Its author reads your reason, and can appeal until {}.{}{}",
            markup::when(*appeal_until),
            words::nobody_hears_an_appeal(shown).map(|nobody| format!(" {nobody}")).unwrap_or_default(),
            asks_policy_owner(event.fact.question())
        ),
        Fact::Deferred { until, .. } => {
            format!(
                "Recorded: {item} is deferred until {}. Its author reads your reason.",
                markup::day(*until)
            )
        }
        Fact::Resumed { .. } => format!("{item} is taken up again."),
        Fact::Replanned { owed, plan_due, .. } => {
            format!(
                "Recorded: the new plan of {item}. {} carries it out by {}.",
                person(owed.by),
                markup::when(*plan_due)
            )
        }
        Fact::Stopped { .. } => format!(
            "Recorded: {item} cannot be done as planned, and is looked into again. Thank you for saying so."
        ),
        Fact::Implemented { .. } => format!(
            "Recorded: {item} is implemented. Author and supporters are told, and asked whether it works."
        ),
        Fact::OutcomeVerified { effect, .. } if shown.item.suggestion.is_open() => {
            format!("Recorded: the outcome of {item}: {}.", words::effect(*effect))
        }
        Fact::OutcomeVerified { effect, last_question: Some(at), .. } => format!(
            "Recorded: the outcome of {item}: {}. It is closed; on {} those who work with it are asked once more.",
            words::effect(*effect),
            markup::day(*at)
        ),
        Fact::OutcomeVerified { effect, last_question: None, .. } => {
            format!("Recorded: the outcome of {item}: {}. It is closed.", words::effect(*effect))
        }
        Fact::OutcomeOpen { effect, .. } => {
            format!(
                "Recorded: the outcome of {item} so far: {}. It is checked once more.",
                words::effect(*effect)
            )
        }
        Fact::OutcomeFailed { .. } => format!(
            "Recorded: {item} {}. It is looked into again; thank you for checking.",
            words::effect(Effect::DidNotWork).trim_start_matches("it ")
        ),
        Fact::FeedbackGiven { works, .. } => format!(
            "Counted for {item}: {}. Thank you. Nobody can see who answered what; only the count is kept, so it cannot be changed.",
            words::works(*works)
        ),
        Fact::CheckAsked { .. } | Fact::LastAsked { .. } => {
            format!("Those who work with {item} are asked whether it works.")
        }
        Fact::LastQuestionOver => format!("The last question on {item} is over, and the outcome stands."),
        Fact::ReopenedByAnswers { answers, charge, .. } => format!(
            "But {} of {} who work with it say that it does not work, so it is open again: {} has it now, and everybody is told \
             why.",
            answers.not,
            answers.total(),
            person(charge.responsible)
        ),
        Fact::Appealed { charge, .. } => {
            format!(
                "Recorded: your appeal on {item}. {} looks at it with fresh eyes, and decides.",
                person(charge.responsible)
            )
        }
        Fact::Edited { .. } => format!("Recorded: the new text of {item}. The old one stays in its history."),
        Fact::Withdrawn { .. } => format!("Recorded: {item} is withdrawn. Thank you for saying so."),
        Fact::MergedInto { into } => {
            format!(
                "Recorded: {item} goes on as {}, with its author, supporters and followers.",
                markup::bold(&into.to_string())
            )
        }
        Fact::Absorbed { from, .. } => format!("Recorded: {from} was merged into {item}."),
        Fact::Separated { from, .. } => format!("Recorded: {from} is no longer merged into {item}."),
        Fact::Redacted => format!(
            "Recorded: the words are gone from {item}, its history and the search. Card and posts are rewritten in a moment."
        ),
        Fact::Reopened { charge, leaves, .. } => {
            let leaves = leaves
                .map(|n| {
                    let into = markup::bold(&n.to_string());
                    format!(
                        " It is no longer merged into {into}, and takes its supporters and followers along."
                    )
                })
                .unwrap_or_default();
            format!("Recorded: {item} is open again.{leaves} {} has it now.", person(charge.responsible))
        }
        Fact::Supported => match shown.item.suggestion.supporters.len() {
            0 | 1 => format!("You support {item} now, as the first."),
            n => format!("You support {item} now, as one of {n}."),
        },
        Fact::SupportTakenBack => format!("You no longer support {item}."),
        Fact::Followed => format!(
            "You follow {item} now: you are told of its decision, its implementation and its outcome."
        ),
        Fact::Unfollowed => format!("You no longer follow {item}."),
        Fact::Reminded { to, .. } => format!("{} was reminded of {item}.", person(*to)),
        Fact::NextLevelTold { told, .. } => format!("{} was asked to help with {item}.", person(*told)),
        Fact::Transferred { charge, .. } => format!("{} has taken {item} over.", person(charge.responsible)),
        Fact::DueMoved { kind, due, .. } => {
            format!("For {item}, {} is due by {} now.", words::kind(*kind), markup::when(*due))
        }
        Fact::QuestionDelivered { .. } => format!("The question on {item} has reached its author."),
        Fact::QuestionReturned { .. } => format!("The question on {item} could not be delivered."),
        Fact::PlacedAnew { .. } => format!("{item} goes on elsewhere, since its place is gone."),
        Fact::Rerouted { from, because, owed, charge, work, .. } => format!(
            "{} has it now. {}",
            person(if *work { owed.by } else { charge.responsible }),
            words::because(&shown.people, &shown.policy, *from, *because)
        ),
    }
}

/// Does what comes next differ after it?
fn changes_course(fact: &Fact) -> bool {
    (fact.owed().is_some() || matches!(fact, Fact::FindingAdded { .. }))
        && !matches!(fact, Fact::Replanned { .. })
}

/// What the reader can do next.
fn can_do(shown: &Shown, events: &[Event], reader: UserId) -> String {
    let Some(event) = events.last() else { return String::new() };
    let command = markup::command;
    let s = &shown.item.suggestion;
    let owes = s.open_requirement().is_some_and(|r| shown.people.user(r.by) == Some(reader));
    match &event.fact {
        Fact::Acknowledged { .. } if owes && !s.done => format!(
            "You can decide at once, or look into it first: {}, {}, {}.",
            command("idea accept"),
            command("idea finding"),
            command("idea ask")
        ),
        Fact::FindingAdded { .. } if owes => format!(
            "When you are ready: {}, {} or {}, or the button **Decide** on the card.",
            command("idea accept"),
            command("idea decline"),
            command("idea defer")
        ),
        Fact::Accepted { .. } => format!(
            "Once it is done: {}. If the plan changes: {}.",
            command("idea implemented"),
            command("idea replan")
        ),
        Fact::Supported => format!("{} once more takes it back.", command("idea support")),
        Fact::Followed => format!("{} once more ends it.", command("idea follow")),
        Fact::Edited { .. } | Fact::Appealed { .. } | Fact::Answered { .. } => {
            "You are told of every step.".to_owned()
        }
        Fact::Withdrawn { .. } => format!("A new idea is always welcome: {}.", command("suggest")),
        Fact::MergedInto { .. } => {
            format!("If that was a mistake: {} undoes it.", command("idea reopen"))
        }
        Fact::Redacted => {
            "If something is left that should not be there, do it once more with those words. Messages that people wrote \
             themselves only they can delete."
                .to_owned()
        }
        Fact::Submitted { .. }
        | Fact::Acknowledged { .. }
        | Fact::FindingAdded { .. }
        | Fact::Asked { .. }
        | Fact::AnswerTimedOut { .. }
        | Fact::Assigned { .. }
        | Fact::Referred { .. }
        | Fact::Declined { .. }
        | Fact::Deferred { .. }
        | Fact::Resumed { .. }
        | Fact::Replanned { .. }
        | Fact::Stopped { .. }
        | Fact::Implemented { .. }
        | Fact::OutcomeVerified { .. }
        | Fact::OutcomeOpen { .. }
        | Fact::OutcomeFailed { .. }
        | Fact::FeedbackGiven { .. }
        | Fact::CheckAsked { .. }
        | Fact::LastAsked { .. }
        | Fact::LastQuestionOver
        | Fact::ReopenedByAnswers { .. }
        | Fact::Absorbed { .. }
        | Fact::Separated { .. }
        | Fact::Reopened { .. }
        | Fact::SupportTakenBack
        | Fact::Unfollowed
        | Fact::Reminded { .. }
        | Fact::NextLevelTold { .. }
        | Fact::DueMoved { .. }
        | Fact::Transferred { .. }
        | Fact::Rerouted { .. }
        | Fact::QuestionDelivered { .. }
        | Fact::QuestionReturned { .. }
        | Fact::PlacedAnew { .. } => String::new(),
    }
}

/// **Decide** was pressed: which verdict? Without a finding, what is missing for a refusal, and the way to it.
pub fn decide(shown: &Shown) -> Message {
    let one = |step, label: &str, style| button(shown, step, label, style);
    let mut draft = Draft::new(format!(
        "What do you decide on {}? {}",
        markup::item_link(shown),
        markup::inline_excerpt(&shown.item.suggestion.idea, 120)
    ))
    .say("A short form opens; the author reads your reason.");
    let mut verdicts = vec![one(Step::Accept, "Accept", Style::Good), one(Step::Trial, "Trial", Style::Good)];
    verdicts.push(one(Step::Decline, "Decline", Style::Careful));
    verdicts.push(one(Step::Defer, "Defer", Style::Quiet));
    let mut rows = vec![verdicts];
    if shown.item.suggestion.findings == 0 {
        draft = draft
            .say("**Decline** needs at least one finding first: nothing is declined that nobody looked at.");
        rows.push(vec![one(Step::AddFinding, "Add finding", Style::Quiet)]);
    }
    Message { rows, ..draft.message("idea show") }
}

/// **Record outcome** was pressed: which effect? With what those said who work with it.
pub fn outcome(shown: &Shown) -> Message {
    let s = &shown.item.suggestion;
    let said = format!("{}.", words::answers(s.answers()));
    let labels = [
        (Effect::Worked, "Worked", Style::Good),
        (Effect::Partly, "Partly", Style::Quiet),
        (Effect::DidNotWork, "Did not work", Style::Quiet),
        (Effect::CannotTell, "Cannot tell", Style::Quiet),
    ];
    let row = labels
        .into_iter()
        .map(|(effect, label, style)| button(shown, Step::OutcomeOf(effect), label, style))
        .collect();
    let draft = Draft::new(format!(
        "What came of {}? {}",
        markup::item_link(shown),
        markup::inline_excerpt(&s.idea, 120)
    ))
    .say(format!("\"Does it work?\" {said}"))
    .say("A short form opens. An honest *did not work* is as useful as a *worked*.");
    Message { rows: vec![row], ..draft.message("idea show") }
}

/// A form could not be opened in time: it must be the very first answer, and quick.
pub fn not_now(number: Option<Number>) -> Message {
    let what = number
        .map_or_else(|| "The form".to_owned(), |n| format!("The form for {}", markup::bold(&n.to_string())));
    Draft::new(format!(
        "{what} could not be opened in time. Nothing is lost; please press or type it once more."
    ))
    .message("help")
}

/// A button that no longer applies: what happened meanwhile, why not, and what was typed, given back. The card is brought up
/// to date beside this.
pub fn stale(shown: &Shown, reason: &Rejection, typed: &[(&'static str, String)]) -> Message {
    let mut message = rejection::with_typed(reason, Some(shown), typed);
    let s = &shown.item.suggestion;
    let decided = |already| s.decision.as_ref().map(|d| (already, d.by, d.at));
    let last = match &s.stage {
        Stage::Acknowledged { by, at } => Some(("already acknowledged", *by, *at)),
        Stage::AwaitingInformation { asked_by, asked_at, .. } => {
            Some(("the author was asked", *asked_by, *asked_at))
        }
        Stage::Accepted { .. } => decided("already accepted"),
        Stage::Declined { .. } => decided("already declined"),
        Stage::Deferred { .. } => decided("already deferred"),
        Stage::Implemented { implementer, at, .. } => Some(("already carried out", *implementer, *at)),
        Stage::Verified { .. } => s.outcome.as_ref().map(|o| ("its outcome was recorded", o.by, o.at)),
        // Nobody in particular did what happened last.
        Stage::Submitted | Stage::Investigating | Stage::Merged { .. } | Stage::Withdrawn { .. } => None,
    };
    let meanwhile = match last {
        Some((already, by, at)) => {
            let who = words::person(&shown.people, by);
            format!("The card has moved on: {already} by {who}, {}.", markup::stamp(at))
        }
        None => "The card has moved on since.".to_owned(),
    };
    message.text = compose::fit(&format!("{meanwhile}\n{}", message.text), compose::TEXT_ROOM, "idea show");
    message
}
