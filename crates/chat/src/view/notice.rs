//! What goes out by itself: posts in an idea's thread, direct messages, bundled reminders, and word of what is broken.
//!
//! Each is made when it is sent, from the history, so that an erased word is never sent; made again it says the same.
//! Every post and direct message ends with its mark, `K-12 · 7` (the number, and the place in the history).

mod direct;

use kaizen_domain::ledger::LadderStep;
use kaizen_domain::suggestion::protocol::{Because, Event, Fact, Word};
use kaizen_domain::suggestion::{next_timer, routing};
use kaizen_domain::{GuildId, MemberId, Number, RequirementKind, RoleId, UserId};
use kaizen_workflow::debriefs::DebriefShown;
use kaizen_workflow::outbox::{ReminderEntry, Trouble};
use kaizen_workflow::ports::Shown;

pub use direct::direct;

use super::compose::{self, TEXT_ROOM};
use super::step::{self, Scene};
use super::{card, debrief, markup, words};
use crate::reply::Message;

/// The findable mark of a post: `K-12 · 7`.
pub fn mark(number: Number, seq: i64) -> String {
    format!("{number} · {seq}")
}

/// One post for a step of the history, in the thread: who did what and why, what happens next and by when, and a mention of
/// who owes something now. `mention` and `mention_role` are pinged.
///
/// The text is empty, and nothing is to be posted, for steps that deserve no post: *Supported*, *SupportTakenBack*,
/// *Followed*, *Unfollowed*, *Reminded*, *QuestionDelivered*, and *FeedbackGiven* without a note.
pub fn post(
    shown: &Shown,
    seq: i64,
    event: &Event,
    mention: Option<UserId>,
    mention_role: Option<RoleId>,
) -> Message {
    if !deserves_post(&event.fact) {
        return Message::default();
    }
    let mut draft = step::told(Scene::of(shown), event).say(next(shown, event));
    let names = |text: &str, what: &str| text.contains(what);
    let so_far = draft.text();
    if let Some(user) = mention.filter(|u| !names(&so_far, &markup::mention(*u))) {
        draft = draft.say(format!("{}, this is for you to know.", markup::mention(user)));
    }
    if let Some(role) = mention_role {
        draft = draft.say(format!("{}: whoever of you acknowledges it first takes it.", markup::role(role)));
    }
    let mut message = draft.say(markup::small(&mark(shown.item.number, seq))).message("idea history");
    if matches!(event.fact, Fact::CheckAsked { .. } | Fact::LastAsked { .. }) {
        message.rows = vec![card::works_buttons(shown)];
    }
    message.public = true;
    message.mentions = mention.into_iter().collect();
    message.mention_roles = mention_role.into_iter().collect();
    message
}

const fn deserves_post(fact: &Fact) -> bool {
    match fact {
        Fact::Supported
        | Fact::SupportTakenBack
        | Fact::Followed
        | Fact::Unfollowed
        | Fact::Reminded { .. }
        | Fact::QuestionDelivered { .. }
        | Fact::FeedbackGiven { note: None, .. } => false,
        Fact::FeedbackGiven { note: Some(_), .. }
        | Fact::Submitted { .. }
        | Fact::Acknowledged { .. }
        | Fact::FindingAdded { .. }
        | Fact::Asked { .. }
        | Fact::Answered { .. }
        | Fact::AnswerTimedOut { .. }
        | Fact::QuestionReturned { .. }
        | Fact::Assigned { .. }
        | Fact::Referred { .. }
        | Fact::Accepted { .. }
        | Fact::Declined { .. }
        | Fact::Deferred { .. }
        | Fact::Resumed { .. }
        | Fact::Replanned { .. }
        | Fact::Stopped { .. }
        | Fact::Implemented { .. }
        | Fact::OutcomeVerified { .. }
        | Fact::OutcomeOpen { .. }
        | Fact::OutcomeFailed { .. }
        | Fact::CheckAsked { .. }
        | Fact::LastAsked { .. }
        | Fact::LastQuestionOver
        | Fact::ReopenedByAnswers { .. }
        | Fact::Appealed { .. }
        | Fact::Edited { .. }
        | Fact::Withdrawn { .. }
        | Fact::MergedInto { .. }
        | Fact::Absorbed { .. }
        | Fact::Separated { .. }
        | Fact::Redacted
        | Fact::Reopened { .. }
        | Fact::NextLevelTold { .. }
        | Fact::DueMoved { .. }
        | Fact::Transferred { .. }
        | Fact::Rerouted { .. }
        | Fact::PlacedAnew { .. } => true,
    }
}

