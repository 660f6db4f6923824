//! The harness of the stories: a whole hospital in one process.
//!
//! A [`World`] is the local Discord with seven people in it, the real program connected to it, a real database (SQLite or
//! PostgreSQL) and a clock that is moved by hand. Its verbs read like what people do:
//!
//! ```text
//! let idea = w.suggest("sam", "The supply room has no labels").await;
//! w.press("mara", idea, "Acknowledge").await;
//! w.advance("2 working days").await;
//! w.dms("sam")
//! ```
//!
//! A story is an `async fn(&mut World)`; [`story!`] runs it on both databases, and ends it with [`World::finish`], which looks
//! for what no story may leave behind. To add one: a file in `tests/it/`, and its line in `main.rs`.

pub mod base;
pub mod checker;
pub mod hospital;
pub mod load;
pub mod postgres;
pub mod process;
pub mod readable;
pub mod scene;
pub mod world;

mod people;

pub use base::Base;
pub use people::{Idea, Item, LookedBack, Reply, idea_of};
pub use world::{Setup, World, apply_workspace};

/// A number that whoever runs the tests may set.
pub fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs a story on both databases; `sqlite` after the name: on SQLite only; `nothing` after that: with nothing set up;
/// `neighbours`: with another community beside it.
#[macro_export]
macro_rules! story {
    (@run $story:ident, $base:ident, $setup:ident) => {
        let mut world = Box::pin($crate::World::start($crate::Base::$base, $crate::Setup::$setup)).await;
        Box::pin(super::$story(&mut world)).await;
        Box::pin(world.finish()).await;
    };
    (@both $story:ident, $setup:ident) => {
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                $crate::story!(@run $story, Sqlite, $setup);
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                $crate::story!(@run $story, Postgres, $setup);
            }
        }
    };
    ($story:ident) => {
        $crate::story!(@both $story, Hospital);
    };
    ($story:ident, nothing) => {
        $crate::story!(@both $story, Nothing);
    };
    ($story:ident, neighbours) => {
        $crate::story!(@both $story, Neighbours);
    };
    ($story:ident, sqlite) => {
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                $crate::story!(@run $story, Sqlite, Hospital);
            }
        }
    };
    ($story:ident, postgres) => {
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                $crate::story!(@run $story, Postgres, Hospital);
            }
        }
    };
}

/// An inline snapshot that a story meets on each database.
#[macro_export]
macro_rules! snap {
    ($value:expr, @$expected:literal) => {
        insta::allow_duplicates! { insta::assert_snapshot!($value, @$expected) }
    };
}
