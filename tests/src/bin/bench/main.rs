//! The load bench: what the program costs, measured on the program itself in a process of its own, against a local Discord
//! without rate limits in this process.
//!
//! ```text
//! cargo run --release -p kaizen-tests --bin bench                  everything, on both databases: about five minutes
//! cargo run --release -p kaizen-tests --bin bench -- sqlite 5      one database, five seconds of load
//! cargo run --release -p kaizen-tests --bin bench -- 5 1000        with 1,000 ideas stored instead of 10,000
//! cargo run --release -p kaizen-tests --bin bench -- due 10000     so many ideas fall due in the same minute ([`due`])
//! cargo run --release -p kaizen-tests --bin bench -- brief 100000  `/brief` with so many lessons of one kind ([`brief`])
//! ```
//!
//! `KAIZEN_BENCH_PROGRAM` measures another build than the one that this builds.

mod brief;
mod due;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use discord_sim::{Exchange, Recording, Sim, SimConfig, Strictness};
use kaizen_domain::Wait;
use kaizen_domain::suggestion::next_timer;
use kaizen_storage::{Database, Options};
use kaizen_tests::Base;
use kaizen_tests::base::Fresh;
use kaizen_tests::hospital::{GUILD, WORKSPACE, seed};
use kaizen_tests::load::{card_of, recorded_as};
use kaizen_tests::process::{Launch, Program};
use kaizen_tests::world::apply_workspace;
use kaizen_workflow::clock::{Clock, ManualClock, SystemClock, pause};
use kaizen_workflow::digest::Schedule;
use kaizen_workflow::engine::Engine;
use kaizen_workflow::ports::{Commit, ItemCommit, Outbox, Queries, Store};
use serde_json::json;

/// Suggestions a second.
const RATE: u32 = 200;
/// Suggestions a second while processor time is measured: three calls each, within the platform's 50 a second.
const CALM_RATE: u32 = 15;
/// For how long.
const CALM_SECONDS: u32 = 20;
/// How long there are 200 a second whose deliveries are counted too.
const BURST_SECONDS: u32 = 3;
/// For how long, unless the command line says otherwise.
const SECONDS: u32 = 30;
/// Ideas that are stored when the start is measured, unless the command line says otherwise.
const STORED: u32 = 10_000;
/// Lessons that are stored when briefings are measured, unless the command line says otherwise.
const LESSONS: u32 = 100_000;
/// Starts that are measured.
const STARTS: usize = 5;
/// Who suggests.
const AUTHORS: [&str; 5] = ["sam", "ines", "noor", "rita", "otto"];
/// How long anything may take before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long the program is left alone before its memory at rest is read.
const REST: Duration = Duration::from_secs(10);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("the system gives threads");
    if let [word, url, at, name] = arguments.as_slice()
        && word == due::WORKER
    {
        return runtime.block_on(Box::pin(due::work(url, at, name)));
    }
    let mut numbers = arguments.iter().filter_map(|a| a.parse().ok());
    let seconds: u32 = numbers.next().unwrap_or(SECONDS);
    let stored = numbers.next().unwrap_or(STORED);
    let only = |name: &str| arguments.iter().any(|a| a == name);
    let bases: Vec<Base> = [(Base::Sqlite, "postgres"), (Base::Postgres, "sqlite")]
        .into_iter()
        .filter(|(_, other)| !only(other))
        .map(|(base, _)| base)
        .collect();
    println!("{}\n", machine());
    if only("due") {
        let many = arguments.iter().filter_map(|a| a.parse().ok()).max().unwrap_or(STORED);
        println!("| {many} ideas due in the same minute | {} |", names(&bases));
        println!("|---|{}", "---|".repeat(bases.len()));
        let columns: Vec<_> =
            bases.into_iter().map(|base| runtime.block_on(Box::pin(due::measure(base, many)))).collect();
        return table(&columns);
    }
    if only("brief") {
        let many = arguments.iter().filter_map(|a| a.parse().ok()).max().unwrap_or(LESSONS);
        println!("| {many} lessons of one kind of work | {} |", names(&bases));
        println!("|---|{}", "---|".repeat(bases.len()));
        let columns: Vec<_> =
            bases.into_iter().map(|base| runtime.block_on(Box::pin(brief::measure(base, many)))).collect();
        return table(&columns);
    }
    let program = program();
    println!("| {RATE} suggestions a second for {seconds} s | {} |", names(&bases));
    println!("|---|{}", "---|".repeat(bases.len()));
    let mut columns: Vec<Vec<(&str, String)>> = Vec::new();
    for base in bases {
        let bench = Box::pin(Bench::of(base, program.clone(), (seconds, stored)));
        columns.push(runtime.block_on(bench));
    }
    table(&columns);
}

