//! The configuration: embedded `config/default.toml` < a file < the environment, every key known, secrets kept secret.
//!
//! An operator types `KAIZEN__DISCORD__TOKEN=… kaizen run`, or writes `kaizen.toml`; a mistyped key is answered with the
//! nearest one that exists.

pub mod values;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use kaizen_domain::{Times, Wait};
use kaizen_workflow::digest::Schedule;
use secrecy::SecretString;

use crate::nearest::nearest;
pub use kaizen_discord::gateway::Shards;
pub use values::{DatabaseUrl, Listen, LogFormat, LogLevel, Origin, Register};

/// Every key with its default: what is read first, and the list of what is known.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// The file that is read when no other is named, if it is there.
pub const FILE: &str = "kaizen.toml";

const PREFIX: &str = "KAIZEN__";

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `discord.*`
    pub discord: Discord,
    /// `database.url`
    pub database: DatabaseUrl,
    /// `database.erasure_journal`: the file, if there is to be one.
    pub erasure_journal: Option<PathBuf>,
    /// `times.*`: the defaults of a new workspace.
    pub times: Times,
    /// `times.incident_*`
    pub incident_times: IncidentTimes,
    /// `digest.schedule`
    pub digest: Schedule,
    /// `web.*`
    pub web: Web,
    /// `metrics.listen`
    pub metrics_listen: Listen,
    /// `log.*`
    pub log: Log,
}

/// `discord.*`
#[derive(Debug, Clone)]
pub struct Discord {
    /// The bot's token, from `discord.token` or from the file that `discord.token_file` names.
    pub token: Option<SecretString>,
    /// Another API address.
    pub api_base: Option<Origin>,
    /// Where commands are registered.
    pub register: Register,
    /// Hear at once who comes and goes (a privileged intent).
    pub member_events: bool,
    /// The shards of this process.
    pub shards: Shards,
}

/// `times.incident_take_up` and `times.incident_analyse`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncidentTimes {
    /// Receipt to taken up.
    pub take_up: Wait,
    /// Receipt to analysed.
    pub analyse: Wait,
}

/// `web.*`
#[derive(Debug, Clone)]
pub struct Web {
    /// Where health, readiness and metrics are served.
    pub listen: Listen,
    /// The address under which others reach it.
    pub public_url: Option<String>,
}

/// `log.*`
#[derive(Debug, Clone, Copy)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// How much.
    pub level: LogLevel,
}

/// Why the configuration cannot be used. No value of a secret is ever in it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// A file is not TOML.
    #[error("{}, line {line}: {why}", path.display())]
    Syntax {
        /// Which.
        path: PathBuf,
        /// Where.
        line: usize,
        /// Why, without the line's content.
        why: String,
    },
    /// A key that does not exist.
    #[error("{origin}: there is no `{key}`{}", did_you_mean(nearest.as_deref()))]
    UnknownKey {
        /// The file, or "environment".
        origin: String,
        /// What was written.
        key: String,
        /// What may have been meant, written the same way.
        nearest: Option<String>,
    },
    /// A value that cannot be used.
    #[error("`{key}`: {why}")]
    Value {
        /// Which key.
        key: &'static str,
        /// Why.
        why: String,
    },
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default()
}

impl Config {
    /// Reads the layers: `file` if one is named, else `kaizen.toml` in the current directory if it is there; `environment`
    /// as the process has it.
    ///
    /// # Errors
    /// An unreadable file, an unknown key, an unusable value.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Config, ConfigError> {
        let file = match file {
            Some(path) => Some(read(path)?),
            None if Path::new(FILE).exists() => Some(read(Path::new(FILE))?),
            None => None,
        };
        Self::layered(file.as_ref().map(|(path, text)| (path.as_path(), text.as_str())), environment)
    }

    /// The same with the file's text at hand.
    ///
    /// # Errors
    /// An unknown key, an unusable value.
    pub fn layered(
        file: Option<(&Path, &str)>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Config, ConfigError> {
        let known = leaves(&parse(Path::new("default.toml"), DEFAULTS)?);
        let mut builder =
            config::Config::builder().add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml));
        if let Some((path, text)) = file {
            for key in leaves(&parse(path, text)?) {
                if !known.contains(&key) {
                    let nearest = nearest(&key, known.iter().map(String::as_str)).map(str::to_owned);
                    return Err(ConfigError::UnknownKey { origin: path.display().to_string(), key, nearest });
                }
            }
            builder = builder.add_source(config::File::from_str(text, config::FileFormat::Toml));
        }
        let environment = ours(environment, &known)?;
        builder = builder.add_source(
            config::Environment::with_prefix("KAIZEN")
                .prefix_separator("__")
                .separator("__")
                .source(Some(environment)),
        );
        // Sources are texts that were read above; what may be wrong in them is a value of another kind than expected.
        let layers = builder
            .build()
            .map_err(|_| ConfigError::Value { key: "", why: "the layers do not fit together".to_owned() })?;
        Self::read(&Layers(layers))
    }

    fn read(layers: &Layers) -> Result<Config, ConfigError> {
        let database: DatabaseUrl = layers.parsed("database.url")?;
        Ok(Config {
            erasure_journal: erasure_journal(&layers.text("database.erasure_journal")?, &database),
            discord: Discord {
                token: token(layers)?,
                api_base: layers.optional("discord.api_base")?,
                register: layers.parsed("discord.register")?,
                member_events: layers.parsed("discord.member_events")?,
                shards: layers.parsed("discord.shards")?,
            },
            database,
            times: Times {
                acknowledge: layers.parsed("times.acknowledge")?,
                decide: layers.parsed("times.decide")?,
                answer: layers.parsed("times.answer")?,
                implement: layers.parsed("times.implement")?,
                outcome_check: layers.parsed("times.outcome_check")?,
                escalate_again: layers.parsed("times.escalate_again")?,
                ..Times::default()
            },
            incident_times: IncidentTimes {
                take_up: layers.parsed("times.incident_take_up")?,
                analyse: layers.parsed("times.incident_analyse")?,
            },
            digest: Schedule::parse(&layers.text("digest.schedule")?)
                .map_err(|why| ConfigError::Value { key: "digest.schedule", why })?,
            web: Web { listen: layers.parsed("web.listen")?, public_url: layers.optional("web.public_url")? },
            metrics_listen: layers.parsed("metrics.listen")?,
            log: Log { format: layers.parsed("log.format")?, level: layers.parsed("log.level")? },
        })
    }
}

