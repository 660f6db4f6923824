//! The program `kaizen`: configuration, wiring, loops and the command line.
//!
//! [`app::App`] is the running program, made of parts that come from outside; [`cli`] is what operators type; [`config`],
//! [`workspace_file`] and [`audit`] are what the commands stand on.

pub mod app;
pub mod audit;
pub mod backup;
pub mod cli;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod erasures;
pub mod logging;
mod loops;
pub mod nearest;
pub mod workspace_file;

pub use app::{App, FILES, Parts};
pub use config::{Config, ConfigError};
