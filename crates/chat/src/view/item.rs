//! Ideas to look at: one with its history, pages of them, and what concerns one person.

use chrono::TimeDelta;
use kaizen_domain::suggestion::{ActionName, StageName, Suggestion};
use kaizen_domain::{GuildId, Instant, RequirementKind};
use kaizen_workflow::debriefs::ActionLine;
use kaizen_workflow::ports::{Listed, Mine, Page, People, Shown, Step};

use super::compose::{self, BODY_ROOM};
use super::step::{self, Scene};
use super::{card, markup, words};
use crate::control::{Id, ListPage};
use crate::reply::{Card, Choice, Control, Message, Style};

/// Characters of an idea in a line of a list.
const LINE: usize = 90;
/// Characters of a page of `/idea history`.
const HISTORY_PAGE: usize = 3500;
/// What a choice's label may hold on every platform.
const CHOICE: usize = 100;
/// The colour of lists.
const PAPER: u32 = 0x5B_6B_7A;

/// `/idea show`: the card with its buttons, the latest steps, and what the reader can do. Private.
/// `waited` is what the author has waited for an answer, in working time.
pub fn show(shown: &Shown, latest: &[Step], waited: TimeDelta, can: &[ActionName]) -> Message {
    let s = &shown.item.suggestion;
    let why = if s.is_open() {
        format!("\n{}", words::why_line(&shown.people, &shown.policy, s.responsible, s.why))
    } else {
        String::new()
    };
    let mut text = format!("{}\n{}{why}", markup::item_link(shown), words::next_of(shown));
    if let Some(minutes) = u32::try_from(waited.num_minutes()).ok().filter(|m| *m > 0) {
        text = format!(
            "{text}\n{} waited {} for an answer{}, without the time in which a question lay with them.",
            words::person(&shown.people, s.author),
            words::working_time(minutes),
            if awaits_an_answer(s) { " so far" } else { "" }
        );
    }
    if !latest.is_empty() {
        let lines: Vec<String> = latest.iter().map(|s| step_line(shown, s)).collect();
        text = format!(
            "{text}\n**Latest steps** ({} shows all)\n{}",
            markup::command("idea history"),
            lines.join("\n")
        );
    }
    if !can.is_empty() {
        let can: Vec<String> = can
            .iter()
            .map(|a| format!("{} {}", words::action(*a), markup::command(words::command_of(*a))))
            .collect();
        text = format!("{text}\n**You can** {}.", can.join(" · "));
    }
    let text = compose::fit(&text, compose::TEXT_ROOM, "idea history");
    Message { text, public: false, ..card::card(shown) }
}

/// Is the author still without an answer: neither accepted nor closed?
fn awaits_an_answer(s: &Suggestion) -> bool {
    s.is_open() && !matches!(s.stage.name(), StageName::Accepted | StageName::Implemented)
}

fn step_line(shown: &Shown, step: &Step) -> String {
    format!("{} · {}", markup::stamp(step.event.at), step::in_a_line(Scene::of(shown), &step.event))
}

fn history_texts(shown: &Shown, steps: &[Step]) -> Vec<String> {
    let blocks: Vec<String> = steps
        .iter()
        .map(|s| {
            let scene = Scene::of(shown);
            let told = step::told(scene, &s.event).say(step::why(scene, &s.event)).text();
            format!("**{}** · {}\n{told}", s.seq, markup::stamp(s.event.at))
        })
        .collect();
    compose::pages(&blocks, HISTORY_PAGE)
}

/// A page of `/idea history`, from 0, in full: every step, who, when and why. A page beyond the last shows the last.
pub fn history(shown: &Shown, steps: &[Step], page: u32) -> Message {
    let mut pages = history_texts(shown, steps);
    let last = pages.len().saturating_sub(1);
    let at = (page as usize).min(last);
    let body = if steps.is_empty() { "Nothing is recorded yet.".to_owned() } else { pages.swap_remove(at) };
    let number = shown.item.number;
    let title = if last == 0 {
        format!("{number} · History")
    } else {
        format!("{number} · History, page {} of {}", at + 1, last + 1)
    };
    let id = |page: usize| Id::History { number, page: u32::try_from(page).unwrap_or(u32::MAX) };
    let rows = turning(at.checked_sub(1).map(id), (at < last).then(|| id(at + 1)));
    let card =
        Card { title, body, colour: card::colour(shown.item.suggestion.stage.name()), ..Card::default() };
    Message { text: markup::item_link(shown), cards: vec![card], rows, ..Message::default() }
}

