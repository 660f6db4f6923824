//! The one place where a body for the platform is made. Whatever comes in (a person's 6,000 emoji, an empty title), what
//! goes out is accepted: lengths are kept, empty values are filled or left out, and nobody is pinged but those who are
//! named explicitly.
//!
//! Texts arrive escaped; here they are only cut. A message's text that is too long goes on in a card under it, so that
//! only what is beyond about 6,000 characters is cut, and then with a visible mark.

use kaizen_chat::reply::{Card, CardField, Choice, Control, Form, FormField, Message, Style};
use kaizen_domain::{RoleId, UserId};
use serde_json::{Value, json};

use crate::limits;

/// Where something was cut.
const CUT: &str = "…";
/// Where there is nothing to show but something has to stand.
const NOTHING: &str = "–";
/// A footer longer than this is none; the platform would take more, but all cards share one budget.
const FOOTER: usize = 256;
/// What the fields of a card may take together, so that its text keeps some room.
const FIELDS_TOTAL: usize = 3500;
/// Only the person sees it. <https://discord.com/developers/docs/resources/message#message-object-message-flags>
const EPHEMERAL: u32 = 1 << 6;
/// How long a thread stays open without posts, in minutes: a week.
const THREAD_OPEN: u32 = 10_080;

/// A message to be created. With a nonce it is sent once, however often it is tried within a few minutes.
pub fn create(message: &Message, nonce: Option<&str>) -> Value {
    let mut body = shown(message);
    if let Some(nonce) = nonce {
        body["nonce"] = Value::from(cut(nonce, limits::NONCE, ""));
        body["enforce_nonce"] = Value::Bool(true);
    }
    body
}

/// A message of ours is to look like this. Edits ping nobody.
pub fn edit(message: &Message) -> Value {
    let mut body = shown(message);
    body["allowed_mentions"] = nobody();
    with_files(body, message)
}

/// What a message says of its files; they are handed over beside it.
fn with_files(mut body: Value, message: &Message) -> Value {
    if !message.files.is_empty() {
        let described = message.files.iter().take(limits::FILES).enumerate();
        body["attachments"] =
            described.map(|(id, file)| json!({ "id": id, "filename": file.name })).collect::<Vec<_>>().into();
    }
    body
}

/// A further answer to an interaction.
pub fn follow_up(message: &Message) -> Value {
    let mut body = shown(message);
    if !message.public {
        body["flags"] = Value::from(EPHEMERAL);
    }
    with_files(body, message)
}

/// A first answer: a new message.
pub fn answer(message: &Message) -> Value {
    json!({ "type": 4, "data": follow_up(message) })
}

/// A first answer: the message that the button is on becomes this one.
pub fn update(message: &Message) -> Value {
    json!({ "type": 7, "data": shown(message) })
}

/// A first answer: "thinking", seen by the person only.
pub fn defer() -> Value {
    json!({ "type": 5, "data": { "flags": EPHEMERAL } })
}

/// A first answer: nothing to see, the message that the button is on is edited later.
pub fn defer_update() -> Value {
    json!({ "type": 6 })
}

/// A first answer: a form.
pub fn form(form: &Form) -> Value {
    let rows: Vec<Value> = form
        .fields
        .iter()
        .take(limits::FORM_FIELDS)
        .map(|field| json!({ "type": 1, "components": [form_field(field)] }))
        .collect();
    json!({ "type": 9, "data": {
        "custom_id": cut(&form.id, limits::CUSTOM_ID, ""),
        "title": filled(&form.title, limits::FORM_TITLE),
        "components": rows,
    } })
}

/// A first answer: what an option could be completed to.
pub fn choices(choices: &[Choice]) -> Value {
    let choices: Vec<Value> = choices
        .iter()
        .filter(|c| !is_blank(&c.value) && units(&c.value) <= limits::CHOICE_VALUE)
        .take(limits::CHOICES)
        .map(|c| json!({ "name": filled(&c.label, limits::CHOICE_NAME), "value": c.value }))
        .collect();
    json!({ "type": 8, "data": { "choices": choices } })
}

/// The thread of a message.
pub fn thread(name: &str) -> Value {
    json!({ "name": thread_name(name), "auto_archive_duration": THREAD_OPEN })
}

/// A post in a forum.
pub fn post(name: &str, first: &Message, tags: &[String]) -> Value {
    let tags: Vec<&String> = tags.iter().take(limits::POST_TAGS).collect();
    json!({
        "name": thread_name(name), "auto_archive_duration": THREAD_OPEN, "applied_tags": tags, "message": create(first, None),
    })
}

/// What a thread is called: one line, never empty.
pub fn thread_name(name: &str) -> String {
    let line: String = name
        .split(|c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}')
        .collect::<Vec<_>>()
        .join(" ");
    filled(line.trim(), limits::THREAD_NAME)
}

