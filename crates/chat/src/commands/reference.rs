//! `docs/commands.md`: every command with its options, made from the table.

use std::fmt::Write as _;

use kaizen_domain::rejection::Party;

use super::{COMMANDS, Kind, OptKind, Spec};

/// The page, as Markdown.
pub fn page() -> String {
    let mut page = String::from(
        "# Commands\n\n\
         Made from the table of commands (`UPDATE_DOCS=1 cargo test -p kaizen-chat`); please change it there. ★ marks what has to \
         be filled in. `number` takes `12`, `K-12` or words of the idea, and may be left out inside its own thread. Dates can \
         be written as `2 weeks`, `10 working days`, `24 Dec 2026`, `24/12/2026` (day first), `2026-12-24` or `next friday`.\n",
    );
    for spec in COMMANDS {
        // Writing to a string cannot fail.
        let _ = entry(&mut page, spec);
    }
    page
}

fn entry(page: &mut String, spec: &Spec) -> std::fmt::Result {
    match spec.kind {
        Kind::Slash => writeln!(page, "\n## `/{}`\n\n{}", spec.name, spec.about)?,
        Kind::OnMessage => writeln!(
            page,
            "\n## **{}** (on a message)\n\nIn the menu of a message, under *Apps*.",
            spec.name
        )?,
    }
    let mut all: Vec<&str> = spec.who.iter().flat_map(|party| who(*party).split(", ")).collect();
    let mut told = std::collections::BTreeSet::new();
    all.retain(|one| told.insert(*one));
    writeln!(page, "For {}.", all.join(", "))?;
    if !spec.options.is_empty() {
        writeln!(page, "\n| option | what for | takes |\n|---|---|---|")?;
    }
    for option in spec.options {
        let star = if option.required { " ★" } else { "" };
        writeln!(page, "| `{}`{star} | {} | {} |", option.name, option.about, takes(option.kind))?;
    }
    Ok(())
}

const fn who(party: Party) -> &'static str {
    match party {
        Party::Author => "the author",
        Party::Responsible => "the responsible person, the team's managers, the coordinator",
        Party::Investigator => "who investigates it",
        Party::Implementer => "who carries it out",
        Party::NextLevel => "the next level",
        Party::Coordinator => "the coordinator",
        Party::SetUp => "coordinators and administrators",
        Party::WorksWithIt => "its author, its supporters, its team",
        Party::Anyone => "everybody",
    }
}

fn takes(kind: OptKind) -> String {
    match kind {
        OptKind::Text { max, .. } => format!("up to {max} characters"),
        OptKind::Choice(words) => words.join(" · "),
        OptKind::Completed { .. } => "completed while you type".to_owned(),
        OptKind::Yes => "yes or no".to_owned(),
        OptKind::Person => "a person".to_owned(),
        OptKind::PersonOrRole => "a person or a role".to_owned(),
        OptKind::Channel => "a channel".to_owned(),
        OptKind::Role => "a role".to_owned(),
        OptKind::Integer { min, max } => format!("a number from {min} to {max}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_the_page_of_commands_to_be_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/commands.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page(),
            "docs/commands.md is out of date: UPDATE_DOCS=1 cargo test -p kaizen-chat"
        );
    }
}
