//! The program `kaizen`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("kaizen: the system gives no threads: {error}");
            return ExitCode::from(70);
        }
    };
    runtime.block_on(kaizen_server::cli::main())
}
