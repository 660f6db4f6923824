//! The stories, the walls, and the contract of the storage: one binary, so that it is linked once.

mod accepted;
mod broken_places;
mod buttons;
mod declined;
mod deferred;
mod digest;
mod dms_closed;
mod escalation;
mod handed_on;
mod me_too;
mod merged;
mod nothing_set_up;
mod question;
mod redacted;
mod removed;
mod replanned;
mod trial;
mod walls;
mod withdrawn;
