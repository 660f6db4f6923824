//! What is said with the tables that somebody asked for.

use kaizen_domain::export::Reach;
use kaizen_workflow::export::Export;

use super::{markup, words};
use crate::reply::Message;

/// The tables, and what is in them.
pub fn exported(export: &Export) -> Message {
    let mut ideas = words::count(export.ideas, "idea", "ideas");
    if export.debriefs > 0 {
        ideas = format!("{ideas} and {}", words::count(export.debriefs, "debrief", "debriefs"));
    }
    let mut lines = vec![format!(
        "Here is what you asked for, with {ideas}. Only you see this; open the tables in a spreadsheet."
    )];
    lines.push(
        "- `my-ideas` and `my-words`: your ideas, and all that you wrote about ideas and in debriefs. What you added to a \
         debrief without names carries no name, so it cannot be found as yours."
            .to_owned(),
    );
    match &export.reach {
        Reach::Own => {}
        Reach::Teams(_) => {
            lines.push(
                "- `ideas` and `history`: the ideas of the teams that you manage, and what happened to them."
                    .to_owned(),
            );
            lines.push(
                "- `debriefs` and `debrief-entries`: the debriefs of these teams, with what was said and taken on.".to_owned(),
            );
        }
        Reach::Workspace => {
            lines.push(
                "- `ideas` and `history`: all ideas of this workspace, and what happened to them.".to_owned(),
            );
            lines.push(
                "- `debriefs` and `debrief-entries`: all debriefs, with what was said and taken on."
                    .to_owned(),
            );
        }
    }
    if export.reach != Reach::Own {
        lines.push(
            "What people answered to “does it work?” is in nobody's table. These files know nothing of words that \
             are taken out later: keep them as short a time as you need them."
                .to_owned(),
        );
    }
    if export.left_out > 0 {
        let lines_out = words::count(export.left_out, "line", "lines");
        lines.push(format!(
            "There was no room for the oldest {lines_out}: whoever runs Kaizen can give you the rest from a backup."
        ));
    }
    lines.push(format!("To be forgotten: {}.", markup::command("kaizen forget-me")));
    Message { text: lines.join("\n"), files: export.files.clone(), ..Message::default() }
}

/// The same where one message does not hold all files; this is the first of so many.
pub fn in_several(text: &str, of: usize) -> String {
    format!(
        "{text}\nThese are more tables than one message holds: they come in {of}, and this is the first. If one is missing, ask once more."
    )
}

/// A further message with files, by its place among so many.
pub fn part(place: usize, of: usize) -> Message {
    Message {
        text: format!("More of the tables that you asked for: message {place} of {of}."),
        ..Message::default()
    }
}
