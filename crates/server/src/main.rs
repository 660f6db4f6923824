//! The program `kaizen`.

use std::process::ExitCode;

fn main() -> ExitCode {
    kaizen_server::cli::start()
}
