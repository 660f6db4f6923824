//! Direct messages: to the author, to those who support or follow, to whoever owes an answer. They carry links, not buttons
//! (a press in a direct message has no community and no roles).

use kaizen_domain::suggestion::Origin;
use kaizen_domain::suggestion::protocol::{DirectReason, Event, Fact};
use kaizen_workflow::ports::Shown;

use super::mark;
use crate::reply::Message;
use crate::view::compose::Draft;
use crate::view::step::{self, Scene};
use crate::view::{markup, words};

/// A direct message on one step: what was recorded, by whom and why, and what the reader can do next. Private.
pub fn direct(shown: &Shown, seq: i64, event: &Event, reason: DirectReason) -> Message {
    let lead = format!(
        "{} {}: {}",
        opening(shown, reason),
        markup::item_link(shown),
        markup::inline_excerpt(&shown.item.suggestion.idea, 120)
    );
    let told = step::told(Scene::of(shown), event);
    let overdue = match &event.fact {
        Fact::Transferred { owed, .. } => Some(owed),
        Fact::Rerouted { owed, .. } => Some(owed).filter(|owed| event.at > owed.due),
        _ => None,
    };
    let next = match overdue {
        Some(owed) => words::next_overdue(&shown.people, owed),
        None => event
            .fact
            .owed()
            .map(|owed| words::next(&shown.people, owed, words::Check::after(&event.fact)))
            .unwrap_or_default(),
    };
    Draft::new(lead)
        .and(told)
        .say(next)
        .say(can_do(shown, event, reason))
        .say(pass_on(shown, event, reason))
        .say(markup::small(&mark(shown.item.number, seq)))
        .message("idea history")
}

fn opening(shown: &Shown, reason: DirectReason) -> &'static str {
    match reason {
        DirectReason::Author if shown.item.suggestion.origin == Some(Origin::Nameless) => {
            "News of an idea without a name, of which you are the contact,"
        }
        DirectReason::Author => "News of your idea",
        DirectReason::Following => "News of an idea that you support or follow,",
        DirectReason::Owes => "Somebody needs your answer on",
        DirectReason::DecidedBefore => "A second look at what you decided on",
    }
}

/// What the reader can do next.
fn can_do(shown: &Shown, event: &Event, reason: DirectReason) -> String {
    match reason {
        DirectReason::Author => author_can(shown, event),
        DirectReason::Following => following_can(shown, event),
        DirectReason::Owes if matches!(event.fact, Fact::Asked { .. }) => format!(
            "You can answer in its thread, with {} or the button **Answer** on the card. If the time runs out it is not \
             closed; it goes on without your answer.",
            markup::command("idea answer")
        ),
        DirectReason::Owes => format!("Everything that is yours: {}.", markup::command("my")),
        DirectReason::DecidedBefore => decided_before(event).to_owned(),
    }
}

/// To whoever typed it for a colleague without chat access.
fn pass_on(shown: &Shown, event: &Event, reason: DirectReason) -> String {
    let Some(colleague) = &shown.item.suggestion.for_name else { return String::new() };
    let colleague = markup::inline_excerpt(colleague, words::NAME);
    match reason {
        DirectReason::Author => format!("Please pass this on to {colleague}."),
        DirectReason::Owes if matches!(event.fact, Fact::Asked { .. }) => {
            format!("You typed it for {colleague}: please ask them, and answer for them.")
        }
        DirectReason::Owes | DirectReason::Following | DirectReason::DecidedBefore => String::new(),
    }
}