/// **Previous** and **Next**, where there is something.
pub(super) fn turning(previous: Option<Id>, next: Option<Id>) -> Vec<Vec<Control>> {
    let button = |id: Id, label: &str| Control::Button {
        id: id.to_string(),
        label: label.to_owned(),
        style: Style::Quiet,
    };
    let row: Vec<Control> = [previous.map(|id| button(id, "Previous")), next.map(|id| button(id, "Next"))]
        .into_iter()
        .flatten()
        .collect();
    if row.is_empty() { Vec::new() } else { vec![row] }
}

/// A page of `/idea list`, with **Previous** and **Next**; `at` is where it stands, `size` how many lines a page has.
pub fn list(guild: GuildId, page: &Page, people: &People, at: ListPage, size: u32) -> Message {
    let size = u64::from(size.max(1));
    let pages = page.total.div_ceil(size).max(1);
    if page.lines.is_empty() {
        let text = if page.total == 0 {
            let all = ListPage { page: at.page, ..ListPage::default() };
            if at == all {
                format!("There is no idea yet. {} takes the first one.", markup::command("suggest"))
            } else {
                format!(
                    "No idea matches. {} without options shows all of them.",
                    markup::command("idea list")
                )
            }
        } else {
            "There is nothing on this page any more.".to_owned()
        };
        let rows = turning(at.page.checked_sub(1).map(|page| Id::List(ListPage { page, ..at })), None);
        return Message { text, rows, ..Message::default() };
    }
    let lines: Vec<String> = page.lines.iter().map(|l| line(guild, l, people)).collect();
    let now = u64::from(at.page) + 1;
    let title = format!("{} · page {now} of {}", words::count(page.total, "idea", "ideas"), pages.max(now));
    let turn = |page| Id::List(ListPage { page, ..at });
    let rows = turning(at.page.checked_sub(1).map(turn), (now < pages).then(|| turn(at.page + 1)));
    let body = compose::lines(&lines, BODY_ROOM, "idea search");
    Message { cards: vec![paper(title, body)], rows, ..Message::default() }
}

/// `/idea search`: ranked, best first; `more` where others match too.
pub fn search(guild: GuildId, typed: &str, found: &[Listed], more: bool, people: &People) -> Message {
    let has_words = typed.chars().any(char::is_alphanumeric);
    let typed = markup::inline_str(&markup::excerpt(typed, 80));
    if found.is_empty() {
        let text = if has_words {
            format!(
                "No idea matches “{typed}”. Try fewer or other words, or suggest it: {}.",
                markup::command("suggest")
            )
        } else {
            format!(
                "There are no words in “{typed}” to look for. Type a word or two of the idea, or its number."
            )
        };
        return Message { text, ..Message::default() };
    }
    let lines: Vec<String> = found.iter().map(|l| line(guild, l, people)).collect();
    let count = found.len();
    let (title, hint) = if more {
        (format!("The best {count}, and there are more"), ". Add a word to see fewer.")
    } else {
        (format!("{} found, best first", words::count(count as u64, "idea", "ideas")), "")
    };
    let card = paper(title, compose::lines(&lines, BODY_ROOM, "idea list"));
    Message { text: format!("Search for “{typed}”{hint}"), cards: vec![card], ..Message::default() }
}

/// What somebody owes beside ideas, and how it stands by the ledger.
#[derive(Debug, Clone, Copy)]
pub struct Owed<'a> {
    /// How many of all that they owe are overdue.
    pub late: u64,
    /// Their open actions of debriefs.
    pub actions: &'a [ActionLine],
}

