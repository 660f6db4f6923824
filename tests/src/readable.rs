//! Messages as people read them: names for ids, days for timestamps, `[K-1]` for links; the same in every run.

use chrono::DateTime;
use chrono_tz::Europe::London;
use discord_sim::{Id, Message};

/// A text of the platform as somebody reads it on the screen, in London.
pub fn text(world: &discord_sim::World, raw: &str) -> String {
    let mut out = String::new();
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        if let Some((shown, after)) = token(world, rest).or_else(|| link(rest)) {
            out.push_str(&shown);
            rest = after;
            continue;
        }
        // Isolates around names and ideas do not show.
        if !matches!(c, '\u{2068}' | '\u{2069}') {
            out.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    without_rows(&out)
}

/// The mark of a bundle of reminders ends with the number of its row, which is another one each time.
fn without_rows(text: &str) -> String {
    const MARK: &str = " · ref. ";
    let mut parts = text.split(MARK);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(MARK);
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out
}

/// A message: everything that it says, then its buttons, then whom it pings.
pub fn message(world: &discord_sim::World, message: &Message) -> String {
    let mut out = text(world, &message.all_text());
    let buttons = message.buttons();
    if !buttons.is_empty() {
        out.push_str(&format!("\n[{}]", buttons.join("] [")));
    }
    let pinged: Vec<&str> =
        message.pinged.iter().filter_map(|id| world.user(*id)).map(|u| u.name.as_str()).collect();
    // A direct message pings whom it is for.
    if !pinged.is_empty() && message.guild_id.is_some() && message.ephemeral_for.is_none() {
        out.push_str(&format!("\n(pings {})", pinged.join(", ")));
    }
    out
}

/// `<@11>`, `<#2003>`, `<t:1:f>`.
fn token<'a>(world: &discord_sim::World, rest: &'a str) -> Option<(String, &'a str)> {
    let inner = rest.strip_prefix('<')?;
    let (inside, after) = inner.split_once('>')?;
    let shown = if let Some(id) = inside.strip_prefix("@&") {
        let id: Id = id.parse().ok()?;
        format!("@role-{id}")
    } else if let Some(id) = inside.strip_prefix('@') {
        format!("@{}", world.user(id.parse().ok()?)?.name)
    } else if let Some(id) = inside.strip_prefix('#') {
        format!("#{}", world.channel(id.parse().ok()?)?.name)
    } else {
        let (at, style) = inside.strip_prefix("t:")?.split_once(':')?;
        let at = DateTime::from_timestamp(at.parse().ok()?, 0)?.with_timezone(&London);
        match style {
            "f" => at.format("%a %-d %b %H:%M").to_string(),
            "D" => at.format("%a %-d %b").to_string(),
            _ => "…".to_owned(),
        }
    };
    // "on Monday (in two days)": how far it is stands in brackets, and is the same information.
    let after = after.strip_prefix(" (<t:").and_then(|r| Some(r.split_once(":R>)")?.1)).unwrap_or(after);
    Some((shown, after))
}

/// `[K-1](https://…)` as `[K-1]`.
fn link(rest: &str) -> Option<(String, &str)> {
    let inner = rest.strip_prefix('[')?;
    let (label, target) = inner.split_once("](https://discord.com/channels/")?;
    if label.contains(['[', '\n']) {
        return None;
    }
    let (_, after) = target.split_once(')')?;
    Some((format!("[{label}]"), after))
}
