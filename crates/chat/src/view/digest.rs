//! The weekly digest of a team, in the order of the chat contract: thanks, decisions, new ideas, what waits, outcomes, and one
//! line of numbers. Nothing that is empty; no list of shame: what is late is marked by item.

use kaizen_domain::{GuildId, RequirementKind, Text};
use kaizen_workflow::digest::{DigestContent, DigestLesson, DigestLine, DigestNumbers, DigestSays};
use kaizen_workflow::ports::People;

use super::compose::{self, BODY_ROOM, CARDS_ROOM};
use super::{debrief, markup, words};
use crate::reply::{Card, Message};

/// Characters of an idea in a digest.
const IDEA: usize = 110;
/// Characters of a reason, or of what changed.
const WHY: usize = 160;
/// A section has at least this much room, however full the others are.
const LEAST: usize = 400;

/// The digest as one public message that pings nobody.
pub fn digest(guild: GuildId, content: &DigestContent, people: &People) -> Message {
    let mut sections: Vec<Section> = [
        ("Thanks", 0x3B_8C_3F, &content.thanks),
        ("Decisions, and why", 0x6A_5A_C0, &content.decisions),
        ("New ideas", 0x2F_6F_B5, &content.new),
        ("Waiting for an answer", 0xB5_7A_1A, &content.waiting),
        ("Outcomes checked", 0x2E_8B_74, &content.outcomes),
    ]
    .into_iter()
    .filter(|(_, _, lines)| !lines.is_empty())
    .map(|(title, colour, lines)| Section {
        title: format!("{title} ({})", lines.len()),
        colour,
        more: "idea list",
        lines: lines.iter().map(|l| line(guild, l, people)).collect(),
    })
    .collect();
    let lessons: Vec<String> = content.lessons.iter().filter_map(|l| lesson(guild, l)).collect();
    if !lessons.is_empty() {
        let title = format!("Lessons for the next ones ({})", lessons.len());
        sections.push(Section { title, colour: 0x5B_6B_7A, more: "brief", lines: lessons });
    }
    let head = format!(
        "**{}: the week in ideas**, {} to {}",
        markup::inline_str(&markup::excerpt(&content.team, 100)),
        markup::day(content.since),
        markup::day(content.until)
    );
    let quiet = if sections.is_empty() {
        format!(
            "A quiet week: no new ideas, and nothing waits. What got in your way this week? {} takes a minute.\n",
            markup::command("suggest")
        )
    } else {
        String::new()
    };
    let text = format!("{head}\n{quiet}{}", numbers(&content.numbers));
    Message { text, cards: cards(&sections), public: true, ..Message::default() }
}

struct Section {
    title: String,
    colour: u32,
    /// The command that shows what has no room here.
    more: &'static str,
    lines: Vec<String>,
}

impl Section {
    fn wants(&self) -> usize {
        let lines: usize = self.lines.iter().map(|l| markup::len(l) + 1).sum();
        lines.min(BODY_ROOM)
    }
}

/// Each section as a card. What small sections leave goes to the large ones.
fn cards(sections: &[Section]) -> Vec<Card> {
    let titles: usize = sections.iter().map(|s| markup::len(&s.title)).sum();
    let mut room = CARDS_ROOM.saturating_sub(titles);
    let mut by_size: Vec<usize> = (0..sections.len()).collect();
    by_size.sort_by_key(|i| sections[*i].wants());
    let mut rooms = vec![LEAST; sections.len()];
    for (placed, i) in by_size.iter().enumerate() {
        let share = room / (sections.len() - placed);
        rooms[*i] = sections[*i].wants().min(share);
        room -= rooms[*i];
    }
    sections
        .iter()
        .zip(rooms)
        .map(|(section, room)| Card {
            title: section.title.clone(),
            body: compose::lines(&section.lines, room, section.more),
            colour: section.colour,
            ..Card::default()
        })
        .collect()
}

/// What was kept for the next ones who do such work; nothing where its words are gone.
fn lesson(guild: GuildId, lesson: &DigestLesson) -> Option<String> {
    lesson.text.written()?;
    Some(format!(
        "- {}: {} ({})",
        markup::inline_str(&lesson.kind),
        markup::inline_excerpt(&lesson.text, WHY),
        debrief::link(guild, lesson.debrief, lesson.place.as_ref())
    ))
}

