//! One step of a debrief in words: for the thread, for a direct message, for the one who took it.

use kaizen_domain::debrief::{Column, Event, Fact, Piece, Stage};
use kaizen_domain::suggestion::protocol::Word;
use kaizen_domain::suggestion::routing;
use kaizen_domain::{MemberId, Number, UserId, Who};
use kaizen_workflow::debriefs::DebriefShown;
use kaizen_workflow::outbox::ReminderEntry;

use super::{action_line, button, heading, item_line, link, mark};
use crate::control::DebriefStep;
use crate::reply::{Message, Style};
use crate::view::compose::{self, Draft, TEXT_ROOM};
use crate::view::{markup, words};

/// Who did it, with a gap before what follows; nothing in a nameless debrief.
fn by(shown: &DebriefShown, who: Who) -> String {
    match who {
        Who::Member(_) => format!("{} · ", words::who(&shown.people, who)),
        Who::Nameless | Who::System => String::new(),
    }
}

/// A post in the thread on one step, in full. Public. `mention` is pinged.
pub fn post(shown: &DebriefShown, seq: i64, event: &Event, mention: Option<UserId>) -> Message {
    let (number, d) = (shown.item.number, &shown.item.debrief);
    let mut rows = Vec::new();
    let draft = match &event.fact {
        Fact::ItemAdded { item, column, text, source } => {
            if d.item(*item).is_some_and(|i| i.lesson.is_none()) {
                rows.push(vec![button(number, DebriefStep::Keep(*item), "Keep as lesson", Style::Quiet)]);
            }
            let from = source.map(|s| {
                let url = markup::message_url(shown.guild, s.channel, s.message);
                format!("From [a message](<{url}>) in full.")
            });
            Draft::new(format!("{}{}", by(shown, event.by), markup::bold(heading(*column))))
                .quote("", text)
                .say(from.unwrap_or_default())
        }
        Fact::ItemEdited { item, text } => {
            let heading = d.item(*item).map(|i| heading(i.column)).unwrap_or_default();
            let what = format!("{}, in better words", markup::bold(heading));
            Draft::new(format!("{}{what}", by(shown, event.by))).quote("", text)
        }
        Fact::ItemRedacted { .. } | Fact::WordsRemoved { .. } => Draft::new(format!(
            "{} removed words that should not stand here.",
            words::who(&shown.people, event.by)
        )),
        Fact::LessonKept { item } => {
            let said = d.item(*item).map(|i| markup::inline_excerpt(&i.text, 200)).unwrap_or_default();
            Draft::new(format!("{}Kept as a lesson: {said}", by(shown, event.by)))
        }
        Fact::ActionAdded { entry, text, owed, .. } => {
            rows.push(vec![button(number, DebriefStep::Done(*entry), "Done", Style::Good)]);
            Draft::new(format!("{}{}", by(shown, event.by), markup::bold("Action"))).quote("", text).say(
                format!("{} does it by {}.", words::person(&shown.people, owed.by), markup::when(owed.due)),
            )
        }
        Fact::ActionDone { entry } => {
            Draft::new(format!("{}Done: {}", by(shown, event.by), action(shown, *entry)))
        }
        Fact::Transferred { from, to, entry, left } => {
            let (before, now) = (words::person(&shown.people, *from), words::person(&shown.people, *to));
            let action = action(shown, *entry);
            Draft::new(if *left {
                format!("{before} has left; {now} has this action now: {action}")
            } else {
                format!("{now} has taken this over from {before}, so that it gets done: {action}")
            })
        }
        Fact::Closed { .. } => return summary(shown, seq, event.by),
        Fact::Started { .. }
        | Fact::Joined
        | Fact::LessonMarked { .. }
        | Fact::LessonRetired { .. }
        | Fact::Reminded { .. }
        | Fact::NextLevelTold { .. }
        | Fact::CloseReminded { .. } => return Message::default(),
    };
    let mut message = draft.say(markup::small(&mark(number, seq))).message("debrief show");
    message.public = true;
    message.rows = rows;
    message.mentions = mention.into_iter().collect();
    message
}

/// `K-12`, as a link to where its card is posted in a moment: the channel of the team, or that of the panel.
fn idea_link(shown: &DebriefShown, number: Number) -> String {
    let team = routing::standing(&shown.policy, shown.item.debrief.team);
    let channel = shown.policy.home(team).or(shown.item.place.map(|p| p.channel));
    match channel {
        Some(channel) => format!("[{number}]({})", markup::channel_url(shown.guild, channel)),
        None => markup::bold(&number.to_string()),
    }
}

