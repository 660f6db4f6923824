//! A private PostgreSQL for one run of the tests: a cluster in a temporary folder, reached by a socket in it, with the
//! durability settings of a new installation. One cluster a process, one database a test.
//!
//! A shell beside us keeps it: when our end of its pipe closes, because we are done or were killed, it stops the server and
//! removes the folder.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where Debian's packages put the server.
const DEBIAN: &str = "/usr/lib/postgresql";

/// PostgreSQL refuses to run as root; this is the user `nobody`.
const NOBODY: u32 = 65534;

/// Begins the server, says so, waits for the end of its input, ends the server.
const KEEPER: &str = r#"
    trap '' INT TERM HUP
    "$BIN/initdb" --pgdata="$DATA/data" --username=kaizen --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$DATA/log" 2>&1 &&
    "$BIN/pg_ctl" --pgdata="$DATA/data" --log="$DATA/log" --wait --silent \
        --options="-c listen_addresses='' -c unix_socket_directories='$DATA' -c max_connections=300" start >>"$DATA/log" 2>&1 &&
    echo ready || { cat "$DATA/log"; exit 1; }
    read -r _
    "$BIN/pg_ctl" --pgdata="$DATA/data" --mode=immediate --silent stop >>"$DATA/log" 2>&1
    rm -rf "$DATA"
"#;

/// The running server.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    bin: PathBuf,
    _keeper: Child,
    made: AtomicU32,
}

/// The server of this process, started at first use.
///
/// # Panics
/// When it cannot be started: a test that needs PostgreSQL fails without it.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Cluster {
    fn start() -> Cluster {
        let bin = server_binaries();
        let folder =
            tempfile::Builder::new().prefix("kaizen-postgres-").tempdir().expect("a temporary folder").keep();
        let mut keeper = Command::new("/bin/sh");
        keeper
            .args(["-c", KEEPER])
            .env("BIN", &bin)
            .env("DATA", &folder)
            .current_dir(&folder)
            .process_group(0);
        keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        if is_root() {
            std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY))
                .expect("root gives the folder away");
            keeper.uid(NOBODY).gid(NOBODY);
        }
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))
            .expect("the folder is ours");
        let mut keeper = keeper.spawn().expect("a shell");
        let mut said = BufReader::new(keeper.stdout.take().expect("its output is piped"));
        let mut line = String::new();
        said.read_line(&mut line).expect("the shell says how it went");
        if line.trim() != "ready" {
            said.read_to_string(&mut line).expect("the shell says why");
            panic!("PostgreSQL did not start:\n{line}");
        }
        Cluster { folder, bin, _keeper: keeper, made: AtomicU32::new(0) }
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://kaizen@localhost/{database}?host={}", self.folder.display())
    }

    /// Runs a statement as the cluster's owner: to take a database away from a program, and give it back.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn execute(&self, statement: &str) {
        self.execute_in("postgres", statement);
    }

    /// Runs a statement in a database, and waits until it is done.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn execute_in(&self, database: &str, statement: &str) {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.arg("--host").arg(&self.folder).args([
            "--username",
            "kaizen",
            "--dbname",
            database,
            "--command",
            statement,
        ]);
        let output = psql.output().expect("psql runs");
        assert!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Runs the statements of a file in a database, all of them or none.
    ///
    /// # Panics
    /// When the server refuses one.
    pub fn run_file_in(&self, database: &str, file: &Path) {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.arg("--host").arg(&self.folder).args(["--username", "kaizen", "--dbname", database]);
        psql.args(["--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--file"]);
        let output = psql.arg(file).output().expect("psql runs");
        assert!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes a new database, as a copy of `template` if one is given, and returns its name.
    ///
    /// # Panics
    /// When the server refuses, for example while somebody is connected to the template.
    pub fn create_database(&self, template: Option<&str>) -> String {
        let name = format!("test_{}", self.made.fetch_add(1, Ordering::Relaxed));
        let mut create = Command::new(self.bin.join("createdb"));
        create.arg("--host").arg(&self.folder).args(["--username", "kaizen"]);
        if let Some(template) = template {
            create.args(["--template", template]);
        }
        let output = create.arg(&name).output().expect("createdb runs");
        assert!(output.status.success(), "createdb: {}", String::from_utf8_lossy(&output.stderr));
        name
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// The newest server of Debian's packages.
fn server_binaries() -> PathBuf {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|v| Some((v.file_name().to_str()?.parse().ok()?, v.path().join("bin"))))
        .filter(|(_, bin)| ["initdb", "pg_ctl", "postgres"].iter().all(|b| Path::new(bin).join(b).exists()))
        .collect();
    found.sort();
    match found.pop() {
        Some((_, bin)) => bin,
        None => panic!("no PostgreSQL server under {DEBIAN}: install Debian's package `postgresql`"),
    }
}