/// What happens next, as it stood right after this step.
fn next(shown: &Shown, event: &Event) -> String {
    let s = &shown.item.suggestion;
    let command = markup::command;
    let author = words::person(&shown.people, s.author);
    let next = event
        .fact
        .owed()
        .map(|owed| words::next(&shown.people, owed, words::Check::after(&event.fact)))
        .unwrap_or_default();
    match &event.fact {
        Fact::Implemented { .. } => {
            format!(
                "Does it work? Whoever works with it can say so on the card, or with {}.\n{next}",
                command("idea feedback")
            )
        }
        Fact::Asked { .. } => format!("{next} {author}: {} in this thread.", command("idea answer")),
        Fact::Transferred { owed, .. } => words::next_overdue(&shown.people, owed),
        Fact::Assigned { owed, .. } if event.at > owed.due => words::next_overdue(&shown.people, owed),
        Fact::Rerouted { owed, .. } | Fact::PlacedAnew { owed, .. } | Fact::QuestionReturned { owed, .. }
            if event.at > owed.due =>
        {
            words::next_overdue(&shown.people, owed)
        }
        Fact::FindingAdded { owed: None, .. } => s
            .decision_due
            .map(|due| format!("The decision is still due by {}.", markup::when(due)))
            .unwrap_or_default(),
        Fact::Declined { appeal_until, .. } if !s.appealed => format!(
            "{author} can appeal until {} with {}. {}",
            markup::when(*appeal_until),
            command("idea appeal"),
            words::who_hears_an_appeal(shown)
        ),
        Fact::Declined { .. } => {
            "It is closed. A coordinator can reopen it if something new comes up.".to_owned()
        }
        Fact::OutcomeVerified { last_question, .. } => {
            let again = last_question.map(|at| {
                format!(
                    " On {} those who work with it are asked once more whether it works.",
                    markup::day(at)
                )
            });
            format!(
                "It is closed, with thanks to {author} for the idea and to everybody who carried it.{}",
                again.unwrap_or_default()
            )
        }
        Fact::Withdrawn { .. } => {
            format!("It is closed. A new idea is welcome at any time: {}.", command("suggest"))
        }
        Fact::MergedInto { into } => format!("Everything goes on in {}.", markup::bold(&into.to_string())),
        Fact::Submitted { .. }
        | Fact::Acknowledged { .. }
        | Fact::FindingAdded { owed: Some(_), .. }
        | Fact::Answered { .. }
        | Fact::AnswerTimedOut { .. }
        | Fact::Assigned { .. }
        | Fact::Referred { .. }
        | Fact::Accepted { .. }
        | Fact::Deferred { .. }
        | Fact::Resumed { .. }
        | Fact::Replanned { .. }
        | Fact::Stopped { .. }
        | Fact::OutcomeOpen { .. }
        | Fact::OutcomeFailed { .. }
        | Fact::FeedbackGiven { .. }
        | Fact::CheckAsked { .. }
        | Fact::LastAsked { .. }
        | Fact::LastQuestionOver
        | Fact::ReopenedByAnswers { .. }
        | Fact::Appealed { .. }
        | Fact::Edited { .. }
        | Fact::Absorbed { .. }
        | Fact::Separated { .. }
        | Fact::Redacted
        | Fact::Reopened { .. }
        | Fact::Rerouted { .. }
        | Fact::PlacedAnew { .. }
        | Fact::QuestionDelivered { .. }
        | Fact::QuestionReturned { .. }
        | Fact::Supported
        | Fact::SupportTakenBack
        | Fact::Followed
        | Fact::Unfollowed
        | Fact::Reminded { .. }
        | Fact::NextLevelTold { .. }
        | Fact::DueMoved { .. } => next,
    }
}

