//! How long responses may take.

use crate::calendar::Wait;
use crate::policy::{Policy, Times};
use crate::rejection::{Field, Rejection};

macro_rules! times {
    ($($(#[$doc:meta])* $variant:ident = $field:ident, $word:literal;)+) => {
        /// One of the times that a workspace sets.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TimeKey { $($(#[$doc])* $variant,)+ }

        impl TimeKey {
            /// All of them, in the order of an idea's life.
            pub const ALL: &'static [TimeKey] = &[$(TimeKey::$variant,)+];

            /// The same, as the words that people type.
            pub const WORDS: &'static [&'static str] = &[$($word,)+];

            /// The word that people type.
            pub const fn as_str(self) -> &'static str {
                match self { $(TimeKey::$variant => $word,)+ }
            }

            /// The key of a workspace file.
            pub const fn key(self) -> &'static str {
                match self { $(TimeKey::$variant => stringify!($field),)+ }
            }

            /// The time itself.
            pub const fn of(self, times: &Times) -> Wait {
                match self { $(TimeKey::$variant => times.$field,)+ }
            }

            /// The time itself, to change.
            pub const fn of_mut(self, times: &mut Times) -> &mut Wait {
                match self { $(TimeKey::$variant => &mut times.$field,)+ }
            }
        }
    };
}

times! {
    /// Submission to acknowledgement.
    Acknowledge = acknowledge, "acknowledge";
    /// Acknowledgement to decision.
    Decide = decide, "decide";
    /// A question to the author's answer.
    Answer = answer, "answer";
    /// Acceptance to implementation, where the manager sets no date.
    Implement = implement, "implement";
    /// Implementation to outcome check, and between checks.
    OutcomeCheck = outcome_check, "outcome check";
    /// Between two steps of an escalation.
    EscalateAgain = escalate_again, "escalate again";
    /// Return from deferral to decision.
    DecideAgain = decide_again, "decide again";
    /// How long an author may appeal, or reopen a merged idea.
    Appeal = appeal, "appeal";
}

/// The workspace with another time. What is owed already stays due when it was promised.
///
/// # Errors
/// When it is not readable as a duration.
pub fn set_time(policy: &Policy, key: TimeKey, typed: &str) -> Result<Policy, Rejection> {
    let mut policy = policy.clone();
    *key.of_mut(&mut policy.times) = wait(typed)?;
    Ok(policy)
}

/// The workspace with one time (or, with none named, every time) as it is `usually`.
#[must_use]
pub fn reset_times(policy: &Policy, key: Option<TimeKey>, usually: &Times) -> Policy {
    let mut policy = policy.clone();
    for each in TimeKey::ALL.iter().filter(|k| key.is_none_or(|key| key == **k)) {
        *each.of_mut(&mut policy.times) = each.of(usually);
    }
    policy
}

pub(super) fn wait(typed: &str) -> Result<Wait, Rejection> {
    typed.parse().map_err(|_| Rejection::NotOneOf {
        field: Field::Due,
        typed: typed.trim().to_owned(),
        takes: ["2 working days", "4 working hours", "36h", "2 weeks"].map(String::from).to_vec(),
    })
}