fn action(shown: &DebriefShown, entry: u32) -> String {
    let found = shown.item.debrief.action(entry);
    found.map_or_else(|| entry.to_string(), |(a, _)| markup::inline_excerpt(&a.text, 200))
}

/// The summary that a closed debrief leaves in its thread.
fn summary(shown: &DebriefShown, seq: i64, closed_by: Who) -> Message {
    let d = &shown.item.debrief;
    let mut lines: Vec<String> = vec![match closed_by {
        Who::Member(_) => {
            format!("{} closed this debrief. Thank you all.", words::who(&shown.people, closed_by))
        }
        Who::Nameless | Who::System => {
            "A week has passed: this debrief is closed with what it has. Thank you all.".to_owned()
        }
    }];
    if let Stage::Closed { summary: Some(summary), .. } = &d.stage {
        lines.push(markup::quote(&markup::block(summary)));
    }
    for column in d.template.columns() {
        let items: Vec<String> = d.under(*column).map(|(_, i)| item_line(i)).collect();
        if !items.is_empty() {
            lines.push(markup::bold(heading(*column)));
            lines.extend(items);
        }
    }
    let actions: Vec<String> = d.ledger.iter().filter_map(|r| action_line(shown, r)).collect();
    if !actions.is_empty() {
        lines.push(markup::bold("Actions"));
        lines.extend(actions);
    }
    // What was kept under another heading stands there, and says so.
    let said = d.under(Column::Lesson).map(|(_, i)| format!("• {}", markup::inline_excerpt(&i.text, 200)));
    let kept: Vec<String> = said.collect();
    if !kept.is_empty() {
        lines.push(markup::bold("Lessons"));
        lines.extend(kept);
    }
    if d.items.iter().any(|i| i.suggestion.is_some()) {
        lines
            .push("What was escalated is an idea now, with the normal promise: each is answered.".to_owned());
    }
    if let Some(kind) = &d.kind {
        lines.push(format!(
            "The next ones find this with {} `kind:{}`.",
            markup::command("brief"),
            markup::escape(&kind.name)
        ));
    }
    let end = markup::small(&mark(shown.item.number, seq));
    let room = TEXT_ROOM - markup::len(&end) - 1;
    let text = format!("{}\n{end}", compose::lines(&lines, room, "debrief show"));
    Message { text, public: true, ..Message::default() }
}

/// A line of a bundled reminder: an action that is due or late, of the reader or of somebody whose next level they are.
pub fn reminder(to: MemberId, entry: &ReminderEntry, shown: &DebriefShown) -> String {
    let place = link(shown.guild, shown.item.number, shown.item.place.as_ref());
    let which = entry.action.unwrap_or_default();
    let due = shown.item.debrief.action(which).map(|(_, owed)| owed.due);
    let when = due.map(|due| format!(", due {}", markup::when(due))).unwrap_or_default();
    let what = action(shown, which);
    match entry.about {
        Word::Due => {}
        Word::Came { from, because } => {
            let why = words::because(&shown.people, &shown.policy, from, because);
            let done = markup::command("debrief done");
            return format!("{place} {what}: {why} It is an action from you now{when}. {done} closes it.");
        }
        Word::Went { from, to: now, because } => {
            let own = if from == to { words::because_you(&shown.policy, from, because) } else { None };
            let why = own.unwrap_or_else(|| words::because(&shown.people, &shown.policy, from, because));
            return format!(
                "{place} {what}: {} has this action now. {why}",
                words::person(&shown.people, now)
            );
        }
    }
    if entry.owed_by != to {
        let who = words::person(&shown.people, entry.owed_by);
        return format!(
            "{place} {what}: an action from {who}{when}. A word with them may be enough; if nothing happens, it becomes yours."
        );
    }
    format!("{place} {what}: an action from you{when}. {} closes it.", markup::command("debrief done"))
}

