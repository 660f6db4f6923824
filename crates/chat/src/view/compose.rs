//! Puts a message together. What does not fit into its text goes into cards under it; what does not even fit there is left
//! out openly, with the command that shows it in full. Nothing is cut silently.

use kaizen_domain::Text;

use super::markup;
use crate::reply::{Card, Message};

/// Characters of a message's text. Below the platform's 2,000: a fallback puts a mention before it.
pub const TEXT_ROOM: usize = 1900;
/// Characters of one card's body. Below the platform's 4,096.
pub const BODY_ROOM: usize = 3900;
/// Characters of a card's field. Below the platform's 1,024.
pub const FIELD_ROOM: usize = 1000;
/// Characters of all cards of a message together. Below the platform's 6,000.
pub const CARDS_ROOM: usize = 5700;

/// The quiet colour of texts that no stage colours.
const PAPER: u32 = 0x5B_6B_7A;

/// A message being written.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Said(String),
    Quoted { label: &'static str, escaped: String },
}

impl Draft {
    /// A message that begins with a sentence of ours.
    pub fn new(lead: impl Into<String>) -> Draft {
        Draft::default().say(lead)
    }

    /// A line of ours; an empty one is left out.
    #[must_use]
    pub fn say(mut self, line: impl Into<String>) -> Draft {
        let line = line.into();
        if !line.is_empty() {
            self.parts.push(Part::Said(line));
        }
        self
    }

    /// A person's text, in full, with a label (may be empty).
    #[must_use]
    pub fn quote(mut self, label: &'static str, text: &Text) -> Draft {
        self.parts.push(Part::Quoted { label, escaped: markup::block(text) });
        self
    }

    /// The same for a text that may be missing.
    #[must_use]
    pub fn quote_if(self, label: &'static str, text: Option<&Text>) -> Draft {
        match text {
            Some(text) => self.quote(label, text),
            None => self,
        }
    }

    /// Followed by another draft.
    #[must_use]
    pub fn and(mut self, other: Draft) -> Draft {
        self.parts.extend(other.parts);
        self
    }

    /// The message, private. `rest` is the command that shows what is left out, if something has to be.
    pub fn message(mut self, rest: &str) -> Message {
        let mut cards = Vec::new();
        let mut room = CARDS_ROOM;
        while markup::len(&self.text()) > TEXT_ROOM {
            let longest = self.parts.iter_mut().max_by_key(|part| match part {
                Part::Said(_) => 0,
                Part::Quoted { escaped, .. } => markup::len(escaped),
            });
            let Some(part @ Part::Quoted { .. }) = longest else { break };
            let Part::Quoted { label, escaped } = std::mem::replace(part, Part::Said(String::new())) else {
                break;
            };
            let title = if label.is_empty() { "In full" } else { label };
            let body = fit(&escaped, BODY_ROOM.min(room.saturating_sub(title.len())), rest);
            *part = Part::Said(format!("{}: see the card below.", markup::bold(title)));
            room = room.saturating_sub(title.len() + markup::len(&body));
            cards.push(Card { title: title.to_owned(), body, colour: PAPER, ..Card::default() });
        }
        let text = fit(&self.text(), TEXT_ROOM, rest);
        Message { text, cards, ..Message::default() }
    }