fn table(columns: &[Vec<(&str, String)>]) {
    let Some(first) = columns.first() else { return };
    for (row, (name, _)) in first.iter().enumerate() {
        let values: Vec<&str> = columns.iter().map(|c| c[row].1.as_str()).collect();
        println!("| {name} | {} |", values.join(" | "));
    }
}

fn names(bases: &[Base]) -> String {
    let name = |base: &Base| match base {
        Base::Sqlite => "SQLite",
        Base::Postgres => "PostgreSQL",
    };
    bases.iter().map(name).collect::<Vec<_>>().join(" | ")
}

/// The release build of `kaizen`, made now unless another one is given.
fn program() -> PathBuf {
    if let Some(given) = std::env::var_os("KAIZEN_BENCH_PROGRAM") {
        return PathBuf::from(given);
    }
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built =
        Command::new(cargo).args(["build", "--release", "-p", "kaizen-server", "--bin", "kaizen"]).status();
    assert!(built.is_ok_and(|s| s.success()), "the program is built");
    std::env::current_exe().expect("the bench knows where it is").with_file_name("kaizen")
}

/// What it was measured on.
fn machine() -> String {
    let line = |file: &str, key: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let value = text.lines().find(|l| l.starts_with(key)).and_then(|l| l.split_once(':'));
        value.map_or_else(|| "unknown".to_owned(), |(_, v)| v.trim().to_owned())
    };
    let version = |program: &str| {
        let said = Command::new(program).arg("--version").output().map(|o| o.stdout).unwrap_or_default();
        String::from_utf8_lossy(&said).trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let (model, memory) = (line("/proc/cpuinfo", "model name"), line("/proc/meminfo", "MemTotal"));
    let (rustc, postgres) = (version("rustc"), version("postgres"));
    format!("{cores} cores of {model}, {memory} of memory; {rustc}; {postgres}")
}

/// One database's measurements.
struct Bench {
    _fresh: Fresh,
    db: Database,
    sim: Sim,
    launch: Launch,
    suggested: usize,
}

/// What the system knows of a process.
#[derive(Debug, Clone, Copy)]
struct Usage {
    /// Processor time, its own and the kernel's for it.
    cpu: Duration,
    /// Resident memory in MiB.
    resident: f64,
    /// The most that it ever was.
    peak: f64,
}

impl Usage {
    fn of(program: &Program) -> Usage {
        let folder = PathBuf::from(format!("/proc/{}", program.id()));
        let stat = std::fs::read_to_string(folder.join("stat")).expect("the program runs");
        // The name in brackets may hold spaces; utime and stime are the 14th and 15th of all fields.
        let (_, after) = stat.rsplit_once(')').expect("a name in brackets");
        let fields: Vec<u64> =
            after.split_whitespace().skip(11).take(2).filter_map(|f| f.parse().ok()).collect();
        let status = std::fs::read_to_string(folder.join("status")).expect("the program runs");
        let mib = |key: &str| {
            let line = status.lines().find(|l| l.starts_with(key)).expect("the key is there");
            let kib: f64 = line.split_whitespace().nth(1).and_then(|v| v.parse().ok()).expect("a number");
            kib / 1024.0
        };
        // The kernel counts in hundredths of a second.
        Usage {
            cpu: Duration::from_millis(fields.iter().sum::<u64>() * 10),
            resident: mib("VmRSS:"),
            peak: mib("VmHWM:"),
        }
    }
}