fn shown(message: &Message) -> Value {
    let (content, rest) = split_content(message.text.trim());
    let mut cards: Vec<Card> = Vec::new();
    if let Some(rest) = rest {
        cards.push(Card { body: rest, ..Card::default() });
    }
    cards.extend(message.cards.iter().cloned());
    let embeds = embeds(&cards);
    let content = if is_blank(&content) && embeds.is_empty() { NOTHING.to_owned() } else { content };
    json!({
        "content": content,
        "embeds": embeds,
        "components": rows(&message.rows),
        "allowed_mentions": only(&message.mentions, &message.mention_roles),
    })
}

fn nobody() -> Value {
    json!({ "parse": [] })
}

/// Nobody but these. Without this object the platform pings whomever a text names.
fn only(users: &[UserId], roles: &[RoleId]) -> Value {
    let users = distinct(users.iter().map(ToString::to_string));
    let roles = distinct(roles.iter().map(ToString::to_string));
    json!({ "parse": [], "users": users, "roles": roles })
}

fn distinct(ids: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for id in ids {
        // The platform refuses an id that comes twice, and more than a hundred.
        if !seen.contains(&id) && seen.len() < 100 {
            seen.push(id);
        }
    }
    seen
}

/// What fits into a message's text, and what goes on in a card; parted between lines or words where possible.
fn split_content(text: &str) -> (String, Option<String>) {
    if units(text) <= limits::CONTENT {
        return (text.to_owned(), None);
    }
    let fits = &text[..fitting(text, limits::CONTENT)];
    let third = fits.len() / 3;
    let at = fits
        .rfind('\n')
        .filter(|at| *at > third)
        .or_else(|| fits.rfind(char::is_whitespace).filter(|at| *at > third))
        .unwrap_or_else(|| fits.len() - trailing_backslash(fits));
    (text[..at].trim_end().to_owned(), Some(text[at..].trim_start().to_owned()))
}

fn embeds(cards: &[Card]) -> Vec<Value> {
    let cards: Vec<&Card> = cards.iter().filter(|c| !is_empty(c)).take(limits::EMBEDS).collect();
    let fixed =
        |c: &Card| units(c.title.trim()).min(limits::EMBED_TITLE) + units(c.footer.trim()).min(FOOTER);
    // Titles and marks always; what is left is for fields and text, in order.
    let mut left = limits::EMBED_TOTAL.saturating_sub(cards.iter().map(|c| fixed(c)).sum());
    cards.into_iter().filter_map(|card| embed(card, &mut left)).collect()
}

fn is_empty(card: &Card) -> bool {
    is_blank(&card.title) && is_blank(&card.body) && is_blank(&card.footer) && card.fields.is_empty()
}

/// A card, in the room that is left; none if nothing of it fits any more.
fn embed(card: &Card, left: &mut usize) -> Option<Value> {
    let mut body = json!({ "color": card.colour & 0x00FF_FFFF });
    if !is_blank(&card.title) {
        body["title"] = Value::from(cut(card.title.trim(), limits::EMBED_TITLE, CUT));
    }
    if !is_blank(&card.footer) {
        body["footer"] = json!({ "text": cut(card.footer.trim(), FOOTER, CUT) });
    }
    if let Some(at) = card.at {
        body["timestamp"] = Value::from(at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string());
    }
    let mut for_fields = FIELDS_TOTAL.min(*left);
    let mut fields = Vec::new();
    for field in card.fields.iter().take(limits::EMBED_FIELDS) {
        let Some((value, taken)) = embed_field(field, for_fields) else { break };
        for_fields -= taken;
        *left -= taken;
        fields.push(value);
    }
    if !fields.is_empty() {
        body["fields"] = Value::from(fields);
    }
    if !is_blank(&card.body) && *left > 1 {
        let description = cut(card.body.trim(), limits::EMBED_DESCRIPTION.min(*left), CUT);
        *left -= units(&description);
        body["description"] = Value::from(description);
    }
    // An embed of nothing but a colour is refused.
    if body.as_object().is_none_or(|b| {
        !b.keys().any(|k| matches!(k.as_str(), "title" | "description" | "fields" | "footer"))
    }) {
        *left = left.checked_sub(units(NOTHING))?;
        body["title"] = Value::from(NOTHING);
    }
    Some(body)
}

fn embed_field(field: &CardField, room: usize) -> Option<(Value, usize)> {
    let name = filled(&field.name, limits::EMBED_FIELD_NAME);
    let room = room.checked_sub(units(&name)).filter(|r| *r > 1)?;
    let value = filled(&field.value, limits::EMBED_FIELD_VALUE.min(room));
    let taken = units(&name) + units(&value);
    Some((json!({ "name": name, "value": value, "inline": field.short }), taken))
}

