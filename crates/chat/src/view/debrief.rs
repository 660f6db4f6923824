//! Debriefs and briefings: the panel, the posts in the thread, the answers, and the summary.
//!
//! The panel is the state at a glance; every item stands in the thread in full. Nobody's name stands with what was added to a
//! nameless debrief.

mod brief;
mod refusal;
mod told;

use kaizen_domain::debrief::{Column, Debrief, DebriefNumber, Item, Mark, Piece, Stage, Template, WorkKind};
use kaizen_domain::{ChannelId, Requirement, RequirementState, Text};
use kaizen_workflow::debriefs::{ActionLine, DebriefDone, DebriefShown};
use kaizen_workflow::ports::CardPlace;

pub use brief::{brief, briefed};
pub use refusal::refusal;
pub use told::{direct, post, reminder};

use super::compose::{self, TEXT_ROOM};
use super::{markup, words};
use crate::control::{DebriefStep, Id};
use crate::reply::{Card, CardField, Choice, Control, Form, FormField, Message, Style};
use crate::request::Quoted;

/// Characters of an item on the panel.
const ITEM: usize = 90;
/// Characters of a heading of the panel: five of them, and the actions, fit a card.
const HEADING_ROOM: usize = 520;
/// The most characters of a choice.
const CHOICE_ROOM: usize = 100;
/// The longest name of a thread that platforms take.
const THREAD_NAME: usize = 100;
/// The colour of a debrief that is under way; the word always stands beside it.
const UNDER_WAY: u32 = 0x2F_6F_B5;
/// The colour of one that is closed.
const CLOSED: u32 = 0x3B_8C_3F;

/// The findable mark of a post: `D-7 · 12`.
pub fn mark(number: DebriefNumber, seq: i64) -> String {
    format!("{number} · {seq}")
}

/// A heading as people read it.
pub const fn heading(column: Column) -> &'static str {
    match column {
        Column::Well => "Went well",
        Column::Badly => "Went badly",
        Column::Better => "Better next time",
        Column::Escalate => "Escalate",
        Column::Expected => "What was expected",
        Column::Happened => "What happened",
        Column::Difference => "Why the difference",
        Column::NextTime => "What next time",
        Column::Lesson => "Lesson",
    }
}

/// `D-7 Home visit in Hill Street`.
pub fn thread_name(shown: &DebriefShown) -> String {
    let number = shown.item.number.to_string();
    let work = markup::plain(&shown.item.debrief.work, THREAD_NAME - number.len() - 1);
    format!("{number} {work}").trim_end().to_owned()
}

/// The panel: what was said so far, and what can be pressed. Public.
pub fn panel(shown: &DebriefShown) -> Message {
    Message { cards: vec![face(shown)], rows: buttons(shown), public: true, ..Message::default() }
}

fn face(shown: &DebriefShown) -> Card {
    let d = &shown.item.debrief;
    let mut fields: Vec<CardField> = Vec::new();
    let mut field = |name: &str, lines: &[String]| {
        if !lines.is_empty() {
            let value = compose::lines(lines, HEADING_ROOM, "debrief show");
            fields.push(CardField { name: name.to_owned(), value, short: false });
        }
    };
    for column in d.template.columns().iter().copied().chain([Column::Lesson]) {
        let items: Vec<String> = d.under(column).map(|(_, item)| item_line(item)).collect();
        field(&format!("{} ({})", heading(column), items.len()), &items);
    }
    let actions: Vec<String> = d.ledger.iter().filter_map(|r| action_line(shown, r)).collect();
    field("Actions", &actions);
    let mut body = vec![markup::bold(&markup::inline(&d.work))];
    if let Some(kind) = &d.kind {
        body.push(format!("Kind of work: {}", markup::inline_str(&kind.name)));
    }
    if let Stage::Closed { summary: Some(summary), .. } = &d.stage {
        body.push(markup::inline_excerpt(summary, 300));
    }
    if d.is_started() && d.items.is_empty() {
        body.push(
            "What went well comes first. Everything that is added stands here, and in full in the thread."
                .to_owned(),
        );
    }
    let people = words::count(d.participants.len() as u64, "person takes part", "people take part");
    body.push(if d.nameless {
        format!("{people}. No names stand with what is added.")
    } else {
        format!("{people}.")
    });
    Card {
        title: format!(
            "{} · Debrief {}",
            shown.item.number,
            if d.is_started() { "under way" } else { "closed" }
        ),
        body: body.join("\n"),
        fields,
        footer: shown.item.number.to_string(),
        colour: if d.is_started() { UNDER_WAY } else { CLOSED },
        at: Some(d.started_at),
    }
}

