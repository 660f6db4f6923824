//! `/help`: how it works, and what one can type. The list of commands is the one table of the commands themselves.

use kaizen_domain::rejection::Party;

use super::compose::{self, BODY_ROOM};
use super::{markup, words};
use crate::commands::{COMMANDS, Kind, Spec};
use crate::reply::{Card, Choice, Message};

/// The colour of the help.
const PAPER: u32 = 0x2F_6F_B5;
/// The most choices of a list that completes.
const CHOICES: usize = 25;

/// `/help` without a topic: how an idea goes its way, and all commands. With one: that command. What is no command is looked
/// for among the words of the help; where nothing is found, the overview comes with a note.
pub fn help(topic: Option<&str>) -> Message {
    let Some(typed) = topic.map(str::trim).filter(|t| !t.is_empty()) else { return overview(None) };
    let wanted = typed.trim_start_matches('/').to_lowercase();
    if let Some(spec) = COMMANDS.iter().find(|c| c.name.to_lowercase() == wanted) {
        return command(spec);
    }
    let found: Vec<&Spec> = COMMANDS
        .iter()
        .filter(|c| c.name.to_lowercase().contains(&wanted) || c.about.to_lowercase().contains(&wanted))
        .collect();
    match found.as_slice() {
        [] => overview(Some(typed)),
        [one] => command(one),
        several => {
            let title = format!("Commands for “{}”", markup::plain_str(typed, 60));
            Message { cards: vec![paper(title, listing(several))], ..Message::default() }
        }
    }
}

/// Topics that begin with, or hold, what is typed so far.
pub fn topics(typed: &str) -> Vec<Choice> {
    let typed = typed.trim().trim_start_matches('/').to_lowercase();
    let all = COMMANDS.iter().filter(|c| c.name.to_lowercase().contains(&typed));
    all.take(CHOICES).map(|c| Choice { label: shown_name(c), value: c.name.to_owned() }).collect()
}

fn overview(unknown: Option<&str>) -> Message {
    let mut text = String::new();
    if let Some(typed) = unknown {
        text = format!(
            "There is no help on “{}”; this is all there is.\n",
            markup::inline_str(&markup::excerpt(typed, 60))
        );
    }
    text.push_str(&format!(
        "**No idea ends in silence.** Say in a sentence what could work better: {}. One person then owes you an answer by a \
         date that you see; you hear of every step, and why. If it is declined you can appeal once, and somebody else \
         decides. What is done is checked later: does it help?\n\
         Everything works with buttons and with commands. {} shows what is yours.",
        markup::command("suggest"),
        markup::command("my")
    ));
    let (set_up, work): (Vec<&Spec>, Vec<&Spec>) =
        COMMANDS.iter().partition(|c| c.who.contains(&Party::SetUp));
    let cards = vec![
        paper("Commands".to_owned(), listing(&work)),
        paper("For coordinators and administrators".to_owned(), listing(&set_up)),
    ];
    Message { text, cards, ..Message::default() }
}

fn paper(title: String, body: String) -> Card {
    Card { title, body, colour: PAPER, ..Card::default() }
}

fn listing(commands: &[&Spec]) -> String {
    let lines: Vec<String> = commands
        .iter()
        .map(|c| match c.kind {
            Kind::Slash => format!("{} {}", markup::command(c.name), c.about),
            Kind::OnMessage => format!("**{}** In the menu of a message, under *Apps*.", c.name),
        })
        .collect();
    compose::lines(&lines, BODY_ROOM, "help topic")
}

fn shown_name(spec: &Spec) -> String {
    match spec.kind {
        Kind::Slash => format!("/{}", spec.name),
        Kind::OnMessage => spec.name.to_owned(),
    }
}

fn command(spec: &Spec) -> Message {
    let mut who: Vec<String> = Vec::new();
    for party in spec.who {
        let also = match party {
            // The team's managers and the coordinator become responsible by acting.
            Party::Responsible => vec![
                words::party(Party::Responsible),
                "the team's managers",
                words::party(Party::Coordinator),
            ],
            Party::Author
            | Party::Investigator
            | Party::Implementer
            | Party::NextLevel
            | Party::Coordinator
            | Party::SetUp
            | Party::WorksWithIt
            | Party::Anyone => vec![words::party(*party)],
        };
        for one in also {
            if !who.iter().any(|w| w == one) {
                who.push(one.to_owned());
            }
        }
    }
    let mut lines = match spec.kind {
        Kind::Slash => vec![spec.about.to_owned()],
        Kind::OnMessage => vec!["In the menu of a message, under *Apps*.".to_owned()],
    };
    lines.push(format!("For {}.", words::list(&who)));
    for option in spec.options {
        let must = if option.required { " (needed)" } else { "" };
        lines.push(format!("- `{}`{must}: {}", option.name, option.about));
    }
    Message {
        cards: vec![paper(shown_name(spec), compose::lines(&lines, BODY_ROOM, "help"))],
        ..Message::default()
    }
}