fn rows(rows: &[Vec<Control>]) -> Vec<Value> {
    let mut ids = Vec::new();
    let mut out: Vec<Value> = Vec::new();
    for row in rows {
        let mut buttons = Vec::new();
        for control in row {
            match control {
                Control::Button { id, label, style } => {
                    if usable(id, &mut ids) && buttons.len() < limits::BUTTONS {
                        buttons.push(json!({
                            "type": 2, "style": button_style(*style), "label": filled(label, limits::BUTTON_LABEL), "custom_id": id,
                        }));
                    }
                }
                Control::Link { label, url } => {
                    let safe = url.starts_with("https://")
                        || url.starts_with("http://")
                        || url.starts_with("discord://");
                    if safe && units(url) <= limits::BUTTON_URL && buttons.len() < limits::BUTTONS {
                        buttons.push(json!({ "type": 2, "style": 5, "label": filled(label, limits::BUTTON_LABEL), "url": url }));
                    }
                }
                Control::Select { id, placeholder, options } => {
                    let options = select_options(options);
                    if !options.is_empty() && usable(id, &mut ids) {
                        out.push(row_of(&[json!({
                            "type": 3, "custom_id": id, "options": options, "placeholder": hint(placeholder),
                        })]));
                    }
                }
                Control::People { id, placeholder } => {
                    if usable(id, &mut ids) {
                        out.push(row_of(&[
                            json!({ "type": 5, "custom_id": id, "placeholder": hint(placeholder), "max_values": limits::CHOSEN_PEOPLE }),
                        ]));
                    }
                }
                Control::Channels { id, placeholder } => {
                    if usable(id, &mut ids) {
                        // Text channels and forums.
                        out.push(row_of(&[json!({
                            "type": 8, "custom_id": id, "placeholder": hint(placeholder), "channel_types": [0, 15],
                        })]));
                    }
                }
            }
        }
        if !buttons.is_empty() {
            out.push(row_of(&buttons));
        }
    }
    out.truncate(limits::ROWS);
    out
}

fn row_of(components: &[Value]) -> Value {
    json!({ "type": 1, "components": components })
}

/// An id that is empty, too long or there already would have the whole message refused; our own ids never are.
fn usable(id: &str, taken: &mut Vec<String>) -> bool {
    let usable = !id.is_empty() && units(id) <= limits::CUSTOM_ID && !taken.iter().any(|t| t == id);
    if usable {
        taken.push(id.to_owned());
    } else {
        tracing::error!(length = id.len(), "a button's id cannot be used; it is left out");
    }
    usable
}

fn button_style(style: Style) -> u8 {
    match style {
        Style::Primary => 1,
        Style::Quiet => 2,
        Style::Good => 3,
        Style::Careful => 4,
    }
}

fn select_options(options: &[Choice]) -> Vec<Value> {
    let mut seen: Vec<&str> = Vec::new();
    let mut out = Vec::new();
    for option in options {
        let fits = !option.value.is_empty() && units(&option.value) <= limits::SELECT_OPTION;
        if fits && !seen.contains(&option.value.as_str()) && out.len() < limits::SELECT_OPTIONS {
            seen.push(&option.value);
            out.push(json!({ "label": filled(&option.label, limits::SELECT_OPTION), "value": option.value }));
        }
    }
    out
}

fn hint(text: &str) -> String {
    filled(text, limits::SELECT_PLACEHOLDER)
}

fn form_field(field: &FormField) -> Value {
    let max = usize::from(field.max).clamp(1, limits::FORM_VALUE);
    let min = usize::from(field.min).min(max);
    let mut body = json!({
        "type": 4,
        "custom_id": cut(&field.id, limits::CUSTOM_ID, ""),
        "label": filled(&field.label, limits::FORM_LABEL),
        "style": if field.long { 2 } else { 1 },
        "min_length": min,
        "max_length": max,
        "required": field.required,
    });
    if !is_blank(&field.hint) {
        body["placeholder"] = Value::from(cut(field.hint.trim(), limits::FORM_HINT, CUT));
    }
    // What is shorter than the least would be refused before anybody could change it.
    if !is_blank(&field.value) && field.value.trim().chars().count() >= min {
        body["value"] = Value::from(cut(field.value.trim(), max, CUT));
    }
    body
}

/// Length as the strictest counter of the platform sees it: UTF-16 units.
fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// How many bytes of the text take at most `max` units.
fn fitting(text: &str, max: usize) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.len_utf16();
        if used > max {
            return at;
        }
    }
    text.len()
}

/// The text, or as much of it as fits, with `mark` in place of the rest.
fn cut(text: &str, max: usize, mark: &str) -> String {
    if units(text) <= max {
        return text.to_owned();
    }
    let kept = &text[..fitting(text, max.saturating_sub(units(mark)))];
    let kept = &kept[..kept.len() - trailing_backslash(kept)];
    format!("{}{mark}", kept.trim_end())
}

/// 1 if the text ends in the middle of an escape.
fn trailing_backslash(text: &str) -> usize {
    text.bytes().rev().take_while(|b| *b == b'\\').count() % 2
}

/// The same for what may not be empty.
fn filled(text: &str, max: usize) -> String {
    if is_blank(text) { NOTHING.to_owned() } else { cut(text.trim(), max, CUT) }
}

/// Nothing that the platform would show: it refuses values that are empty once such characters are gone.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

#[cfg(test)]
mod tests;