fn item_line(item: &Item) -> String {
    let kept = if item.lesson.as_ref().is_some_and(|l| !l.retired) { " · *lesson*" } else { "" };
    let became =
        item.suggestion.map(|n| format!(" · now {}", markup::bold(&n.to_string()))).unwrap_or_default();
    format!("• {}{kept}{became}", markup::inline_excerpt(&item.text, ITEM))
}

fn action_line(shown: &DebriefShown, owed: &Requirement) -> Option<String> {
    let (action, _) = shown.item.debrief.action(owed.entry)?;
    let who = words::person(&shown.people, owed.by);
    let end = match owed.state {
        RequirementState::Open => format!("{who}, by {}", markup::when(owed.due)),
        RequirementState::Fulfilled { at } => format!("done on {}", markup::day(at)),
        RequirementState::Paused { .. } => format!("{who}, it waits"),
        RequirementState::Waived { .. } => "no longer asked for".to_owned(),
    };
    Some(format!("{}. {} · {end}", owed.entry, markup::inline_excerpt(&action.text, ITEM)))
}

fn buttons(shown: &DebriefShown) -> Vec<Vec<Control>> {
    let d = &shown.item.debrief;
    if !d.is_started() {
        return Vec::new();
    }
    let style = |column| match column {
        Column::Well => Style::Good,
        Column::Escalate => Style::Primary,
        Column::Badly
        | Column::Better
        | Column::Expected
        | Column::Happened
        | Column::Difference
        | Column::NextTime
        | Column::Lesson => Style::Quiet,
    };
    let add = |c: &Column| button(shown.item.number, DebriefStep::Add(*c), heading(*c), style(*c));
    vec![
        d.template.columns().iter().map(add).collect(),
        vec![
            button(shown.item.number, DebriefStep::Join, "Join", Style::Quiet),
            button(shown.item.number, DebriefStep::Close, "Close", Style::Careful),
        ],
    ]
}

fn button(number: DebriefNumber, step: DebriefStep, label: &str, style: Style) -> Control {
    Control::Button { id: Id::Debrief { number, step }.to_string(), label: label.to_owned(), style }
}

/// `D-7`, as a link where its panel stands.
pub(super) fn link(
    guild: kaizen_domain::GuildId,
    number: DebriefNumber,
    place: Option<&CardPlace>,
) -> String {
    match place {
        Some(place) => format!("[{number}](<{}>)", markup::card_url(guild, place)),
        None => markup::bold(&number.to_string()),
    }
}

/// The form of a button on the panel.
pub fn form(number: DebriefNumber, step: DebriefStep) -> Form {
    let (title, field) = match step {
        DebriefStep::Close => (
            "Close the debrief",
            text("summary", "In a sentence or two, if you like", "What stays with you?", false, SUMMARY),
        ),
        DebriefStep::Add(column) => {
            (heading(column), text("text", "What the group should know", HINT, true, ITEM_ROOM))
        }
        DebriefStep::AddMessage { .. }
        | DebriefStep::Edit(_)
        | DebriefStep::Redact(_)
        | DebriefStep::Join
        | DebriefStep::Keep(_)
        | DebriefStep::Done(_)
        | DebriefStep::Mark(..) => {
            ("Debrief", text("text", "What the group should know", HINT, true, ITEM_ROOM))
        }
    };
    Form { id: Id::Debrief { number, step }.to_string(), title: title.to_owned(), fields: vec![field] }
}

/// The form of `/debrief edit`, filled with what the item says; without an item the one that asks for the words that go.
pub fn form_on(number: DebriefNumber, step: DebriefStep, item: Option<&Item>) -> Form {
    let (title, field) = match item {
        Some(item) => {
            let value = item.text.written().unwrap_or_default().to_owned();
            let field = text("text", heading(item.column), HINT, true, ITEM_ROOM);
            ("Say it better", FormField { value, ..field })
        }
        None => (
            "Remove words",
            text("words", "Which words have to go? One a line.", "As they stand there.", true, ITEM_ROOM),
        ),
    };
    let title = format!("{title} · {number}");
    Form { id: Id::Debrief { number, step }.to_string(), title, fields: vec![field] }
}

/// An item or what else carries words, as it is offered while somebody types: `3 · Went badly · Nobody had the key`.
pub fn choice(d: &Debrief, piece: Piece, text: &Text) -> Choice {
    let head = match piece {
        Piece::Title => "Title · ".to_owned(),
        Piece::Summary => "Summary · ".to_owned(),
        Piece::Item(place) => {
            let column = d.item(place).map(|item| heading(item.column)).unwrap_or_default();
            format!("{place} · {column} · ")
        }
        Piece::Action(entry) => format!("Action {entry} · "),
    };
    let room = CHOICE_ROOM - markup::len(&head);
    Choice { label: format!("{head}{}", markup::plain(text, room)), value: piece.to_string() }
}