impl Bench {
    async fn of(base: Base, program: PathBuf, (seconds, stored): (u32, u32)) -> Vec<(&'static str, String)> {
        let mut rows = Rows::default();
        let mut first = Bench::open(base, &program).await;
        Box::pin(first.at_work(seconds, &mut rows)).await;
        first.close().await;
        let mut second = Bench::open(base, &program).await;
        Box::pin(second.well_filled(stored as usize, &mut rows)).await;
        second.close().await;
        rows.0
    }

    async fn open(base: Base, program: &Path) -> Bench {
        let fresh = Fresh::make(base).await;
        let db = fresh.open(Options::default()).await;
        apply_workspace(&db, WORKSPACE).await;
        let mut config = SimConfig::new(seed());
        config.strictness = Strictness { recording: Recording::Counters, ..Strictness::unlimited() };
        let sim = Sim::start(config).await.expect("the local Discord starts");
        let launch = Launch::new(program, &sim, &fresh.url);
        Bench { _fresh: fresh, db, sim, launch, suggested: 0 }
    }

    async fn close(self) {
        self.db.close().await;
        self.sim.stop();
    }

    /// A new database, and people who suggest.
    async fn at_work(&mut self, seconds: u32, rows: &mut Rows) {
        let running = self.start().await.0;
        pause(REST).await;
        let rest = Usage::of(&running);
        rows.add(("resident at rest, empty database (≤ 24 MiB)", format!("{:.1} MiB", rest.resident)));

        // As fast as the platform takes what follows from it: 50 calls a second.
        let (before, calls) = (Usage::of(&running), self.sim.global_calls());
        let ideas = CALM_RATE * CALM_SECONDS;
        self.suggest(CALM_RATE, ideas as usize).await;
        self.drain().await;
        let cpu = Usage::of(&running).cpu - before.cpu;
        let each = |total: f64| total / f64::from(ideas);
        rows.add((
            "processor time for a suggestion at 15 a second, deliveries included (≤ 1.5 ms)",
            format!("{:.2} ms", each(cpu.as_secs_f64() * 1000.0)),
        ));
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let counted = (self.sim.global_calls() - calls) as f64;
        rows.add(("calls that count, for a suggestion (≤ 3)", format!("{:.2}", each(counted))));

        // What follows from 200 suggestions a second takes four times as long, and no more threads can stand than these.
        let before = Usage::of(&running);
        let ideas = RATE * BURST_SECONDS;
        self.suggest(RATE, ideas as usize).await;
        self.drain().await;
        let cpu = Usage::of(&running).cpu - before.cpu;
        rows.add((
            "processor time for a suggestion, 200 a second for 3 s, until everything is delivered (≤ 1.5 ms)",
            format!("{:.2} ms", cpu.as_secs_f64() * 1000.0 / f64::from(ideas)),
        ));

        let took = self.suggest(RATE, (RATE * seconds) as usize).await;
        rows.add((
            "INTERACTION_CREATE to callback: p50 / p99 / most (p99 ≤ 30 ms, none over 1 s)",
            format!(
                "{:.1} / {:.1} / {:.1} ms",
                took.percentile(50),
                took.percentile(99),
                took.percentile(100)
            ),
        ));
        rows.add(("not answered", took.unanswered.to_string()));
        let after = Usage::of(&running);
        rows.add(("resident at most under this load", format!("{:.1} MiB", after.peak)));
        running.kill().await;
    }

    /// A database with many ideas, and nobody at work.
    async fn well_filled(&mut self, stored: usize, rows: &mut Rows) {
        let running = self.start().await.0;
        rows.add((
            "200 presses of Me too in 10 s: edits of the card (≤ 6), and the count",
            self.me_too().await,
        ));
        self.store_more(stored.saturating_sub(self.suggested)).await;
        self.stop(running).await;

        let mut starts = Vec::new();
        for _ in 0..STARTS {
            let (program, took) = self.start().await;
            starts.push(took);
            self.stop(program).await;
        }
        starts.sort_unstable();
        let ms = |d: &Duration| d.as_secs_f64() * 1000.0;
        rows.add((
            "start to READY with 10,000 ideas: middle / most (≤ 300 ms)",
            format!(
                "{:.0} / {:.0} ms",
                starts.get(STARTS / 2).map_or(0.0, ms),
                starts.last().map_or(0.0, ms)
            ),
        ));
        let running = self.start().await.0;
        pause(REST).await;
        let begin = Usage::of(&running);
        pause(REST).await;
        let end = Usage::of(&running);
        rows.add(("resident at rest with 10,000 ideas (≤ 24 MiB)", format!("{:.1} MiB", end.resident)));
        let idle = (end.cpu - begin.cpu).as_secs_f64() / REST.as_secs_f64() * 1000.0;
        rows.add(("processor time at rest", format!("{idle:.1} ms a second")));
        self.stop(running).await;
        rows.add(("a look at 10,000 timers of which none is due", self.idle_sweep().await));
        rows.add(("a timer that fires", self.busy_sweep().await));
    }

