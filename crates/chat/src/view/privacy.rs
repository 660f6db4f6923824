//! What is said to somebody who asks what is kept of them, or asks to be forgotten.

use kaizen_domain::Number;
use kaizen_workflow::forgetting::Footprint;

use super::{markup, words};
use crate::control::Id;
use crate::reply::{Control, Message, Style};

/// So many numbers are named; of more only the count is said.
const NAMED: usize = 20;

/// Before: what goes, what stays, what moves; and the button.
pub fn confirm(kept: &Footprint) -> Message {
    let mut lines = vec![
        "Do you want to be forgotten here? This is what happens then, at once and for good:".to_owned(),
        format!(
            "- **Gone**: your name, the platform's id of you, and what you wrote ({}{}): in cards, threads, messages, digests, \
             briefings, search and history.",
            words::count(whole(kept.texts), "text", "texts"),
            match kept.in_debriefs {
                0 => String::new(),
                some => format!(", {some} of them in debriefs"),
            }
        ),
        "- **Stays**: what happened and when, done by “a former member”. What others wrote stays theirs. What carries no name \
         cannot be found as yours: answers and notes to “does it work?”, what you added to a debrief without names."
            .to_owned(),
    ];
    if !kept.taken_back.is_empty() {
        lines.push(format!(
            "- **Taken back**: {} of yours, not decided yet: {}.",
            words::count(whole(kept.taken_back.len()), "idea", "ideas"),
            numbers(&kept.taken_back)
        ));
    }
    if !kept.handed_over.is_empty() {
        lines.push(format!(
            "- **Handed on**: what you answer for or carry out goes to whoever is next: {}.",
            numbers(&kept.handed_over)
        ));
    }
    if kept.actions > 0 {
        lines.push(format!(
            "- **Handed on**: {} of debriefs, with the date that was set, to whoever is next.",
            words::count(whole(kept.actions), "action", "actions")
        ));
    }
    if kept.owner {
        lines.push(
            "- As this community is yours on the platform, you are still asked where nobody else is left: the platform's id of \
             you is kept for that, without a name and apart from all that you did."
                .to_owned(),
        );
    }
    lines.push(format!(
        "Where others name you in their words, ask for those words to be removed: the author, the responsible person or the \
         coordinator does it with {}. Messages that you sent in channels yourself, only you can delete; \
         what Kaizen wrote to you directly stays in your inbox.",
        markup::command("idea redact")
    ));
    lines.push("If you use Kaizen again later, you begin as somebody new.".to_owned());
    let button = Control::Button {
        id: Id::ForgetMe { member: kept.member }.to_string(),
        label: "Forget me".to_owned(),
        style: Style::Careful,
    };
    Message { text: lines.join("\n"), rows: vec![vec![button]], ..Message::default() }
}

/// After.
pub fn forgotten(gone: &Footprint) -> Message {
    let mut lines = vec![format!(
        "Done: you are forgotten here. Your name is gone, and {} with it. Cards and posts are rewritten in a moment.",
        words::count(whole(gone.texts), "text", "texts")
    )];
    if !gone.handed_over.is_empty() {
        lines.push(format!("Somebody else answers now for {}.", numbers(&gone.handed_over)));
    }
    lines.push("Thank you for what you did to make things better.".to_owned());
    Message { text: lines.join("\n"), ..Message::default() }
}

/// Nobody knows them.
pub fn nothing() -> Message {
    let text = "Nothing is kept about you here: no name, no id, no words.".to_owned();
    Message { text, ..Message::default() }
}

fn numbers(numbers: &[Number]) -> String {
    let mut named: Vec<String> = numbers.iter().take(NAMED).map(ToString::to_string).collect();
    if numbers.len() > NAMED {
        named.push(format!("{} more", numbers.len() - NAMED));
    }
    words::list(&named)
}

fn whole(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