    /// What has been written so far, whatever its length.
    pub fn text(&self) -> String {
        let lines = self.parts.iter().map(|part| match part {
            Part::Said(line) => line.clone(),
            Part::Quoted { label: "", escaped } => markup::quote(escaped),
            Part::Quoted { label, escaped } => {
                format!("{}:\n{}", markup::bold(label), markup::quote(escaped))
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// An escaped text that has to fit: cut where that is safe, and saying so, with the command that shows the rest.
pub fn fit(escaped: &str, room: usize, rest: &str) -> String {
    if markup::len(escaped) <= room {
        return escaped.to_owned();
    }
    let note = format!("… *(the rest did not fit here: {})*", markup::command(rest));
    format!("{}{note}", head(escaped, room.saturating_sub(markup::len(&note))))
}

/// The longest beginning of an escaped text within `room` that ends neither inside an escape nor inside one of our links,
/// mentions or isolates.
fn head(escaped: &str, room: usize) -> &str {
    let (mut used, mut safe) = (0, 0);
    let (mut after_backslash, mut bracket, mut isolates) = (false, 0_i32, 0_i32);
    for (at, c) in escaped.char_indices() {
        used += c.len_utf16();
        if used > room {
            break;
        }
        if after_backslash {
            after_backslash = false;
        } else {
            match c {
                '\\' => after_backslash = true,
                '<' | '[' => bracket += 1,
                '>' if bracket > 0 => bracket -= 1,
                ')' if bracket > 0 => bracket -= 1,
                '\u{2068}' => isolates += 1,
                '\u{2069}' => isolates -= 1,
                _ => {}
            }
        }
        if !after_backslash && bracket == 0 && isolates == 0 {
            safe = at + c.len_utf8();
        }
    }
    &escaped[..safe]
}

/// Blocks of lines (each already escaped) as pages of at most `room` characters. A block that is longer than a page goes
/// on over the next ones: nothing is left out.
pub fn pages(blocks: &[String], room: usize) -> Vec<String> {
    let mut pages: Vec<String> = Vec::new();
    let mut page = String::new();
    for block in blocks {
        let mut rest = block.as_str();
        while !rest.is_empty() {
            let gap = if page.is_empty() { 0 } else { 2 };
            let left = room.saturating_sub(markup::len(&page) + gap);
            let fits = if markup::len(rest) <= left {
                rest
            } else if page.is_empty() {
                head_or_some(rest, room)
            } else {
                ""
            };
            if fits.is_empty() {
                pages.push(std::mem::take(&mut page));
                continue;
            }
            if !page.is_empty() {
                page.push_str("\n\n");
            }
            page.push_str(fits);
            rest = &rest[fits.len()..];
        }
    }
    if !page.is_empty() || pages.is_empty() {
        pages.push(page);
    }
    pages
}

/// Progress is made even where no safe cut exists.
fn head_or_some(text: &str, room: usize) -> &str {
    let safe = head(text, room);
    if !safe.is_empty() {
        return safe;
    }
    let mut used = 0;
    let over = |c: char| {
        used += c.len_utf16();
        used > room.max(2)
    };
    text.find(over).map_or(text, |end| &text[..end])
}

/// Lines that have to fit into `room`; says how many more there are, and where.
pub fn lines(all: &[String], room: usize, rest: &str) -> String {
    let full = all.join("\n");
    if markup::len(&full) <= room {
        return full;
    }
    let more = |n: usize| format!("… and {n} more: {}", markup::command(rest));
    let reserve = markup::len(&more(all.len())) + 1;
    let mut out = String::new();
    let mut taken = 0;
    for line in all {
        if markup::len(&out) + markup::len(line) + 1 + reserve > room {
            break;
        }
        out.push_str(line);
        out.push('\n');
        taken += 1;
    }
    out + &more(all.len() - taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(s: &str) -> Text {
        Text::Written(s.to_owned())
    }

    #[test]
    fn expect_long_texts_in_cards_in_full() {
        let idea = "x".repeat(1880);
        let message = Draft::new("A new idea.")
            .quote("Idea", &written(&idea))
            .quote("Why", &written("short"))
            .message("idea history");
        assert_eq!(message.text, "A new idea.\n**Idea**: see the card below.\n**Why**:\n> short");
        assert_eq!(message.cards.len(), 1);
        assert_eq!(message.cards[0].body, idea);
    }

    #[test]
    fn expect_cuts_said_openly_and_never_inside_an_escape() {
        let body = fit(&"\\*".repeat(100), 101, "idea history");
        assert!(body.ends_with("… *(the rest did not fit here: `/idea history`)*"));
        assert!(markup::len(&body) <= 101);
        assert!(!body.split('…').next().unwrap().ends_with('\\'));
        assert_eq!(head("see [K-1](https://x) and", 12), "see ");
    }

    #[test]
    fn expect_pages_to_hold_everything() {
        let blocks: Vec<String> = (0..20).map(|n| format!("step {n} {}", "y".repeat(n * 30))).collect();
        let pages = pages(&blocks, 200);
        assert!(pages.iter().all(|p| markup::len(p) <= 200));
        assert_eq!(pages.concat().replace('\n', ""), blocks.concat());
    }

    #[test]
    fn expect_lists_to_say_what_is_left_out() {
        let all: Vec<String> = (0..50).map(|n| format!("line {n}")).collect();
        let shown = lines(&all, 100, "idea list");
        assert!(shown.ends_with("more: `/idea list`"), "{shown}");
        assert!(markup::len(&shown) <= 100);
    }
}
