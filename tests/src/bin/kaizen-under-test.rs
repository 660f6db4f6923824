//! The program `kaizen` under another name, so that the tests of this crate can start it as a process.

use std::process::ExitCode;

fn main() -> ExitCode {
    kaizen_server::cli::start()
}
