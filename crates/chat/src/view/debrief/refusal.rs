//! Why something was not done to a debrief, and what is possible instead.

use kaizen_domain::debrief::{Column, Refusal};

use super::heading;
use crate::view::{markup, words};

/// One or two sentences.
pub fn refusal(why: &Refusal) -> String {
    let command = markup::command;
    match why {
        Refusal::NoSuchDebrief(number) => {
            format!("There is no debrief {number} here. In a debrief's own thread no number is needed.")
        }
        Refusal::WhichDebrief => format!(
            "It is not clear which debrief you mean. Use the command in its thread, or add its `number`, like `D-7`. {} begins one.",
            command("debrief start")
        ),
        Refusal::Closed { at, .. } => format!(
            "This debrief was closed on {}: its summary is posted, and nothing is added any more. What matters still can go into \
             a new one ({}), or be suggested ({}).",
            markup::when(*at),
            command("debrief start"),
            command("suggest")
        ),
        Refusal::OtherHeadings { takes } => {
            let takes: Vec<String> =
                takes.iter().map(|c: &Column| format!("`{}` ({})", c.as_str(), heading(*c))).collect();
            format!("This debrief has other headings: {}.", words::list(&takes))
        }
        Refusal::Full { limit } => format!(
            "This debrief holds {limit} items, and there is no room for more. Please close it, and go on in a new one: {}.",
            command("debrief start")
        ),
        Refusal::EnoughActions => format!(
            "Three actions are there already: what a group takes upon itself it should be able to do. What needs a manager can \
             be added under **Escalate** ({}).",
            command("debrief add")
        ),
        Refusal::OwnerLeft(_) => {
            "The person whom you named has left this community. Please name somebody who is here.".to_owned()
        }
        Refusal::NoSuchItem(_) => {
            format!("There is no such item in this debrief. {} lists what was said.", command("debrief show"))
        }
        Refusal::NoSummary => format!(
            "There is no summary in this debrief, so nothing can be taken out of it. {} shows what is there.",
            command("debrief show")
        ),
        Refusal::WhichItem { typed } => format!(
            "It is not clear which item you mean by “{}”: none says so, or several do. Pick one of those that are offered while you \
             type; only those are offered with which you can do this.",
            markup::inline_str(&markup::excerpt(typed, 100))
        ),
        Refusal::NotYourItem { nameless: false } => format!(
            "Only whoever added an item says it in other words. You can add what you see differently: {}. Words that identify \
             somebody are removed with {}.",
            command("debrief add"),
            command("debrief redact")
        ),
        Refusal::NotYourItem { nameless: true } => format!(
            "Nobody's name is kept with what is said here, so nobody can show that an item is theirs. Please add what you mean once \
             more: {}. Whoever leads the debrief can remove words that identify somebody: {}.",
            command("debrief add"),
            command("debrief redact")
        ),
        Refusal::MayNotRedact { nameless: false } => {
            "Words are removed by whoever wrote them, whoever started the debrief, the team's managers or the coordinators. \
             Please ask one of them; do not write the words again."
                .to_owned()
        }
        Refusal::MayNotRedact { nameless: true } => {
            "Nobody's name is kept with what is said here, so nobody can show that an item is theirs. Whoever started the debrief, \
             the team's managers and the coordinators can remove words. Please ask one of them; do not write the words again."
                .to_owned()
        }
        Refusal::WordsNotFound => {
            "None of these words occurs there or in its history. Please write them as they stand there.".to_owned()
        }
        Refusal::ItemErased => format!(
            "Its words were taken out; there is nothing to keep. What should be known without them can be added: {}.",
            command("debrief lesson")
        ),
        Refusal::NoSuchAction { typed, open } => {
            let open: Vec<String> = open.iter().map(|n| format!("`{n}`")).collect();
            let takes = if open.is_empty() {
                "None is open.".to_owned()
            } else {
                format!("Open are: {}.", words::list(&open))
            };
            format!("There is no action {} here. {takes}", markup::inline_str(typed))
        }
        Refusal::ActionDone => "It was done already; thank you all the same.".to_owned(),
        Refusal::NotYourAction { .. } => {
            "That is for whoever does it, whoever started the debrief, the team's managers and the coordinators to say.".to_owned()
        }
        Refusal::NotTakingPart => {
            "This is for those who take part in the debrief, its team and the coordinators. **Join** on its panel is open to \
             everybody while it is under way; its lessons are for all: "
                .to_owned()
                + &command("brief")
                + "."
        }
        Refusal::NoLesson => "It is no longer shown as a lesson; nothing more is needed.".to_owned(),
        Refusal::NoSuchKind { typed } => format!(
            "Nothing is known yet of such work: {}. Pick one of those that are offered while you type, or begin: {}.",
            markup::inline_str(typed),
            command("debrief start")
        ),
        Refusal::SameKind => {
            "Those are one kind already: whatever is said of the one stands with the other.".to_owned()
        }
        Refusal::CoordinatorsMerge => {
            "Kinds of work are put together by the coordinators. Please ask one of them.".to_owned()
        }
    }
}
