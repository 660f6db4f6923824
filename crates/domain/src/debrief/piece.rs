//! What of a debrief carries words that somebody typed, by the name under which words are taken out of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::NotANumber;

/// Something with words. Typed and kept in ids as `title`, `summary`, `3` (an item) and `action-2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Which piece of work it was.
    Title,
    /// What the group said at the end.
    Summary,
    /// An item, by its place.
    Item(u32),
    /// An action, by its entry in the ledger.
    Action(u32),
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Piece::Title => f.write_str("title"),
            Piece::Summary => f.write_str("summary"),
            Piece::Item(place) => write!(f, "{place}"),
            Piece::Action(entry) => write!(f, "action-{entry}"),
        }
    }
}

impl FromStr for Piece {
    type Err = NotANumber;

    fn from_str(s: &str) -> Result<Self, NotANumber> {
        let s = s.trim().to_lowercase();
        let number = |digits: &str| digits.trim().parse().map_err(|_| NotANumber);
        match s.as_str() {
            "title" => Ok(Piece::Title),
            "summary" => Ok(Piece::Summary),
            other => match other.strip_prefix("action") {
                Some(entry) => number(entry.strip_prefix('-').unwrap_or(entry)).map(Piece::Action),
                None => number(other).map(Piece::Item),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_pieces_read_as_they_are_written_and_as_people_type_them() {
        for piece in [Piece::Title, Piece::Summary, Piece::Item(7), Piece::Action(2)] {
            assert_eq!(piece.to_string().parse(), Ok(piece));
            let stored = serde_json::to_string(&piece).unwrap();
            assert_eq!(serde_json::from_str::<Piece>(&stored).unwrap(), piece);
        }
        for (typed, piece) in
            [("Title", Piece::Title), (" SUMMARY ", Piece::Summary), ("Action 2", Piece::Action(2))]
        {
            assert_eq!(typed.parse(), Ok(piece), "{typed}");
        }
        for typed in ["", "the key", "action", "action-x", "-1", "actions 1"] {
            assert_eq!(typed.parse::<Piece>(), Err(NotANumber), "{typed}");
        }
    }
}
