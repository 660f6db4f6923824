//! The kinds of values that a configuration holds, each read strictly from the text that an operator writes.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};

/// Why a text is not a value of its kind, in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub String);

fn unusable<T>(why: impl Into<String>) -> Result<T, Unusable> {
    Err(Unusable(why.into()))
}

/// Where the data is. May hold a password, so it shows only its kind and place.
#[derive(Clone)]
pub struct DatabaseUrl(SecretString);

impl DatabaseUrl {
    /// The whole address, password included: for the driver only.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The file, if it is SQLite and not in memory.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let rest = self.expose().strip_prefix("sqlite:")?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let path = path.split('?').next().unwrap_or(path);
        if path.is_empty() || path == ":memory:" { None } else { Some(PathBuf::from(path)) }
    }
}

impl FromStr for DatabaseUrl {
    type Err = Unusable;

    fn from_str(s: &str) -> Result<Self, Unusable> {
        if ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| s.starts_with(scheme)) {
            Ok(DatabaseUrl(SecretString::from(s.to_owned())))
        } else {
            unusable("must begin with sqlite:// or postgres://")
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sqlite_file() {
            Some(file) => write!(f, "SQLite, {}", file.display()),
            None if self.expose().starts_with("sqlite:") => f.write_str("SQLite, in memory"),
            None => f.write_str("PostgreSQL"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// Where to listen; nowhere, if empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(pub Option<SocketAddr>);

impl FromStr for Listen {
    type Err = Unusable;

    fn from_str(s: &str) -> Result<Self, Unusable> {
        if s.is_empty() {
            return Ok(Listen(None));
        }
        match s.parse() {
            Ok(address) => Ok(Listen(Some(address))),
            Err(_) => unusable(format!("`{s}` is not an address with a port, like 127.0.0.1:8081")),
        }
    }
}

/// An address without a path: `https://discord.example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(pub String);

impl FromStr for Origin {
    type Err = Unusable;

    fn from_str(s: &str) -> Result<Self, Unusable> {
        let s = s.trim_end_matches('/');
        let rest = s.strip_prefix("https://").or_else(|| s.strip_prefix("http://"));
        match rest {
            Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => {
                Ok(Origin(s.to_owned()))
            }
            _ => unusable("must be an origin, like http://127.0.0.1:8787; /api/v10/... is appended"),
        }
    }
}

/// Where commands are registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    /// Once for all communities.
    Global,
    /// In each community by itself.
    Guild,
}

impl From<Register> for kaizen_discord::register::Register {
    fn from(register: Register) -> Self {
        match register {
            Register::Global => Self::Global,
            Register::Guild => Self::Guild,
        }
    }
}

impl FromStr for Register {
    type Err = Unusable;

    fn from_str(s: &str) -> Result<Self, Unusable> {
        match s {
            "global" => Ok(Register::Global),
            "guild" => Ok(Register::Guild),
            _ => unusable(format!("`{s}` is neither \"global\" nor \"guild\"")),
        }
    }
}

/// For whom the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// People.
    Text,
    /// Machines.
    Json,
}

impl FromStr for LogFormat {
    type Err = Unusable;

    fn from_str(s: &str) -> Result<Self, Unusable> {
        match s {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => unusable(format!("`{s}` is neither \"text\" nor \"json\"")),
        }
    }
}

/// How much is logged of our own doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLevel(pub tracing::Level);

impl FromStr for LogLevel {
    type Err = Unusable;

    fn from_str(s: &str) -> Result<Self, Unusable> {
        match s {
            "error" => Ok(LogLevel(tracing::Level::ERROR)),
            "warn" => Ok(LogLevel(tracing::Level::WARN)),
            "info" => Ok(LogLevel(tracing::Level::INFO)),
            "debug" => Ok(LogLevel(tracing::Level::DEBUG)),
            "trace" => Ok(LogLevel(tracing::Level::TRACE)),
            _ => unusable(format!("`{s}` is none of error, warn, info, debug, trace")),
        }
    }
}