/// For the author: warm, and with the way on.
fn author_can(shown: &Shown, event: &Event) -> String {
    let command = markup::command;
    match &event.fact {
        Fact::Submitted { .. } => format!("Thank you. You can still change it with {} in its thread.", command("idea edit")),
        Fact::Acknowledged { .. } if shown.item.suggestion.done => {
            "Thank you for mending it yourselves. You will hear whether it helps.".to_owned()
        }
        Fact::Acknowledged { .. } => "Thank you for it. You will hear what is decided, and why.".to_owned(),
        Fact::FindingAdded { .. } => "You need not do anything. If something is missing there, say so in the thread.".to_owned(),
        Fact::Asked { .. } => format!("You can answer in its thread with {}.", command("idea answer")),
        Fact::Answered { .. } => "You will hear what is decided, and why.".to_owned(),
        Fact::AnswerTimedOut { .. } => "If you still have an answer, write it in the thread; it will be read.".to_owned(),
        Fact::Assigned { .. } | Fact::Referred { .. } | Fact::Transferred { .. } | Fact::Rerouted { .. } => {
            "Your wait goes on counting from the day on which you suggested it. You need not do anything.".to_owned()
        }
        Fact::Accepted { .. } => "Well seen, and thank you. You will hear when it is done.".to_owned(),
        Fact::Declined { appeal_until, .. } if !shown.item.suggestion.appealed => format!(
            "Thank you for the idea all the same. If you see it differently, you can appeal within {}, until {}, with {} \
             in its thread. {}",
            shown.policy.times.appeal,
            markup::when(*appeal_until),
            command("idea appeal"),
            words::who_hears_an_appeal(shown)
        ),
        Fact::Declined { .. } => {
            "Thank you for the idea, and for asking again. If something new comes up, a coordinator can reopen it.".to_owned()
        }
        Fact::Deferred { .. } => "It is not forgotten: you will hear when it is taken up again.".to_owned(),
        Fact::Resumed { .. } => "You will hear what is decided, and why.".to_owned(),
        Fact::Replanned { .. } => "You will hear when it is done.".to_owned(),
        Fact::Stopped { .. } => "You will hear what is decided instead, and why.".to_owned(),
        Fact::Implemented { .. } => format!(
            "This changed because of you; thank you. Does it work for you? Say so on the card, or with {} in its thread.",
            command("idea feedback")
        ),
        Fact::OutcomeVerified { .. } => format!("Thank you. The next idea is welcome: {}.", command("suggest")),
        Fact::OutcomeOpen { .. } | Fact::OutcomeFailed { .. } => {
            format!("What you see at work counts: {} in its thread.", command("idea feedback"))
        }
        Fact::CheckAsked { .. } | Fact::LastAsked { .. } => does_it_work(shown),
        Fact::LastQuestionOver => String::new(),
        Fact::ReopenedByAnswers { .. } => "Nothing of it is lost: you will hear what is done about it.".to_owned(),
        Fact::Appealed { .. } | Fact::Reopened { .. } => "You will hear what is decided, and why.".to_owned(),
        Fact::MergedInto { .. } => format!(
            "You follow that one now, and its day is the earlier of the two. If they are not the same, you can reopen yours \
             within {} with {}.",
            shown.policy.times.appeal,
            command("idea reopen")
        ),
        Fact::FeedbackGiven { .. }
        | Fact::Edited { .. }
        | Fact::Withdrawn { .. }
        | Fact::Absorbed { .. }
        | Fact::Separated { .. }
        | Fact::Redacted
        | Fact::Supported
        | Fact::SupportTakenBack
        | Fact::Followed
        | Fact::Unfollowed
        | Fact::Reminded { .. }
        | Fact::NextLevelTold { .. }
        | Fact::DueMoved { .. }
        | Fact::QuestionDelivered { .. }
        | Fact::QuestionReturned { .. }
        | Fact::PlacedAnew { .. } => String::new(),
    }
}

/// Where to answer: a press in a direct message has no community and no roles.
fn does_it_work(shown: &Shown) -> String {
    format!(
        "Press **It works**, **Partly** or **It does not** there: {}. If you have answered already, that counts.",
        markup::item_link(shown)
    )
}

/// For whoever declined it. A second look is no reproach, and they hear how it ends.
const fn decided_before(event: &Event) -> &'static str {
    if matches!(event.fact, Fact::Appealed { .. }) {
        "Everybody who suggests may ask for a second look once; it says nothing against you. What you found and wrote stays in \
         the thread, and helps. You need not do anything, and you will hear how it ends."
    } else if matches!(event.fact, Fact::Accepted { .. }) {
        "What you found was there for the second look, and helped. Thank you for looking into it first."
    } else if matches!(event.fact, Fact::Declined { .. }) {
        "Thank you for looking into it first. It is closed, and you need not do anything."
    } else {
        "So there is no second decision: yours stands as it is written in the thread. You need not do anything."
    }
}

/// For those who support or follow it.
fn following_can(shown: &Shown, event: &Event) -> String {
    let leave = format!("{} in its thread ends these messages.", markup::command("idea follow"));
    if matches!(event.fact, Fact::CheckAsked { .. } | Fact::LastAsked { .. }) {
        does_it_work(shown)
    } else if matches!(event.fact, Fact::Implemented { .. }) {
        format!(
            "Does it work for you? Say so on the card, or with {} in its thread. {leave}",
            markup::command("idea feedback")
        )
    } else {
        leave
    }
}
