//! The walls of the house, read from cargo's own dependency graph: who may know whom.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Our own edges, normal dependencies only: exactly these.
const EDGES: &[(&str, &[&str])] = &[
    ("kaizen-domain", &[]),
    ("kaizen-workflow", &["kaizen-domain"]),
    ("kaizen-migrations", &[]),
    ("kaizen-storage", &["kaizen-domain", "kaizen-migrations", "kaizen-workflow"]),
    ("kaizen-chat", &["kaizen-domain", "kaizen-workflow"]),
    ("kaizen-discord", &["kaizen-chat", "kaizen-domain", "kaizen-workflow"]),
    ("kaizen-web", &["kaizen-domain", "kaizen-workflow"]),
    ("discord-sim", &[]),
    (
        "kaizen-server",
        &[
            "discord-sim",
            "kaizen-chat",
            "kaizen-discord",
            "kaizen-domain",
            "kaizen-storage",
            "kaizen-web",
            "kaizen-workflow",
        ],
    ),
];

/// Libraries that only some rooms may know.
const ONLY: &[(&str, &[&str])] = &[
    ("serenity", &["kaizen-discord"]),
    ("sea-orm", &["kaizen-storage"]),
    ("sea-orm-migration", &["kaizen-migrations"]),
    ("twilight-model", &["discord-sim"]),
    ("twilight-validate", &["discord-sim"]),
    ("axum", &["discord-sim", "kaizen-server", "kaizen-web"]),
    ("clap", &["kaizen-server"]),
];

/// What the pure rules may stand on: nothing that can do I/O.
const DOMAIN: &[&str] = &["chrono", "chrono-tz", "serde", "serde_json", "thiserror"];

/// Every workspace member with its direct normal dependencies.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo can read its own workspace");
    metadata
        .packages
        .into_iter()
        .map(|p| {
            let deps =
                p.dependencies.into_iter().filter(|d| d.kind == DependencyKind::Normal).map(|d| d.name);
            (p.name.to_string(), deps.collect())
        })
        .collect()
}

#[test]
fn expect_our_own_edges_and_no_others() {
    let graph = graph();
    for (room, may) in EDGES {
        let ours: Vec<&str> = graph[*room]
            .iter()
            .map(String::as_str)
            .filter(|d| d.starts_with("kaizen-") || *d == "discord-sim")
            .filter(|d| !may.contains(d))
            .collect();
        assert!(ours.is_empty(), "{room} must not depend on {ours:?}; see ARCHITECTURE.md, \"Walls\"");
    }
    let known: BTreeSet<&str> = EDGES.iter().map(|(room, _)| *room).chain(["kaizen-tests"]).collect();
    let unknown: Vec<&String> = graph.keys().filter(|k| !known.contains(k.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?} need a place in ARCHITECTURE.md and here");
}

#[test]
fn expect_libraries_only_where_they_belong() {
    let graph = graph();
    for (library, rooms) in ONLY {
        let elsewhere: Vec<&String> = graph
            .iter()
            .filter(|(room, deps)| {
                deps.contains(*library) && !rooms.contains(&room.as_str()) && *room != "kaizen-tests"
            })
            .map(|(room, _)| room)
            .collect();
        assert!(elsewhere.is_empty(), "{library} belongs to {rooms:?} only, not to {elsewhere:?}");
    }
}

#[test]
fn expect_pure_rules_without_io() {
    let more: Vec<String> = graph()
        .remove("kaizen-domain")
        .unwrap_or_default()
        .into_iter()
        .filter(|d| !DOMAIN.contains(&d.as_str()))
        .collect();
    assert!(more.is_empty(), "the domain must not depend on {more:?}");
}