    /// Starts the program; how long it took until the platform saw it.
    async fn start(&self) -> (Program, Duration) {
        let at = Instant::now();
        let program = self.launch.start();
        if let Err(why) = self.sim.wait_online(PATIENCE).await {
            panic!("{why}\n{}", self.launch.log());
        }
        let took = at.elapsed();
        let registered = |w: &discord_sim::World| !w.commands(Some(GUILD)).is_empty();
        self.sim.wait_until(registered, PATIENCE).await.expect("the commands are registered");
        (program, took)
    }

    async fn stop(&self, program: Program) {
        let status = program.stop(PATIENCE).await;
        assert!(status.success(), "the program stops in good order: {status}\n{}", self.launch.log());
        self.sim.wait_until(|w| !w.bot_online(), PATIENCE).await.expect("the platform sees it go");
    }

    /// So many suggestions, evenly spread, and their answers.
    async fn suggest(&mut self, rate: u32, count: usize) -> Took {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        let mut exchanges: Vec<Exchange> = Vec::with_capacity(count);
        for n in 0..count {
            ticks.tick().await;
            let author = self.sim.person(AUTHORS[n % AUTHORS.len()]);
            let idea = format!("{} no. {}", IDEAS[n % IDEAS.len()], self.suggested + n);
            let sent = author.slash("ward-3", "suggest", json!({ "idea": idea })).await;
            exchanges.push(sent.expect("the client sends it"));
        }
        let answers_until = Instant::now() + Duration::from_secs(4);
        while exchanges.iter().any(|e| e.latency().is_none()) && Instant::now() < answers_until {
            pause(Duration::from_millis(20)).await;
        }
        self.suggested += count;
        let mut latencies: Vec<Duration> = exchanges.iter().filter_map(Exchange::latency).collect();
        latencies.sort_unstable();
        Took { unanswered: count - latencies.len(), latencies }
    }

    /// More ideas in the database, of which nobody is told: the platform's limits would take minutes.
    async fn store_more(&mut self, count: usize) {
        let found = self.db.workspace(kaizen_domain::GuildId(GUILD)).await.expect("the database answers");
        let workspace = found.expect("the workspace is there");
        let one = kaizen_domain::Number(1);
        let stored =
            self.db.find(workspace.id, one).await.expect("the database answers").expect("there is K-1");
        let step = self
            .db
            .step(workspace.id, one, 1)
            .await
            .expect("the database answers")
            .expect("it has a history");
        let timer = next_timer(&stored.suggestion, &workspace.policy);
        let item = ItemCommit {
            number: None,
            expected: 0,
            after: stored.suggestion,
            events: vec![step.event],
            notices: Vec::new(),
            timer,
            redact: Vec::new(),
            answered_by: None,
            channel: None,
        };
        for _ in 0..count.div_ceil(500) {
            let items = vec![item.clone(); 500.min(count)];
            let commit = Commit { workspace: workspace.id, request: None, now: SystemClock.now(), items };
            self.db.commit(&commit).await.expect("the database takes it");
        }
        self.suggested += count;
    }