/// `/my`: what the reader owes, what they wait for, what they follow.
pub fn mine(guild: GuildId, mine: &Mine, owed: Owed<'_>, now: Instant, people: &People) -> Message {
    let sections: [(&str, &[Listed], bool); 3] = [
        ("What you owe", &mine.owe, true),
        ("What you wait for", &mine.wait, true),
        ("What you follow", &mine.follow, false),
    ];
    let room = compose::CARDS_ROOM / 4 - 40;
    let actions: Vec<String> = owed.actions.iter().map(|a| super::debrief::action(guild, a, now)).collect();
    let of_debriefs = (!actions.is_empty()).then(|| {
        let title = format!("Actions of debriefs ({})", actions.len());
        paper(title, compose::lines(&actions, room, "debrief done"))
    });
    let cards: Vec<Card> = sections
        .into_iter()
        .filter(|(_, items, _)| !items.is_empty())
        .map(|(title, items, due)| {
            let one = |l| if due { due_line(guild, l, now, people) } else { line(guild, l, people) };
            let lines: Vec<String> = items.iter().map(one).collect();
            paper(format!("{title} ({})", items.len()), compose::lines(&lines, room, "idea list"))
        })
        .chain(of_debriefs)
        .collect();
    let text = if cards.is_empty() {
        format!(
            "Nothing waits for you, and you wait for nothing. What could work better? {}.",
            markup::command("suggest")
        )
    } else if mine.owe.is_empty() && actions.is_empty() {
        "Nothing waits for you.".to_owned()
    } else {
        let mut waiting = Vec::new();
        if !mine.owe.is_empty() {
            waiting.push(words::count(mine.owe.len() as u64, "answer", "answers"));
        }
        if !actions.is_empty() {
            waiting.push(words::count(actions.len() as u64, "action", "actions"));
        }
        let wait = if mine.owe.len() + actions.len() == 1 { "waits" } else { "wait" };
        let waiting = format!("{} {wait}", words::list(&waiting));
        match owed.late {
            0 => format!("{waiting} for you, the earliest first."),
            late => format!("{waiting} for you, the earliest first; {late} of them later than promised."),
        }
    };
    Message { text, cards, ..Message::default() }
}

fn paper(title: String, body: String) -> Card {
    Card { title, body, colour: PAPER, ..Card::default() }
}

/// A line of a list: number, idea, stage, who has it.
fn line(guild: GuildId, listed: &Listed, people: &People) -> String {
    let s = &listed.suggestion;
    let who =
        if s.is_open() { format!(" · {}", words::person(people, s.responsible)) } else { String::new() };
    format!("{} · {}{who}", head(guild, listed), words::stage(s.stage.name()))
}

/// A line with what is owed, by whom and by when.
pub(super) fn due_line(guild: GuildId, listed: &Listed, now: Instant, people: &People) -> String {
    match listed.suggestion.open_requirement() {
        Some(open) if open.kind == RequirementKind::Resumption => {
            format!("{} · taken up again on {}", head(guild, listed), markup::day(open.due))
        }
        Some(open) => {
            let owed = if open.is_late(now) {
                let who = words::person(people, open.by);
                format!("{} from {who}, **late**, since {}", words::kind(open.kind), markup::when(open.due))
            } else {
                words::due(people, open, words::Check::of(&listed.suggestion))
            };
            format!("{} · {owed}", head(guild, listed))
        }
        None => line(guild, listed, people),
    }
}

fn head(guild: GuildId, listed: &Listed) -> String {
    let link = markup::number_link(guild, listed.number, listed.card.as_ref());
    format!("{link} {}", markup::inline_excerpt(&listed.suggestion.idea, LINE))
}

/// An idea as something to choose: no markup is read there.
pub fn choice(listed: &Listed) -> Choice {
    let value = listed.number.to_string();
    let head = format!("{value} · {} · ", words::stage(listed.suggestion.stage.name()));
    let idea = markup::plain(&listed.suggestion.idea, CHOICE - markup::len(&head));
    Choice { label: format!("{head}{idea}"), value }
}
