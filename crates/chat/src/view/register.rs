//! The policy register: which norms changed, from what to what, and which ideas led there.

use kaizen_domain::GuildId;
use kaizen_workflow::ports::{People, RegisterEntry, RegisterPage};

use super::compose::{self, BODY_ROOM};
use super::{markup, words};
use crate::control::Id;
use crate::reply::{Card, Message};

/// Entries of a page: two full norms each fit beside their ideas.
pub const PAGE: u32 = 5;
/// Ideas that are named with an entry.
const IDEAS: usize = 10;

/// A page of `/kaizen policy list`, newest first, with **Previous** and **Next**. Private.
pub fn register(guild: GuildId, found: &RegisterPage, people: &People, page: u32) -> Message {
    let pages = found.total.div_ceil(u64::from(PAGE)).max(1);
    let turn = |page| Id::Register { page };
    if found.entries.is_empty() {
        let text = if found.total == 0 {
            format!(
                "No decision has changed a policy yet. {} with `loop: policy` and the norm before and after enters one.",
                markup::command("idea accept")
            )
        } else {
            "There is nothing on this page any more.".to_owned()
        };
        let rows = super::item::turning(page.checked_sub(1).map(turn), None);
        return Message { text, rows, ..Message::default() };
    }
    let lines: Vec<String> = found.entries.iter().map(|e| entry(guild, e, people)).collect();
    let now = u64::from(page) + 1;
    let title = format!("Policy register · page {now} of {}", pages.max(now));
    let rows = super::item::turning(page.checked_sub(1).map(turn), (now < pages).then(|| turn(page + 1)));
    let body = compose::lines(&lines, BODY_ROOM, "idea history");
    let text = words::count(found.total, "decision has changed a policy", "decisions have changed a policy");
    let card = Card { title, body, colour: 0x6A_5A_C0, ..Card::default() };
    Message { text: format!("{text}."), cards: vec![card], rows, ..Message::default() }
}

fn entry(guild: GuildId, entry: &RegisterEntry, people: &People) -> String {
    let line = &entry.line;
    let mut said = format!(
        "{} · {} · {}\n**Before**: {}\n**After**: {}",
        markup::day(line.at),
        markup::number_link(guild, line.number, entry.card.as_ref()),
        words::person(people, line.by),
        markup::inline(&line.norm_before),
        markup::inline(&line.norm_after),
    );
    if !entry.led_by.is_empty() {
        let led: Vec<String> = entry
            .led_by
            .iter()
            .take(IDEAS)
            .map(|(number, card)| markup::number_link(guild, *number, card.as_ref()))
            .collect();
        let more = if entry.led_by.len() > IDEAS { " and more" } else { "" };
        said.push_str(&format!("\nIt came from {}{more}", led.join(", ")));
    }
    said
}
