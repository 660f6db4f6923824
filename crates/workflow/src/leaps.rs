//! Numbers that nobody was given: a restored backup leaps over those that may have been given in the days that are lost. What
//! it leaps over is written down (a note), so that the audit knows those gaps from missing items.

use kaizen_domain::WorkspaceId;
use serde::{Deserialize, Serialize};

use crate::ports::{Store, StoreError};

/// From the first number that was left out to the first that may be given again.
pub type Leap = (i64, i64);

/// The gaps of a workspace, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaps {
    /// In the numbers of ideas.
    pub ideas: Vec<Leap>,
    /// In those of debriefs.
    pub debriefs: Vec<Leap>,
}

impl Leaps {
    /// The name of the note of a workspace.
    pub fn note(workspace: WorkspaceId) -> String {
        format!("leapt_over/{}", workspace.0)
    }

    /// What a note says; none that was ever written counts as no gap, and one that cannot be read as well: then the audit
    /// names what is missing.
    pub fn of_note(note: Option<&str>) -> Leaps {
        note.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    /// The gaps of this workspace.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(store: &dyn Store, workspace: WorkspaceId) -> Result<Leaps, StoreError> {
        Ok(Leaps::of_note(store.note(&Leaps::note(workspace)).await?.as_deref()))
    }
}

/// How far a counter leaps that gives `next` as its next number. Nobody knows how many were given in the days that are lost:
/// the gap is far larger than what people suggest between two backups.
pub const fn leap(next: i64) -> Leap {
    (next, next + 1000 + next / 2)
}