/// A direct message on one step. Private.
pub fn direct(shown: &DebriefShown, event: &Event, seq: i64) -> Message {
    let d = &shown.item.debrief;
    let place = link(shown.guild, shown.item.number, shown.item.place.as_ref());
    let work = markup::inline_excerpt(&d.work, 80);
    let text = match &event.fact {
        Fact::CloseReminded { .. } => format!(
            "The debrief {place} ({work}) is still open. {} in its thread posts the summary; after a week it closes with what it has.",
            markup::command("debrief close")
        ),
        Fact::Started { .. }
        | Fact::Joined
        | Fact::ItemAdded { .. }
        | Fact::ItemEdited { .. }
        | Fact::ItemRedacted { .. }
        | Fact::WordsRemoved { .. }
        | Fact::LessonKept { .. }
        | Fact::LessonMarked { .. }
        | Fact::LessonRetired { .. }
        | Fact::ActionAdded { .. }
        | Fact::ActionDone { .. }
        | Fact::Reminded { .. }
        | Fact::NextLevelTold { .. }
        | Fact::Transferred { .. }
        | Fact::Closed { .. } => format!("News of the debrief {place} ({work})."),
    };
    let end = markup::small(&mark(shown.item.number, seq));
    let text = compose::fit(&text, TEXT_ROOM - markup::len(&end) - 1, "debrief show");
    Message { text: format!("{text}\n{end}"), ..Message::default() }
}

/// What became of words that were taken out, and what is not within reach.
fn redacted(shown: &DebriefShown, piece: Piece) -> String {
    let number = markup::bold(&shown.item.number.to_string());
    let mut text = match piece {
        Piece::Title => format!(
            "Recorded: the words are gone from the title of {number} and its history. Panel and thread take the new name in a moment."
        ),
        Piece::Summary => format!(
            "Recorded: the words are gone from the summary of {number} and its history. Panel and post are rewritten in a moment."
        ),
        Piece::Item(item) => format!(
            "Recorded: the words are gone from item {item} of {number}, its history and its lesson. Panel and posts are rewritten \
             in a moment."
        ),
        Piece::Action(entry) => format!(
            "Recorded: the words are gone from action {entry} of {number} and its history. Panel, posts, briefings and reminders are \
             rewritten in a moment."
        ),
    };
    let item = match piece {
        Piece::Item(item) => shown.item.debrief.item(item),
        Piece::Title | Piece::Summary | Piece::Action(_) => None,
    };
    if let Some(idea) = item.and_then(|i| i.suggestion) {
        text.push_str(&format!(
            " It is an idea as well, {}: {} takes the words out of that one.",
            markup::bold(&idea.to_string()),
            markup::command("idea redact")
        ));
    }
    text.push_str(
        "\nWhere an item, the title, the summary or an action says the same, do it there too. Messages that people wrote themselves \
         only they can delete.",
    );
    text
}

/// What was recorded, for the one who did it; nothing where another line says it.
pub(super) fn answered(shown: &DebriefShown, fact: &Fact) -> Option<String> {
    let number = markup::bold(&shown.item.number.to_string());
    Some(match fact {
        Fact::Started { .. } => format!("{number} is started."),
        Fact::Joined => format!("You take part in {number}."),
        Fact::ItemAdded { column, .. } => {
            let names = if shown.item.debrief.nameless { " Your name is kept nowhere with it." } else { "" };
            format!("Added to {number} under {}.{names}", markup::bold(heading(*column)))
        }
        Fact::ItemEdited { item, .. } => format!(
            "Recorded: the new words of item {item} of {number}. The old ones stay in its thread; {} removes what should not stand \
             there at all.",
            markup::command("debrief redact")
        ),
        Fact::ItemRedacted { item } => redacted(shown, Piece::Item(*item)),
        Fact::WordsRemoved { piece } => redacted(shown, *piece),
        Fact::LessonKept { .. } => {
            "Kept as a lesson: the next ones who do such work will read it.".to_owned()
        }
        Fact::LessonMarked { .. } | Fact::LessonRetired { .. } => "Recorded; thank you.".to_owned(),
        Fact::ActionAdded { owed, .. } => format!(
            "Recorded in {number}: {} does it by {}, and is reminded.",
            words::person(&shown.people, owed.by),
            markup::when(owed.due)
        ),
        Fact::ActionDone { entry } => format!("Done: {}. Thank you.", action(shown, *entry)),
        Fact::Closed { escalated, .. } => {
            let became: Vec<String> = escalated.iter().map(|e| idea_link(shown, e.suggestion)).collect();
            let ideas = match became.len() {
                0 => String::new(),
                1 => format!(" What was escalated is now the idea {}.", words::list(&became)),
                _ => format!(" What was escalated is now the ideas {}.", words::list(&became)),
            };
            let place = link(shown.guild, shown.item.number, shown.item.place.as_ref());
            format!("{place} is closed; the summary stands in its thread.{ideas}")
        }
        Fact::Reminded { .. }
        | Fact::NextLevelTold { .. }
        | Fact::Transferred { .. }
        | Fact::CloseReminded { .. } => return None,
    })
}
