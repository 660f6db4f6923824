//! `kaizen demo`

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::run::{asked_to_stop, bind, recorder};
use super::{Exit, Refusal};
use crate::app::Ended;
use crate::config::Config;
use crate::demo::{Demo, DemoError, Start};

/// How the demo runs.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The port of the page, on this machine only.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Keep the ideas in this folder, and go on with them at the next start. Without it, each start begins anew.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Begin anew in the folder given by --data.
    #[arg(long, requires = "data")]
    fresh: bool,
}

pub(super) async fn run(args: &Args) -> Result<Exit, Refusal> {
    // Nothing of the operator's configuration: the demo is the same everywhere. The page is what one looks at; the log
    // tells only what goes wrong.
    let config = Config::layered(None, [("KAIZEN__LOG__LEVEL".to_owned(), "warn".to_owned())])?;
    crate::logging::begin(config.log);
    let address = SocketAddr::from((IpAddr::V4(Ipv4Addr::LOCALHOST), args.port));
    let listener = bind("kaizen demo", address).await.map_err(|refusal| {
        Refusal::new(
            refusal.exit,
            format!("{}\nIs another demo running? Choose another port with --port.", refusal.says),
        )
    })?;
    let start = Start { listener, data: args.data.clone(), fresh: args.fresh, recorder: recorder()? };
    let demo = Box::pin(Demo::start(start)).await.map_err(refusal)?;
    println!("Kaizen is running at {}", demo.url());
    println!(
        "Open that page, be Sam, and type /suggest; then be Mara and answer. The page says what else to try."
    );
    if demo.continued() {
        println!(
            "It goes on with the ideas in the folder. Old cards are gone with the local Discord, which forgets; /idea list has them all."
        );
    } else if args.data.is_none() {
        println!("Everything is forgotten when it stops (Ctrl-C); --data DIR keeps it.");
    }
    let ended = tokio::select! {
        ended = demo.ended() => Some(ended),
        () = asked_to_stop() => None,
    };
    demo.stop().await;
    match ended {
        None => Ok(Exit::Fine),
        Some(Ended::TokenRefused) => {
            Err(Refusal::new(Exit::Internal, "the local Discord refused the bot's token"))
        }
        Some(Ended::Broken(why)) => Err(Refusal::new(Exit::Internal, why)),
    }
}

fn refusal(error: DemoError) -> Refusal {
    match error {
        DemoError::Open(error) => error.into(),
        DemoError::Store(error) => error.into(),
        DemoError::Io(error) => error.into(),
        other @ (DemoError::Config(_)
        | DemoError::Faults(_)
        | DemoError::NotApplied(_)
        | DemoError::Start(_)
        | DemoError::NotConnected
        | DemoError::Begin(_)) => Refusal::new(Exit::Internal, other.to_string()),
    }
}
