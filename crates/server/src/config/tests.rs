use super::*;
use secrecy::ExposeSecret;

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn with(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::layered(Some((Path::new("kaizen.toml"), file)), env(environment))
}

fn refused(file: &str, environment: &[(&str, &str)]) -> String {
    with(file, environment).unwrap_err().to_string()
}

#[test]
fn expect_the_defaults_of_the_domain() {
    let config = with("", &[]).unwrap();
    assert_eq!(config.times, Times::default());
    assert_eq!(config.incident_times.take_up, Wait::WorkingDays { days: 2 });
    assert_eq!(config.discord.register, Register::Global);
    assert_eq!(config.discord.shards, Shards::Auto);
    assert_eq!(config.database.to_string(), "SQLite, kaizen.db");
    assert!(config.discord.token.is_none());
    assert!(config.discord.api_base.is_none());
    assert_eq!(config.log.level, LogLevel(tracing::Level::INFO));
}

#[test]
fn expect_the_example_for_production_to_be_readable() {
    // Its token file does not exist here; everything else must be right.
    let example = include_str!("../../../../config/production.example.toml");
    let refusal = refused(example, &[]);
    assert!(refusal.starts_with("/run/secrets/kaizen-token cannot be read"), "{refusal}");
}

#[test]
fn expect_environment_over_file_over_default() {
    let file = "[times]\nacknowledge = \"5s\"\ndecide = \"36h\"\n[log]\nlevel = \"debug\"";
    let config = with(file, &[("KAIZEN__TIMES__DECIDE", "1 working day"), ("PATH", "/bin")]).unwrap();
    assert_eq!(config.times.acknowledge, Wait::Calendar { seconds: 5 });
    assert_eq!(config.times.decide, Wait::WorkingDays { days: 1 });
    assert_eq!(config.times.answer, Times::default().answer);
    assert_eq!(config.log.level, LogLevel(tracing::Level::DEBUG));
}

#[test]
fn expect_unknown_keys_refused_with_the_nearest() {
    assert_eq!(
        refused("[discord]\ntokne = \"x\"", &[]),
        "kaizen.toml: there is no `discord.tokne`; did you mean `discord.token`?"
    );
    assert_eq!(refused("colour = \"red\"", &[]), "kaizen.toml: there is no `colour`");
    assert_eq!(
        refused("", &[("KAIZEN__DISCORD__TOKN_FILE", "x")]),
        "environment: there is no `KAIZEN__DISCORD__TOKN_FILE`; did you mean `KAIZEN__DISCORD__TOKEN_FILE`?"
    );
}

#[test]
fn expect_unusable_values_refused_with_their_key() {
    for (file, says) in [
        ("[times]\nanswer = \"soon\"", "`times.answer`: `soon` is not a duration"),
        ("[discord]\nshards = \"4-2/16\"", "`discord.shards`: `4-2/16` is neither"),
        ("[discord]\nregister = \"everywhere\"", "`discord.register`: `everywhere` is neither"),
        ("[discord]\napi_base = \"http://127.0.0.1:1/api/v10\"", "`discord.api_base`: must be an origin"),
        (
            "[database]\nurl = \"mysql://root:hunter2@h/db\"",
            "`database.url`: must begin with sqlite:// or postgres://",
        ),
        ("[web]\nlisten = \"8080\"", "`web.listen`: `8080` is not an address with a port"),
        ("[log]\nlevel = \"loud\"", "`log.level`: `loud` is none of"),
        ("[digest]\nschedule = \"on Mondays\"", "`digest.schedule`: "),
        ("[discord]\ntoken = \"hunter2 and more\"", "`discord.token`: a token is one word"),
        ("[log]\nlevel = [1]", "`log.level`: must be a text"),
    ] {
        let refusal = refused(file, &[]);
        assert!(refusal.starts_with(says), "{refusal}");
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }
}

#[test]
fn expect_a_broken_file_refused_without_showing_it() {
    let refusal = refused("[log]\n\n[discord]\ntoken = \"MTE.secret.value", &[]);
    assert!(refusal.starts_with("kaizen.toml, line 4: "), "{refusal}");
    assert!(!refusal.contains("secret"), "{refusal}");
}

#[test]
fn expect_secrets_in_no_debug_output() {
    let config = with(
        "[database]\nurl = \"postgres://kaizen:hunter2@db/kaizen\"",
        &[("KAIZEN__DISCORD__TOKEN", "MTE.secret.value")],
    )
    .unwrap();
    let shown = format!("{config:?} {config:#?} {}", config.database);
    assert!(!shown.contains("secret.value") && !shown.contains("hunter2"), "{shown}");
    assert_eq!(config.discord.token.unwrap().expose_secret(), "MTE.secret.value");
    assert_eq!(config.database.expose(), "postgres://kaizen:hunter2@db/kaizen");
}

#[test]
fn expect_the_token_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, "MTE.secret.value\n").unwrap();
    let path = path.display().to_string();
    let config = with("", &[("KAIZEN__DISCORD__TOKEN_FILE", &path)]).unwrap();
    assert_eq!(config.discord.token.unwrap().expose_secret(), "MTE.secret.value");

    let both = refused("", &[("KAIZEN__DISCORD__TOKEN_FILE", &path), ("KAIZEN__DISCORD__TOKEN", "other")]);
    assert_eq!(
        both,
        "`discord.token_file`: both discord.token and discord.token_file are set; set one of them"
    );

    std::fs::write(&path, " \n").unwrap();
    assert!(refused("", &[("KAIZEN__DISCORD__TOKEN_FILE", &path)]).ends_with("token is empty"));
}

#[test]
fn expect_sqlite_files_found() {
    let file = |url: &str| url.parse::<DatabaseUrl>().unwrap().sqlite_file();
    assert_eq!(file("sqlite://kaizen.db"), Some(PathBuf::from("kaizen.db")));
    assert_eq!(file("sqlite:///var/lib/kaizen.db?mode=rwc"), Some(PathBuf::from("/var/lib/kaizen.db")));
    assert_eq!(file("sqlite::memory:"), None);
    assert_eq!(file("postgres://h/db"), None);
}
