//! The stories, the walls, and the contract of the storage: one binary, so that it is linked once.

mod accepted;
mod walls;