    async fn drain(&self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let depth = self.db.depth().await.expect("the database answers");
            if depth.pending == 0 {
                assert_eq!(depth.dead, 0, "something could not be delivered\n{}", self.launch.log());
                return;
            }
            assert!(
                Instant::now() < until,
                "the outbox does not get empty: {depth:?}\n{}",
                self.launch.log()
            );
            pause(Duration::from_millis(50)).await;
        }
    }

    async fn me_too(&mut self) -> String {
        let sent = self
            .sim
            .person("sam")
            .slash("ward-3", "suggest", json!({ "idea": "A clock in the corridor" }))
            .await;
        let text = sent.expect("the client sends it").text().await.expect("an answer");
        self.suggested += 1;
        let number = recorded_as(&text).expect("it is recorded");
        self.drain().await;
        let card = card_of(&self.sim, number).expect("the card is posted");
        let before = self.sim.message(card).map_or(0, |m| m.history.len());
        let pressing = ["ines", "mara", "noor", "cleo", "rita"];
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        let began = Instant::now();
        for press in 0..200_usize {
            ticks.tick().await;
            // 41 times for the first, 39 for the second, 40 for each of the others: two support it in the end.
            let who = if press == 1 { pressing[0] } else { pressing[press % 5] };
            let pressed = self.sim.person(who).press(card, "Me too").await.expect("there is a button");
            pressed.first().await;
        }
        let seconds = began.elapsed().as_secs_f64();
        self.drain().await;
        let message = self.sim.message(card).expect("the card stands");
        let right = message.all_text().lines().any(|l| l == "Supporters: 2");
        let count = if right { "right" } else { "WRONG" };
        format!("{} in {seconds:.1} s, {count}", message.history.len() - before)
    }

    async fn idle_sweep(&self) -> String {
        let now = SystemClock.now();
        let began = Instant::now();
        for _ in 0..100 {
            self.db.next_due().await.expect("the database answers");
            self.db.due(now, 100).await.expect("the database answers");
        }
        format!("{:.2} ms", began.elapsed().as_secs_f64() * 10.0)
    }

    /// All acknowledgements become half due at once: every timer fires, in this process.
    async fn busy_sweep(&self) -> String {
        let found = self.db.workspace(kaizen_domain::GuildId(GUILD)).await.expect("the database answers");
        let workspace = found.expect("the workspace is there");
        let wait: Wait = "2 working days".parse().expect("a time");
        let soon = workspace.policy.calendar(kaizen_domain::TeamId(1)).halfway(
            SystemClock.now(),
            workspace.policy.calendar(kaizen_domain::TeamId(1)).after(SystemClock.now(), wait),
        );
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(soon));
        let store: Arc<dyn Store> = Arc::new(self.db.clone());
        let queries: Arc<dyn Queries> = Arc::new(self.db.clone());
        let schedule = Schedule::parse(Schedule::DEFAULT).expect("the default can be read");
        let engine = Engine::new(store, queries, clock, schedule);
        let began = Instant::now();
        let swept = engine.run_due().await.expect("the database answers");
        let each = began.elapsed().as_secs_f64() * 1000.0 / f64::from(swept.fired.max(1));
        format!("{each:.2} ms ({} fired)", swept.fired)
    }
}

/// What was measured; told as it comes.
#[derive(Default)]
struct Rows(Vec<(&'static str, String)>);

impl Rows {
    fn add(&mut self, row: (&'static str, String)) {
        eprintln!("{}: {}", row.0, row.1);
        self.0.push(row);
    }
}

/// What a load took.
struct Took {
    /// In order.
    latencies: Vec<Duration>,
    unanswered: usize,
}

impl Took {
    /// In milliseconds.
    fn percentile(&self, percent: usize) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get(last * percent / 100).map_or(0.0, |d| d.as_secs_f64() * 1000.0)
    }
}

/// What people suggest. They share words, as real ideas do: looking for similar ones is part of the work.
const IDEAS: [&str; 8] = [
    "The supply room has no labels and we search for dressings every morning",
    "Put the spare batteries for the monitors beside the monitors",
    "One form for the handover instead of three that ask the same",
    "A mirror at the corner of the corridor, beds collide there",
    "Order gloves in size S on Thursdays, they are gone by Friday",
    "The printer at the desk jams with labels, move it to the office",
    "Start the morning round at the far end, breakfast comes there last",
    "A shelf for the wheelchairs, they block the fire door at night",
];