fn line(guild: GuildId, line: &DigestLine, people: &People) -> String {
    let item = format!(
        "{} {}",
        markup::number_link(guild, line.number, line.card.as_ref()),
        markup::title(&line.idea, IDEA)
    );
    let author = words::person(people, line.author);
    let why = |text| markup::inline_excerpt(text, WHY);
    match &line.says {
        DigestSays::Implemented { what_changed } => {
            format!("- Thank you, {author}: {item}\n  What changed: {}", why(what_changed))
        }
        DigestSays::Accepted { trial: false, rationale } => {
            format!("- **Accepted**: {item}\n  {}", why(rationale))
        }
        DigestSays::Accepted { trial: true, rationale } => {
            format!("- **Accepted as a trial**: {item}\n  {}", why(rationale))
        }
        DigestSays::Declined { rationale } => format!("- **Declined**: {item}\n  {}", why(rationale)),
        DigestSays::Deferred { rationale, until } => {
            format!("- **Deferred until {}**: {item}\n  {}", markup::day(*until), why(rationale))
        }
        DigestSays::SecondLook { first, came_to } => second_look(&item, first.as_ref(), came_to.as_deref()),
        DigestSays::New => format!("- {item}, from {author}"),
        DigestSays::Waiting { kind, due, late } => {
            let mark = if *late { "**later than promised**, since" } else { "by" };
            format!("- {item}: {} {mark} {}", waiting(*kind), markup::day(*due))
        }
        DigestSays::Verified { effect, note, benefits } => {
            let benefits = words::benefits(benefits, words::NAME);
            let gap = if benefits.is_empty() { "" } else { " " };
            format!("- {item}: {}. {}{gap}{benefits}", words::effect(*effect), why(note))
        }
    }
}

/// Declined, appealed, and what the second look came to: told as one story.
fn second_look(item: &str, first: Option<&Text>, came_to: Option<&DigestSays>) -> String {
    let why = |text: &Text| markup::inline_excerpt(text, WHY);
    let (ended, then) = match came_to {
        Some(DigestSays::Accepted { trial, rationale }) => {
            let how = if *trial { "accepted as a trial" } else { "accepted" };
            (Some(how.to_owned()), Some(rationale))
        }
        Some(DigestSays::Declined { rationale }) => (Some("declined again".to_owned()), Some(rationale)),
        Some(DigestSays::Deferred { rationale, until }) => {
            (Some(format!("deferred until {}", markup::day(*until))), Some(rationale))
        }
        Some(
            DigestSays::Implemented { .. }
            | DigestSays::SecondLook { .. }
            | DigestSays::New
            | DigestSays::Waiting { .. }
            | DigestSays::Verified { .. },
        )
        | None => (None, None),
    };
    let title = match (first, &ended) {
        (Some(_), Some(ended)) => format!("Declined, appealed, and {ended} on a second look"),
        (Some(_), None) => "Declined, and appealed".to_owned(),
        (None, Some(ended)) => format!("After an appeal, {ended} on a second look"),
        (None, None) => "Appealed".to_owned(),
    };
    let mut lines = vec![format!("- {}: {item}", markup::bold(&title))];
    lines.extend(first.map(|text| format!("  First: {}", why(text))));
    match then {
        Some(text) if first.is_some() => lines.push(format!("  Then: {}", why(text))),
        Some(text) => lines.push(format!("  {}", why(text))),
        None => lines.push("  Somebody else looks at it with fresh eyes.".to_owned()),
    }
    lines.join("\n")
}

const fn waiting(kind: RequirementKind) -> &'static str {
    match kind {
        RequirementKind::Acknowledgement => "a first answer",
        RequirementKind::Decision => "a decision",
        RequirementKind::Answer => "the author's answer",
        RequirementKind::Implementation => "the implementation",
        RequirementKind::OutcomeCheck => "the outcome check",
        RequirementKind::Resumption => "a fresh look",
        RequirementKind::Action => "an action",
    }
}

/// One line of numbers; no share without its count.
fn numbers(n: &DigestNumbers) -> String {
    let mut parts = vec![
        words::count(n.ideas.into(), "new idea", "new ideas"),
        words::count(n.decisions.into(), "decision", "decisions"),
        format!("{} open", n.open),
    ];
    if n.debriefs > 0 {
        let escalated = match n.escalated {
            0 => String::new(),
            n => format!(" ({} escalated)", words::count(n.into(), "item", "items")),
        };
        parts.push(format!("{}{escalated}", words::count(n.debriefs.into(), "debrief", "debriefs")));
    }
    let promised = n.in_time + n.late + n.overdue;
    if promised > 0 {
        parts.push(format!("promise kept: {} of {promised} answers in time", n.in_time));
    }
    if let Some(minutes) = n.acknowledgement_median_minutes {
        parts.push(format!("first answer after {} (median)", words::working_time(minutes)));
    }
    markup::small(&parts.join(" · "))
}
