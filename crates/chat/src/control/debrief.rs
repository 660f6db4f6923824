//! Ids of what is pressed on debriefs and briefings: `k1:d:7:add:well`, `k1:d:7:mark:3:used`.

use std::fmt;

use kaizen_domain::debrief::{Column, Mark, Piece};
use kaizen_domain::{ChannelId, MessageId};

/// What a button or a form of a debrief does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DebriefStep {
    /// **Join**: at once.
    Join,
    /// A heading of the panel: a form, and the form itself.
    Add(Column),
    /// The form of **Add to debrief**.
    AddMessage {
        /// Where the message stands.
        channel: ChannelId,
        /// Which.
        message: MessageId,
        /// Did the one who adds it write it?
        own: bool,
    },
    /// **Close**: a form.
    Close,
    /// **Keep as lesson** on an item: at once.
    Keep(u32),
    /// The form of `/debrief edit`.
    Edit(u32),
    /// The form of `/debrief redact`.
    Redact(Piece),
    /// **Done** on an action: at once.
    Done(u32),
    /// A word on a lesson: at once.
    Mark(u32, Mark),
}

const COLUMNS: [(Column, &str); 9] = [
    (Column::Well, "well"),
    (Column::Badly, "badly"),
    (Column::Better, "better"),
    (Column::Escalate, "escalate"),
    (Column::Expected, "expected"),
    (Column::Happened, "happened"),
    (Column::Difference, "difference"),
    (Column::NextTime, "next-time"),
    (Column::Lesson, "lesson"),
];

const MARKS: [(Mark, &str); 3] =
    [(Mark::Used, "used"), (Mark::NotRelevant, "not-relevant"), (Mark::NoLongerTrue, "no-longer-true")];

impl DebriefStep {
    /// Does pressing it open a form?
    pub const fn opens_form(self) -> bool {
        match self {
            DebriefStep::Add(_)
            | DebriefStep::AddMessage { .. }
            | DebriefStep::Close
            | DebriefStep::Edit(_)
            | DebriefStep::Redact(_) => true,
            DebriefStep::Join | DebriefStep::Keep(_) | DebriefStep::Done(_) | DebriefStep::Mark(..) => false,
        }
    }

    /// The command that does the same.
    pub const fn command(self) -> &'static str {
        match self {
            DebriefStep::Join | DebriefStep::Add(_) | DebriefStep::AddMessage { .. } => "debrief add",
            DebriefStep::Close => "debrief close",
            DebriefStep::Edit(_) => "debrief edit",
            DebriefStep::Redact(_) => "debrief redact",
            DebriefStep::Keep(_) => "debrief lesson",
            DebriefStep::Done(_) => "debrief done",
            DebriefStep::Mark(..) => "brief",
        }
    }

    pub(super) fn read(parts: &[&str]) -> Option<DebriefStep> {
        let column = |word: &str| COLUMNS.iter().find(|(_, w)| *w == word).map(|(c, _)| *c);
        Some(match parts {
            ["join"] => DebriefStep::Join,
            ["add", word] => DebriefStep::Add(column(word)?),
            ["message", channel, message, own] => DebriefStep::AddMessage {
                channel: ChannelId(channel.parse().ok()?),
                message: MessageId(message.parse().ok()?),
                own: super::flag(own)?,
            },
            ["close"] => DebriefStep::Close,
            ["keep", item] => DebriefStep::Keep(item.parse().ok()?),
            ["edit", item] => DebriefStep::Edit(item.parse().ok()?),
            ["redact", item] => DebriefStep::Redact(item.parse().ok()?),
            ["done", action] => DebriefStep::Done(action.parse().ok()?),
            ["mark", item, word] => {
                let mark = MARKS.iter().find(|(_, w)| w == word).map(|(m, _)| *m)?;
                DebriefStep::Mark(item.parse().ok()?, mark)
            }
            _ => return None,
        })
    }

    /// Each kind once, with the longest values.
    #[cfg(test)]
    pub(super) fn every_kind() -> Vec<DebriefStep> {
        let columns = COLUMNS.iter().map(|(c, _)| DebriefStep::Add(*c));
        let marks = MARKS.iter().map(|(m, _)| DebriefStep::Mark(u32::MAX, *m));
        let message =
            DebriefStep::AddMessage { channel: ChannelId(u64::MAX), message: MessageId(u64::MAX), own: true };
        columns
            .chain(marks)
            .chain([message, DebriefStep::Join, DebriefStep::Close])
            .chain([DebriefStep::Keep(u32::MAX), DebriefStep::Done(3)])
            .chain([DebriefStep::Edit(u32::MAX), DebriefStep::Redact(Piece::Action(u32::MAX))])
            .collect()
    }
}

impl fmt::Display for DebriefStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DebriefStep::Join => f.write_str("join"),
            DebriefStep::Add(column) => {
                let word = COLUMNS.iter().find(|(c, _)| c == column).map_or("", |(_, w)| *w);
                write!(f, "add:{word}")
            }
            DebriefStep::AddMessage { channel, message, own } => {
                write!(f, "message:{channel}:{message}:{}", u8::from(*own))
            }
            DebriefStep::Close => f.write_str("close"),
            DebriefStep::Keep(item) => write!(f, "keep:{item}"),
            DebriefStep::Edit(item) => write!(f, "edit:{item}"),
            DebriefStep::Redact(item) => write!(f, "redact:{item}"),
            DebriefStep::Done(action) => write!(f, "done:{action}"),
            DebriefStep::Mark(item, mark) => {
                let word = MARKS.iter().find(|(m, _)| m == mark).map_or("", |(_, w)| *w);
                write!(f, "mark:{item}:{word}")
            }
        }
    }
}
