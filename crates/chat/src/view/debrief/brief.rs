//! Briefings: what people should know before they begin.

use kaizen_domain::debrief::{DebriefNumber, Mark};
use kaizen_domain::{GuildId, Instant};
use kaizen_workflow::debriefs::{Briefing, DebriefShown, LessonLine};
use kaizen_workflow::ports::People;

use super::{button, link};
use crate::control::{DebriefStep, Id};
use crate::reply::{Card, Control, Message, Style};
use crate::view::compose::{self, TEXT_ROOM};
use crate::view::{markup, words};

/// Characters of one lesson: a page of them fits a message.
const LESSON: usize = 1050;
/// The quiet colour of lessons.
const PAPER: u32 = 0x5B_6B_7A;

/// `/brief`: one page. Private. `of` is a debrief of this kind, where a page was turned.
pub fn brief(
    (guild, people): (GuildId, &People),
    (briefing, of): (&Briefing, Option<DebriefNumber>),
    page: u32,
    now: Instant,
) -> Message {
    let kind = markup::bold(&markup::inline_str(&briefing.kind.name));
    let mut lines = vec![format!("Before you begin: {kind}")];
    if briefing.is_empty() && page == 0 {
        lines.push(format!(
            "There are no lessons of such work yet. {} afterwards, so that the next ones know more.",
            markup::command("debrief start")
        ));
    }
    if briefing.lessons.is_empty() && page > 0 {
        lines.push("There are no more lessons here. **Previous** leads back to the first.".to_owned());
    }
    if page == 0 {
        lines.extend(known(guild, people, briefing, Some(now)));
    }
    let mut message = Message { text: compose::lines(&lines, TEXT_ROOM, "brief"), ..Message::default() };
    (message.cards, message.rows) = lessons(guild, &briefing.lessons);
    let turn = |page: u32, label: &str| {
        let at = briefing.lessons.first().map(|l| l.number).or(of)?;
        let id = Id::Brief { number: at, page }.to_string();
        Some(Control::Button { id, label: label.to_owned(), style: Style::Quiet })
    };
    // Behind the last page the way back is to the first: how many there were, nobody knows any more.
    let back = if briefing.lessons.is_empty() { page.min(1) } else { page };
    let previous = back.checked_sub(1).and_then(|p| turn(p, "Previous"));
    let next = briefing.more.then(|| turn(page.saturating_add(1), "Next")).flatten();
    let pages: Vec<Control> = previous.into_iter().chain(next).collect();
    if !pages.is_empty() {
        message.rows.push(pages);
    }
    message
}

/// The briefing that a new debrief's thread begins with. Public.
pub fn briefed(shown: &DebriefShown, briefing: &Briefing) -> Message {
    let kind = markup::bold(&markup::inline_str(&briefing.kind.name));
    let mut lines = vec![format!("What is known of such work: {kind}")];
    lines.extend(known(shown.guild, &shown.people, briefing, None));
    if briefing.is_empty() {
        lines.push("What stood here was taken out; nothing else is known of such work.".to_owned());
    }
    if briefing.more {
        lines.push(format!("{} shows more lessons.", markup::command("brief")));
    }
    let end = markup::small(&format!("{} · briefing", shown.item.number));
    let room = TEXT_ROOM - markup::len(&end) - 1;
    let text = format!("{}\n{end}", compose::lines(&lines, room, "brief"));
    let (cards, rows) = lessons(shown.guild, &briefing.lessons);
    Message { text, cards, rows, public: true, ..Message::default() }
}

/// What comes before the lessons: what is still to be done, and what changed. `now` marks what is late.
fn known(guild: GuildId, people: &People, briefing: &Briefing, now: Option<Instant>) -> Vec<String> {
    let mut lines = Vec::new();
    if !briefing.actions.is_empty() {
        lines.push(markup::bold("Still to be done from earlier debriefs"));
        lines.extend(briefing.actions.iter().map(|a| {
            let late = if now.is_some_and(|now| now > a.due) { "**late**, since" } else { "by" };
            format!(
                "• {} · {} · {}, {late} {}",
                link(guild, a.number, a.place.as_ref()),
                markup::inline_excerpt(&a.text, 120),
                words::person(people, a.by),
                markup::day(a.due)
            )
        }));
    }
    if !briefing.changes.is_empty() {
        lines.push(markup::bold("Changed in practice since"));
        lines.extend(briefing.changes.iter().map(|c| {
            let idea = markup::number_link(guild, c.number, c.card.as_ref());
            format!("• {idea} {}", markup::inline_excerpt(&c.suggestion.idea, 120))
        }));
    }
    lines
}

/// A card and a row of buttons for each lesson.
fn lessons(guild: GuildId, lessons: &[LessonLine]) -> (Vec<Card>, Vec<Vec<Control>>) {
    let card = |(place, l): (usize, &LessonLine)| {
        let used = match l.used {
            0 => String::new(),
            n => format!(" · used {}", words::count(n.into(), "time", "times")),
        };
        let from = format!("from {} on {}", link(guild, l.number, l.place.as_ref()), markup::day(l.kept_at));
        let said = compose::fit(&markup::block(&l.text), LESSON, "debrief show");
        Card {
            title: format!("Lesson {place}"),
            body: format!("{said}\n{from}{used}"),
            colour: PAPER,
            ..Card::default()
        }
    };
    let row = |(place, l): (usize, &LessonLine)| {
        let one = |mark, word: &str, style| {
            button(l.number, DebriefStep::Mark(l.item, mark), &format!("{place} · {word}"), style)
        };
        vec![
            one(Mark::Used, "Used", Style::Good),
            one(Mark::NotRelevant, "Not relevant", Style::Quiet),
            one(Mark::NoLongerTrue, "No longer true", Style::Quiet),
        ]
    };
    ((1..).zip(lessons).map(card).collect(), (1..).zip(lessons).map(row).collect())
}
