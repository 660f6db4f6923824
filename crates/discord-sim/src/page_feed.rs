//! What changed, for the page: ids only; each reader renders what it may see.

use crate::ids::Id;

/// A change that the page hears of.
#[derive(Debug, Clone)]
pub(crate) enum PageEvent {
    Message { id: Id, fresh: bool },
    MessageGone { id: Id, channel: Id },
    Channel(Id),
    Commands,
    Modal { user: Id, id: Id },
    InteractionFailed { user: Id, id: Id, text: String },
    Host,
    Bot,
}
