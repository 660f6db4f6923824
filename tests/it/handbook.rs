//! What the handbook promises to name is named there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The root of the project.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every name in quotes that begins with `kaizen_`, without those of our own crates.
fn measured() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    let mut names = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source");
        for rest in text.split("\"kaizen_").skip(1) {
            if let Some((name, _)) = rest.split_once('"')
                && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            {
                names.insert(format!("kaizen_{name}"));
            }
        }
    }
    let crates = std::fs::read_dir(root().join("crates")).expect("our crates");
    let rooms = crates.map(|c| format!("kaizen_{}", c.expect("a crate").file_name().to_string_lossy()));
    let rooms: BTreeSet<String> = rooms.chain(["kaizen_migrations".to_owned()]).collect();
    names.difference(&rooms).cloned().collect()
}

#[test]
fn expect_the_operators_page_to_name_all_that_is_measured() {
    let page = std::fs::read_to_string(root().join("docs/handbook/operators.md")).expect("the page");
    let measured = measured();
    assert!(measured.contains("kaizen_commands_total") && measured.len() > 25, "{measured:?}");
    let named = |name: &&String| page.contains(&format!("`{name}`")) || page.contains(&format!("`{name}{{"));
    let missing: Vec<&String> = measured.iter().filter(|name| !named(name)).collect();
    assert!(missing.is_empty(), "not in docs/handbook/operators.md: {missing:?}");
}
