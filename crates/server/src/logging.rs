//! The log: of our own crates only, to standard error.
//!
//! serenity and the HTTP stack log what people typed, their ids and their interaction tokens (in spans, as lists of
//! bytes that no search finds). So no library gets a word in, at no level, whatever `RUST_LOG` says.

use tracing::Metadata;
use tracing_subscriber::filter::{FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::config::{Log, LogFormat};

/// The crates whose targets are let through; each with everything below it.
const OURS: [&str; 10] = [
    "kaizen",
    "kaizen_domain",
    "kaizen_workflow",
    "kaizen_storage",
    "kaizen_migrations",
    "kaizen_chat",
    "kaizen_discord",
    "kaizen_web",
    "kaizen_server",
    "discord_sim",
];

/// Is this one of our own crates?
fn is_ours(metadata: &Metadata<'_>) -> bool {
    let root = metadata.target().split("::").next().unwrap_or_default();
    OURS.contains(&root)
}

/// A layer that writes what is ours, at `level` and above, to `writer`.
fn layer<S, W>(log: Log, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> tracing_subscriber::fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = filter_fn(is_ours).and(LevelFilter::from_level(log.level.0));
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    match log.format {
        LogFormat::Text => layer.with_filter(filter).boxed(),
        LogFormat::Json => layer.json().with_filter(filter).boxed(),
    }
}

/// Begins to log. A second call in one process (tests) changes nothing.
pub fn begin(log: Log) {
    let subscriber = tracing_subscriber::registry().with(layer(log, std::io::stderr));
    // Somebody else has set one: theirs stays.
    drop(tracing::subscriber::set_global_default(subscriber));
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing::Level;

    use super::*;
    use crate::config::LogLevel;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(log: Log, what: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = page.clone();
        let subscriber = tracing_subscriber::registry().with(layer(log, move || writer.clone()));
        tracing::subscriber::with_default(subscriber, what);
        String::from_utf8(page.0.lock().unwrap().clone()).unwrap()
    }

    fn everything() {
        let theirs = tracing::trace_span!(target: "serenity::http", "request", body = "her words").entered();
        tracing::error!(target: "serenity::gateway", "her words");
        tracing::error!(target: "sqlx::query", "her words");
        tracing::error!(target: "kaizenish", "her words");
        tracing::info!(target: "kaizen_discord::rest", "ours");
        tracing::trace!(target: "discord_sim", "finest");
        drop(theirs);
    }

    #[test]
    fn expect_only_our_own_words_at_every_level() {
        for level in [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR] {
            for format in [LogFormat::Text, LogFormat::Json] {
                let page = written(Log { format, level: LogLevel(level) }, everything);
                assert!(!page.contains("her words"), "{level}: {page}");
                assert_eq!(page.contains("ours"), level >= Level::INFO, "{level}: {page}");
                assert_eq!(page.contains("finest"), level == Level::TRACE, "{level}: {page}");
            }
        }
    }
}