/// What is due or late, for one person, in one message: what they owe themselves, and where their help is asked for since
/// somebody else's answer is late. `reference` is the delivery's own number: it makes the mark one of its kind, as in a letter.
pub fn reminders(
    to: MemberId,
    lines: &[(ReminderEntry, Shown)],
    actions: &[(ReminderEntry, DebriefShown)],
    reference: i64,
) -> Message {
    let ideas = lines.iter().map(|(entry, shown)| (entry, reminder(to, entry, shown)));
    let actions_told = actions.iter().map(|(entry, shown)| (entry, debrief::reminder(to, entry, shown)));
    let told: Vec<(&ReminderEntry, String)> = ideas.chain(actions_told).collect();
    let mut all: Vec<String> = Vec::new();
    let mut section = |title: &str, belongs: &dyn Fn(&ReminderEntry) -> bool| {
        let first = all.len();
        all.extend(told.iter().filter(|(e, _)| belongs(e)).map(|(_, line)| line.clone()));
        if let Some(line) = all.get_mut(first) {
            *line = format!("{}\n{line}", markup::bold(title));
        }
    };
    section("Yours now", &|e| matches!(e.about, Word::Came { because, .. } if because != Because::Back));
    section("Yours again", &|e| matches!(e.about, Word::Came { because: Because::Back, .. }));
    section("With somebody else now", &|e| matches!(e.about, Word::Went { .. }));
    for (title, step) in [
        ("Yours now, so that it does not stay unanswered", LadderStep::Transferred),
        ("Waiting longer than promised", LadderStep::Late),
        ("Coming up", LadderStep::Halfway),
        ("Waiting", LadderStep::None),
    ] {
        section(title, &|e| e.about == Word::Due && e.owed_by == to && e.step == step);
    }
    section("Your help is asked for", &|e| e.about == Word::Due && e.owed_by != to);
    let mut numbers: Vec<Number> = lines.iter().map(|(e, _)| e.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut debriefs: Vec<String> = actions.iter().map(|(_, d)| d.item.number.to_string()).collect();
    debriefs.dedup();
    let mut marks: Vec<String> = numbers.iter().map(ToString::to_string).chain(debriefs).take(40).collect();
    marks.push(format!("ref. {reference}"));
    let end = format!("{}\n{}", closing(to, lines, actions), markup::small(&marks.join(" · ")));
    let room = TEXT_ROOM - markup::len(&end) - 1;
    Message { text: format!("{}\n{end}", compose::lines(&all, room, "my")), ..Message::default() }
}

/// What the reader can do about what is theirs; what is not theirs asks for nothing.
fn closing(
    to: MemberId,
    lines: &[(ReminderEntry, Shown)],
    actions: &[(ReminderEntry, DebriefShown)],
) -> String {
    let theirs = |e: &ReminderEntry| match e.about {
        Word::Due => e.owed_by == to,
        Word::Came { .. } => true,
        Word::Went { .. } => false,
    };
    let my = format!("{} shows everything that is yours", markup::command("my"));
    let ideas = || lines.iter().filter(|(e, _)| theirs(e));
    if ideas().next().is_none() && !actions.iter().any(|(e, _)| theirs(e)) {
        return format!("{my}.");
    }
    let hands_on = if ideas().any(|(_, shown)| shown.item.suggestion.responsible == to) {
        format!("; {} hands on what you cannot take", markup::command("idea assign"))
    } else if ideas().any(|(e, _)| e.owed_by == to && e.kind == RequirementKind::Implementation) {
        format!("; {} changes who carries it out, or by when", markup::command("idea replan"))
    } else {
        String::new()
    };
    format!("A short answer is better than a late one. {my}{hands_on}.")
}

/// What is owed by whoever reads it, with what to do and by when.
fn owed_by_reader(entry: &ReminderEntry, shown: &Shown) -> String {
    let s = &shown.item.suggestion;
    let Some(open) = s.open_requirement() else { return String::new() };
    let what = words::kind(entry.kind);
    let ways: Vec<String> = words::gives(entry.kind).iter().map(|c| markup::command(c)).collect();
    let how = match ways.as_slice() {
        [] => String::new(),
        [first @ .., last] if !first.is_empty() => format!(" In its thread: {} or {last}.", first.join(", ")),
        [one, ..] => format!(" In its thread: {one}."),
    };
    // Once it is late the ladder says until when an answer keeps it here.
    let late = matches!(open.ladder.step, LadderStep::Late | LadderStep::Transferred);
    match next_timer(s, &shown.policy).filter(|_| late) {
        Some(next) => format!(
            " What is owed: {what}. It was due on {}, so please answer by {}.{how}",
            markup::stamp(open.due),
            markup::when(next.at)
        ),
        None => format!(" What is owed: {what}, due {}.{how}", markup::when(open.due)),
    }
}

fn reminder(to: MemberId, entry: &ReminderEntry, shown: &Shown) -> String {
    let s = &shown.item.suggestion;
    let due = s.open_requirement().map(|r| r.due);
    let when = due.map(|due| format!(", due {}", markup::when(due))).unwrap_or_default();
    let person = |m| words::person(&shown.people, m);
    let idea = format!("{} {}", markup::item_link(shown), markup::title(&s.idea, 70));
    match entry.about {
        Word::Due => {}
        Word::Came { from, because } => {
            let why = if because == Because::Back {
                format!("{} stood in for you until now.", person(from))
            } else {
                words::because(&shown.people, &shown.policy, from, because)
            };
            let owed = if entry.owed_by == to { owed_by_reader(entry, shown) } else { String::new() };
            return format!("{idea}: {why}{owed}");
        }
        Word::Went { from, to: now, because } => {
            let own = if from == to { words::because_you(&shown.policy, from, because) } else { None };
            let why = own.unwrap_or_else(|| words::because(&shown.people, &shown.policy, from, because));
            return format!("{idea}: {} has it now. {why}", person(now));
        }
    }
    let who =
        if entry.owed_by == to { "you".to_owned() } else { words::person(&shown.people, entry.owed_by) };
    let line = format!(
        "{} {}: {} from {who}{when}.",
        markup::item_link(shown),
        markup::title(&s.idea, 70),
        words::kind(entry.kind)
    );
    if entry.owed_by != to {
        return format!("{line} A word with them may be enough; if no answer comes, it becomes yours.");
    }
    match (entry.step, routing::next_level(&shown.policy, s, entry.owed_by)) {
        (LadderStep::Late, Some(next)) => {
            format!("{line} {} knows of it, and can help.", words::person(&shown.people, next))
        }
        (LadderStep::Late, None) => format!("{line} It is asked again until there is an answer."),
        (LadderStep::None | LadderStep::Halfway | LadderStep::Transferred, _) => line,
    }
}

/// A reminder that was sent, without the entry of an idea that words were taken out of; all others stay. None where that
/// entry is not found in it: then everything goes ([`cleared`]).
pub fn without(sent: &str, number: &str) -> Option<Message> {
    let (link, plain) = (format!("[{number}]("), markup::bold(number));
    let entry = |line: &str| -> Option<String> {
        if line.starts_with(&link) {
            return line.find(')').map(|end| line[..=end].to_owned());
        }
        line.starts_with(&plain).then(|| plain.clone())
    };
    let mut found = false;
    let lines: Vec<String> = sent
        .lines()
        .map(|line| match entry(line) {
            Some(idea) => {
                found = true;
                format!("{idea}: what stood here was cleared, because words were taken out of it.")
            }
            None => line.to_owned(),
        })
        .collect();
    found.then(|| Message { text: lines.join("\n"), ..Message::default() })
}

/// What stands in place of a reminder after words were taken out of what it quoted.
pub fn cleared(number: &str) -> Message {
    let text = format!(
        "A reminder stood here. It was cleared, because words were taken out of {}. {} shows everything that is yours.",
        markup::bold(number),
        markup::command("my")
    );
    Message { text, ..Message::default() }
}

/// Word to the coordinator that something is broken: where, and how to mend it.
pub fn trouble(guild: GuildId, trouble: &Trouble) -> Message {
    let mut text = match trouble {
        Trouble::ChannelGone { channel, now: Some(now) } => format!(
            "A channel that Kaizen posts to was deleted: {place}.\n\
             The open ideas that were there go on in {now} now, each in a thread of its own, where whoever owes the next \
             response is told. To give the team a channel of its own again: {edit} with `channel`.",
            place = place(guild, *channel),
            now = markup::channel(*now),
            edit = markup::command("kaizen team edit"),
        ),
        Trouble::ChannelGone { channel, now: None } => format!(
            "A channel that Kaizen posts to can no longer be reached: {place}. It was deleted, or hidden from Kaizen.\n\
             To mend it: let Kaizen see it again, or give the team another channel with {edit}.",
            place = place(guild, *channel),
            edit = markup::command("kaizen team edit"),
        ),
        Trouble::Permission { channel, permission } => format!(
            "Kaizen may not do something that it needs in {place}: the permission **{permission}** is missing.\n\
             To mend it: open the channel's settings, then *Permissions*, choose Kaizen's role, and allow **{permission}**.",
            place = place(guild, *channel),
            permission = markup::escape(permission),
        ),
        Trouble::ThreadsFull => "This community has as many open threads as the platform allows. The next ideas get their card, \
             and their thread as soon as there is room.\n\
             To make room: close threads that nobody needs any more (in a thread's menu, *Close Thread*). They stay readable, \
             and open again when somebody writes there. Threads of ideas that have ended close by themselves."
            .to_owned(),
        Trouble::NoThreads { channel } => format!(
            "Somebody used Kaizen in {place}: a channel of this kind has no threads, so there is no room for a card there.\n\
             To mend it: give the team a text channel or a forum of its own with {edit} and `channel`.",
            place = place(guild, *channel),
            edit = markup::command("kaizen team edit"),
        ),
    };
    text.push_str(&format!(
        "\nNothing is lost: what could not be sent is kept. {} looks at everything, and sends it again with **Try again**.",
        markup::command("kaizen check")
    ));
    Message { text, ..Message::default() }
}

/// A channel, as a name and as an address: a deleted one has no name any more.
fn place(guild: GuildId, channel: kaizen_domain::ChannelId) -> String {
    format!("{} (<https://discord.com/channels/{guild}/{channel}>)", markup::channel(channel))
}
