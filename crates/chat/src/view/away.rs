//! The answers of `/away`: until when, who stands in, what goes along, and how it ends.

use kaizen_domain::{Absence, GuildId, MemberId};
use kaizen_workflow::ports::{Listed, People};

use super::compose::{self, TEXT_ROOM};
use super::{markup, words};
use crate::reply::Message;

/// How many of the things that are owed are named.
const NAMED: usize = 10;

/// Somebody is away from now on. `owe` is what they owed until now; `reader` is whoever said so.
pub fn begun(
    guild: GuildId,
    people: &People,
    reader: MemberId,
    absence: &Absence,
    owe: &[Listed],
) -> Message {
    let themself = reader == absence.member;
    let who =
        if themself { "you are".to_owned() } else { format!("{} is", words::person(people, absence.member)) };
    let (deputy, until) = (words::person(people, absence.deputy), markup::when(absence.until));
    let to = if themself { "you".to_owned() } else { "them".to_owned() };
    let mut text = format!("Recorded: {who} away until {until}. {deputy} stands in until then.");
    if owe.is_empty() {
        text.push_str(&format!(" Nothing is owed at the moment; what comes goes to {deputy}."));
    } else {
        let named: Vec<String> =
            owe.iter().take(NAMED).map(|l| markup::number_link(guild, l.number, l.card.as_ref())).collect();
        let more = owe.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text.push_str(&format!(
            " What is owed now goes along, to {deputy} or, where it is {deputy}'s own idea, to the next level; whoever gets it is told: {}{more}. What is still open then comes back to {to}.",
            named.join(", ")
        ));
    }
    text.push_str(&format!("\nNo due time changes. Back sooner: {} `until:now`.", markup::command("away")));
    if themself {
        text.push_str(" If you act on an idea all the same, it stays with you.");
    }
    Message { text: compose::fit(&text, TEXT_ROOM, "my"), ..Message::default() }
}

/// Somebody is back: whoever said so, or whom they said it for. Not all of it was with the deputy: what is the deputy's own
/// idea was with the next level.
pub fn over(people: &People, (reader, member): (MemberId, MemberId)) -> Message {
    let (who, theirs) = if reader == member {
        ("welcome back".to_owned(), "you")
    } else {
        (format!("{} is back", words::person(people, member)), "them")
    };
    let text = format!(
        "Recorded: {who}. What others held meanwhile and is still open comes back to {theirs} now. {} shows it.",
        markup::command("my")
    );
    Message { text, ..Message::default() }
}