/// The form of **Add to debrief**: the heading, and the message's text. What does not fit stays where it is, linked.
pub fn form_of_message(number: DebriefNumber, message: &Quoted, own: bool) -> Form {
    let step = DebriefStep::AddMessage { channel: message.channel, message: message.message, own };
    let what = FormField {
        id: "what".to_owned(),
        label: "Under which heading?".to_owned(),
        hint: "well, badly, better or escalate".to_owned(),
        value: String::new(),
        required: true,
        long: false,
        min: 1,
        max: 20,
    };
    let said = markup::within(message.text.trim(), usize::from(ITEM_ROOM));
    Form {
        id: Id::Debrief { number, step }.to_string(),
        title: "Add to the debrief".to_owned(),
        fields: vec![
            what,
            FormField { value: said, ..text("text", "What the group should know", HINT, true, ITEM_ROOM) },
        ],
    }
}

const HINT: &str = "No names of children, families or colleagues, please.";
const ITEM_ROOM: u16 = 1000;
const SUMMARY: u16 = 1500;

fn text(id: &str, label: &str, hint: &str, required: bool, max: u16) -> FormField {
    FormField {
        id: id.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value: String::new(),
        required,
        long: true,
        min: u16::from(required),
        max,
    }
}

/// Answer to `/debrief start`. Private.
pub fn started(done: &DebriefDone, place: ChannelId) -> Message {
    let d = &done.shown.item.debrief;
    let number = markup::bold(&done.shown.item.number.to_string());
    let names =
        if d.nameless { " Nobody's name is kept with what is added, not even by Kaizen." } else { "" };
    let template = match d.template {
        Template::Review => "what went well, what went badly, what would be better next time",
        Template::AfterAction => "what was expected, what happened, why the difference, what next time",
    };
    private(format!(
        "{number} is started. Its panel stands in {}, with a thread: {template}.{names}\nWhoever adds something takes part. \
         A day from now Kaizen asks whether it can be closed; after a week it closes with what it has.",
        markup::channel(place)
    ))
}

/// Answer to anything that was done to a debrief. Private.
pub fn done(done: &DebriefDone) -> Message {
    if done.events.is_empty() {
        let text = if done.repeated {
            "That is recorded already, once."
        } else {
            "That was so already; nothing had to change."
        };
        return private(text.to_owned());
    }
    let shown = &done.shown;
    let lines: Vec<String> = done.events.iter().filter_map(|e| told::answered(shown, &e.fact)).collect();
    private(compose::fit(&lines.join("\n"), TEXT_ROOM, "debrief show"))
}

/// Answer to a word on a lesson. Private.
pub fn marked(done: &DebriefDone, mark: Mark) -> Message {
    let retired =
        done.events.iter().any(|e| matches!(e.fact, kaizen_domain::debrief::Fact::LessonRetired { .. }));
    private(match mark {
        Mark::Used => "Thank you. Lessons that were of use come first in the next briefing.".to_owned(),
        Mark::NotRelevant => "Thank you. It comes further down in the next briefing.".to_owned(),
        Mark::NoLongerTrue if retired => {
            "Thank you. Two readers have said so now: it is no longer shown. It stays in its debrief."
                .to_owned()
        }
        Mark::NoLongerTrue => "Thank you. When a second reader says so it is no longer shown.".to_owned(),
    })
}

/// `/debrief show`: the panel for one reader. Private.
pub fn show(shown: &DebriefShown) -> Message {
    let d = &shown.item.debrief;
    let place = link(shown.guild, shown.item.number, shown.item.place.as_ref());
    let state = match &d.stage {
        Stage::Started => "It is under way.".to_owned(),
        Stage::Closed { at, by, .. } => {
            format!("It was closed by {} on {}.", words::who(&shown.people, *by), markup::day(*at))
        }
    };
    let text = format!("{place}: everything stands in its thread, in full. {state}");
    Message { text, public: false, ..panel(shown) }
}

/// A line of `/my`: an action of the reader.
pub fn action(guild: kaizen_domain::GuildId, action: &ActionLine, now: kaizen_domain::Instant) -> String {
    let by = if now > action.due { "**late**, since" } else { "by" };
    format!(
        "{} action {} · {} · {by} {}",
        link(guild, action.number, action.place.as_ref()),
        action.entry,
        markup::inline_excerpt(&action.text, ITEM),
        markup::when(action.due)
    )
}

/// Two kinds of work were put together. Private.
pub fn merged(from: &WorkKind, into: &WorkKind) -> Message {
    private(format!(
        "{} and {} are one kind now: {}. Briefings show the lessons of both, and whatever is started under either name.",
        markup::inline_str(&from.name),
        markup::inline_str(&into.name),
        markup::bold(&markup::inline_str(&into.name))
    ))
}

fn private(text: String) -> Message {
    Message { text, ..Message::default() }
}