struct Layers(config::Config);

impl Layers {
    fn text(&self, key: &'static str) -> Result<String, ConfigError> {
        // The library's own message may quote the value; a secret must not come out that way.
        let text = self
            .0
            .get_string(key)
            .map_err(|_| ConfigError::Value { key, why: "must be a text".to_owned() })?;
        Ok(text.trim().to_owned())
    }

    fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, key: &'static str) -> Result<T, ConfigError> {
        self.text(key)?.parse().map_err(|e: T::Err| ConfigError::Value { key, why: e.to_string() })
    }

    fn optional<T: FromStr<Err: std::fmt::Display>>(
        &self,
        key: &'static str,
    ) -> Result<Option<T>, ConfigError> {
        if self.text(key)?.is_empty() { Ok(None) } else { self.parsed(key).map(Some) }
    }
}

/// Without a word about it, it lies beside the file of an SQLite database.
fn erasure_journal(named: &str, database: &DatabaseUrl) -> Option<PathBuf> {
    match named {
        "" => database.sqlite_file().map(|file| {
            let mut name = file.into_os_string();
            name.push(".erasures");
            PathBuf::from(name)
        }),
        "off" => None,
        path => Some(PathBuf::from(path)),
    }
}

fn token(layers: &Layers) -> Result<Option<SecretString>, ConfigError> {
    let (given, file) = (layers.text("discord.token")?, layers.text("discord.token_file")?);
    match (given.is_empty(), file.is_empty()) {
        (true, true) => Ok(None),
        (false, true) => Ok(Some(plausible("discord.token", &given)?)),
        (false, false) => Err(ConfigError::Value {
            key: "discord.token_file",
            why: "both discord.token and discord.token_file are set; set one of them".to_owned(),
        }),
        (true, false) => {
            let (path, text) = read(Path::new(&file))?;
            let token = text.trim();
            if token.is_empty() {
                let why = format!("{} is empty", path.display());
                return Err(ConfigError::Value { key: "discord.token_file", why });
            }
            Ok(Some(plausible("discord.token_file", token)?))
        }
    }
}

/// A token is one word. Two lines in the file, or a sentence in the environment, are a mistake that is better said at once
/// than by the platform.
fn plausible(key: &'static str, token: &str) -> Result<SecretString, ConfigError> {
    if token.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(ConfigError::Value {
            key,
            why: "a token is one word, without spaces or lines".to_owned(),
        });
    }
    Ok(SecretString::from(token.to_owned()))
}

fn read(path: &Path) -> Result<(PathBuf, String), ConfigError> {
    let path = path.to_owned();
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(why) => Err(ConfigError::Unreadable { path, why }),
    }
}

/// Reads TOML. The error names the line, and never shows it: a token may stand there.
pub(crate) fn parse(path: &Path, text: &str) -> Result<toml::Table, ConfigError> {
    text.parse::<toml::Table>().map_err(|e| {
        let before = e.span().map_or("", |span| text.get(..span.start).unwrap_or(text));
        let line = before.lines().count().max(1) + usize::from(before.ends_with('\n') && !before.is_empty());
        ConfigError::Syntax { path: path.to_owned(), line, why: e.message().to_owned() }
    })
}

/// The dotted names of all values; an empty table counts as one.
fn leaves(table: &toml::Table) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) if !inner.is_empty() => {
                names.extend(leaves(inner).into_iter().map(|rest| format!("{key}.{rest}")));
            }
            toml::Value::Table(_) => {}
            toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_) => names.push(key.clone()),
        }
    }
    names
}

/// The variables that are ours, each checked against the known keys.
fn ours(
    environment: impl IntoIterator<Item = (String, String)>,
    known: &[String],
) -> Result<HashMap<String, String>, ConfigError> {
    let mut ours = HashMap::new();
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let key = rest.to_lowercase().replace("__", ".");
        if !known.contains(&key) {
            let nearest = nearest(&key, known.iter().map(String::as_str));
            let nearest = nearest.map(|k| format!("{PREFIX}{}", k.to_uppercase().replace('.', "__")));
            return Err(ConfigError::UnknownKey { origin: "environment".to_owned(), key: name, nearest });
        }
        ours.insert(name, value);
    }
    Ok(ours)
}

#[cfg(test)]
mod tests;
