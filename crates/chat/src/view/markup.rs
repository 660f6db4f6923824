//! The only place with the platform's markup: mentions, timestamps, links, and the escaping of what people typed.
//!
//! Three ways for a person's text into a message: [`inline`] in a sentence (one line, isolated, so that right-to-left text
//! does not turn the sentence around), [`block`] as lines of its own, [`plain`] where the platform reads no markup at all
//! (names of threads, labels, choices, fields of forms).

use kaizen_domain::{ChannelId, GuildId, Instant, Number, RoleId, Text, UserId};
use kaizen_workflow::ports::{CardPlace, Shown};

/// What stands where a person's text was erased.
pub const REMOVED: &str = "*[removed]*";

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';
const ZERO_WIDTH_SPACE: char = '\u{200B}';
/// Combining marks on one letter beyond this are noise that covers the lines around it.
const MOST_MARKS: usize = 4;
/// How far back a cut may move so as not to fall into a word, or into one visible character.
const CUT_SLACK: usize = 24;

/// The same text without what could deceive: control characters, marks that change the direction of what follows, piles of
/// combining marks. Lines are kept, at most one empty one between them.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut out = String::with_capacity(text.len());
    let (mut marks, mut newlines) = (0, 0);
    for c in text.chars() {
        let c = match c {
            '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\t' => ' ',
            c if c.is_control() || redirects(c) => continue,
            c => c,
        };
        marks = if is_mark(c) { marks + 1 } else { 0 };
        newlines = if c == '\n' { newlines + 1 } else { 0 };
        if marks <= MOST_MARKS && newlines <= 2 {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

/// Embeddings, overrides and isolates reach beyond the text that they stand in; so do zero-width spaces and old tricks.
fn redirects(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{206A}'..='\u{206F}' | '\u{200B}' | '\u{2060}'..='\u{2064}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// Does this character stand on or join the one before?
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5BD}' | '\u{610}'..='\u{61A}'
        | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Would a cut at this place tear one visible character apart?
fn tears(all: &[char], at: usize) -> bool {
    const JOINER: char = '\u{200D}';
    let Some(&c) = all.get(at) else { return false };
    let before = all[..at].last();
    let joins = matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}');
    // Two of these letters make a flag.
    let flag = |c: &&char| matches!(**c, '\u{1F1E6}'..='\u{1F1FF}');
    let letters = all[..at].iter().rev().take_while(flag).count();
    before == Some(&JOINER) || c == JOINER || is_mark(c) || joins || (flag(&&c) && letters % 2 == 1)
}

/// A person's text with every character disarmed that the platform would read as markup. Lines are kept.
pub fn escape(text: &str) -> String {
    let chars: Vec<char> = clean(text).chars().collect();
    let mut out = String::with_capacity(chars.len() + 16);
    let mut lead = Lead::Blank;
    for (i, &c) in chars.iter().enumerate() {
        let next = chars.get(i + 1).copied();
        let before = i.checked_sub(1).and_then(|i| chars.get(i)).copied();
        let armed = match c {
            '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '#' | '@' => true,
            '(' => before == Some(']'),
            // Addresses (`https://`), times of the platform (`<t:1:R>`), `:emoji:`.
            ':' => next.is_some_and(|n| !n.is_whitespace()),
            '-' | '+' | '=' => lead == Lead::Blank,
            '.' | ')' => lead == Lead::Digits || invites(&chars[i + 1..]),
            _ => false,
        };
        if armed {
            out.push('\\');
        }
        out.push(c);
        if c == '@' && calls_everybody(&chars[i + 1..]) {
            out.push(ZERO_WIDTH_SPACE);
        }
        lead = match (lead, c) {
            (_, '\n') => Lead::Blank,
            (Lead::Blank, c) if c.is_whitespace() => Lead::Blank,
            (Lead::Blank | Lead::Digits, c) if c.is_ascii_digit() => Lead::Digits,
            _ => Lead::Inside,
        };
    }
    out
}

/// What the line holds so far.
#[derive(Clone, Copy, PartialEq)]
enum Lead {
    Blank,
    Digits,
    Inside,
}

fn starts_ignoring_case(chars: &[char], word: &str) -> bool {
    chars.len() >= word.len() && chars.iter().zip(word.chars()).all(|(c, w)| c.eq_ignore_ascii_case(&w))
}

fn calls_everybody(rest: &[char]) -> bool {
    starts_ignoring_case(rest, "everyone") || starts_ignoring_case(rest, "here")
}

/// The platform shows a preview for the address of an invitation even without `https`.
fn invites(rest: &[char]) -> bool {
    starts_ignoring_case(rest, "gg/") || starts_ignoring_case(rest, "com/invite")
}

/// A person's text as a part of a sentence: one line, escaped, isolated from the direction of what stands around it.
pub fn inline(text: &Text) -> String {
    text.written().map_or_else(|| REMOVED.to_owned(), inline_str)
}

/// The same for a name that somebody gave (a team, an area, an unknown word that was typed).
pub fn inline_str(text: &str) -> String {
    format!("{FIRST_STRONG_ISOLATE}{}{POP_ISOLATE}", escape(&one_line(text)))
}

/// The beginning of a person's text as a part of a sentence, at most `chars` characters.
pub fn inline_excerpt(text: &Text, chars: usize) -> String {
    text.written().map_or_else(|| REMOVED.to_owned(), |t| inline_str(&excerpt(&one_line(t), chars)))
}

/// The same for a sentence that goes on after it: a full stop at the end of what was typed would stand before another mark.
pub fn title(text: &Text, chars: usize) -> String {
    let Some(written) = text.written() else { return REMOVED.to_owned() };
    let shown = excerpt(&one_line(written), chars);
    let without = shown.strip_suffix(['.', '。', ';', ',', ':']).unwrap_or(&shown);
    inline_str(if without.is_empty() || without.ends_with('.') { &shown } else { without })
}

/// A person's text as lines of its own, escaped.
pub fn block(text: &Text) -> String {
    text.written().map_or_else(|| REMOVED.to_owned(), escape)
}

/// A person's text where no markup is read: one line, nothing escaped, at most `most` characters as the platform counts.
pub fn plain(text: &Text, most: usize) -> String {
    text.written().map_or_else(|| "[removed]".to_owned(), |t| plain_str(t, most))
}

/// The same for a name that somebody gave.
pub fn plain_str(text: &str, most: usize) -> String {
    within(&one_line(text), most)
}

/// The beginning of a text, at most `most` characters as the platform counts them ([`len`]). Not escaped.
pub fn within(text: &str, most: usize) -> String {
    let mut chars = most;
    loop {
        let part = excerpt(text, chars);
        let over = len(&part).saturating_sub(most);
        if over == 0 {
            return part;
        }
        // Each character counts twice at the most.
        chars = chars.saturating_sub(over.div_ceil(2));
    }
}

/// Words of ours that stand out.
pub fn bold(text: &str) -> String {
    format!("**{text}**")
}

/// Lines as a quotation.
pub fn quote(escaped: &str) -> String {
    escaped.lines().map(|l| format!("> {l}")).collect::<Vec<_>>().join("\n")
}

/// A small last line.
pub fn small(text: &str) -> String {
    format!("-# {text}")
}

/// White space of any kind becomes one space.
fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `chars` characters of a text, cut between words where that costs little and never inside a visible character,
/// with `…` where something is left out. Not escaped.
pub fn excerpt(text: &str, chars: usize) -> String {
    let all: Vec<char> = clean(text).chars().collect();
    if all.len() <= chars {
        return all.into_iter().collect();
    }
    let most = chars.saturating_sub(1);
    let slack = CUT_SLACK.min(most / 2);
    let good = |at: &usize| !tears(&all, *at);
    let cut = (most - slack..=most)
        .rev()
        .find(|at| all[*at].is_whitespace())
        .or_else(|| (most - slack..=most).rev().find(good))
        .unwrap_or(most);
    let mut kept: String = all[..cut].iter().collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// A mention of a person; it pings only whom the message names beside its text.
pub fn mention(user: UserId) -> String {
    format!("<@{user}>")
}

/// A mention of a role.
pub fn role(role: RoleId) -> String {
    format!("<@&{role}>")
}

/// A mention of a channel or thread: a link with its name.
pub fn channel(channel: ChannelId) -> String {
    format!("<#{channel}>")
}

/// A point in time, in the reader's own zone, with how far it is.
pub fn when(at: Instant) -> String {
    let unix = at.timestamp();
    format!("<t:{unix}:f> (<t:{unix}:R>)")
}

/// The same, short: for histories.
pub fn stamp(at: Instant) -> String {
    format!("<t:{}:f>", at.timestamp())
}

/// A day, in the reader's own zone.
pub fn day(at: Instant) -> String {
    format!("<t:{}:D>", at.timestamp())
}

/// The address of an item's thread, or of its card where there is no thread (yet).
pub fn card_url(guild: GuildId, card: &CardPlace) -> String {
    match card.thread {
        Some(thread) => channel_url(guild, thread),
        None => message_url(guild, card.channel, card.message),
    }
}

/// The address of a channel.
pub fn channel_url(guild: GuildId, channel: ChannelId) -> String {
    format!("https://discord.com/channels/{guild}/{channel}")
}

/// The address of a message.
pub fn message_url(guild: GuildId, channel: ChannelId, message: kaizen_domain::MessageId) -> String {
    format!("https://discord.com/channels/{guild}/{channel}/{message}")
}

/// `K-12`, as a link where its card is posted.
pub fn item_link(shown: &Shown) -> String {
    number_link(shown.guild, shown.item.number, shown.item.card.as_ref())
}

/// `K-12`, as a link where a card is known.
pub fn number_link(guild: GuildId, number: Number, card: Option<&CardPlace>) -> String {
    match card {
        Some(card) => format!("[{number}]({})", card_url(guild, card)),
        None => bold(&number.to_string()),
    }
}

/// A command as people type it.
pub fn command(name: &str) -> String {
    format!("`/{name}`")
}

/// The length as the platform counts it, on the safe side: characters beyond the basic plane count twice.
pub fn len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_markup_disarmed() {
        for (typed, shown) in [
            ("**bold** _it_ ~~no~~", r"\*\*bold\*\* \_it\_ \~\~no\~\~"),
            ("<@11> <@&31> <#21> <t:1:R>", r"\<\@11\> \<\@&31\> \<\#21\> \<t\:1\:R\>"),
            ("@everyone @here sam@example.org", "\\@\u{200B}everyone \\@\u{200B}here sam\\@example.org"),
            ("[click](https://x.test)", r"\[click\]\(https\://x.test)"),
            ("```rust\ncode```", "\\`\\`\\`rust\ncode\\`\\`\\`"),
            (
                "# head\n> quote\n- list\n+ list\n1. one\n-# small",
                "\\# head\n\\> quote\n\\- list\n\\+ list\n1\\. one\n\\-\\# small",
            ),
            ("||spoiler|| a\\b", r"\|\|spoiler\|\| a\\b"),
            (
                "discord.gg/abc and 10:30, well-known: yes (no)",
                r"discord\.gg/abc and 10\:30, well-known: yes (no)",
            ),
        ] {
            assert_eq!(escape(typed), shown, "{typed}");
        }
    }

    #[test]
    fn expect_deceiving_characters_gone() {
        assert_eq!(escape("a\u{202E}b\u{0}c\r\n\r\n\r\nd\u{2066}"), "abc\n\nd");
        assert_eq!(
            escape(&format!("e{}", "\u{301}".repeat(500))),
            format!("e{}", "\u{301}".repeat(MOST_MARKS))
        );
        assert_eq!(inline(&Text::Written("two\nlines".into())), "\u{2068}two lines\u{2069}");
        assert_eq!(inline(&Text::Erased), "*[removed]*");
    }

    #[test]
    fn expect_no_two_marks_after_a_title() {
        for (typed, goes_on) in [
            ("Gloves in every size.", "Gloves in every size"),
            ("Gloves, please:", "Gloves, please"),
            ("Could we have gloves?", "Could we have gloves?"),
            ("Gloves, masks...", "Gloves, masks..."),
            (".", "."),
            ("手袋。", "手袋"),
        ] {
            assert_eq!(
                title(&Text::Written(typed.into()), 70),
                format!("\u{2068}{goes_on}\u{2069}"),
                "{typed}"
            );
        }
        assert_eq!(title(&Text::Erased, 70), REMOVED);
        assert_eq!(
            title(&Text::Written("Gloves in every size. Now.".into()), 22),
            "\u{2068}Gloves in every size.…\u{2069}"
        );
    }

    #[test]
    fn expect_cuts_between_words_and_never_inside_a_character() {
        assert_eq!(excerpt("The supply room has no labels", 20), "The supply room has…");
        assert_eq!(excerpt("short", 20), "short");
        let family = "👨‍👩‍👧";
        assert_eq!(excerpt(&family.repeat(10), 12), format!("{}…", family.repeat(2)));
        assert_eq!(excerpt("🇬🇧🇬🇧🇬🇧🇬🇧", 4).chars().count(), 3);
        assert_eq!(excerpt("", 0), "");
        assert_eq!(excerpt("ab", 1), "…");
    }
}
