//! The dependency arrows of ARCHITECTURE.md, held over `cargo metadata`. An arrow that is not in this table is a defect.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Crate → our crates it may depend on (normal and build dependencies).
const ARROWS: [(&str, &[&str]); 11] = [
    ("model", &[]),
    ("iam", &[]),
    ("aws", &[]),
    ("watcher", &["model", "aws"]),
    ("auditor", &["model", "iam"]),
    ("notifier", &["model"]),
    ("store", &["model"]),
    (
        "engine",
        &["model", "aws", "watcher", "auditor", "iam", "notifier", "store"],
    ),
    ("server", &["model", "store", "engine"]),
    (
        "cli",
        &[
            "model", "aws", "watcher", "auditor", "iam", "notifier", "store", "engine", "server",
        ],
    ),
    ("testkit", &["model"]),
];

/// Outside crate (or prefix ending in `*`) → the only ones of ours that may depend on it.
const HOMES: [(&str, &[&str]); 13] = [
    ("sqlx*", &["store"]),
    ("axum*", &["server"]),
    ("tower*", &["server"]),
    ("utoipa*", &["server"]),
    ("aws-*", &["aws"]),
    ("clap*", &["cli"]),
    ("anyhow", &["cli", "testkit"]),
    ("regorus", &["auditor"]),
    ("lettre", &["notifier"]),
    ("reqwest", &["notifier"]),
    ("argon2", &["server"]),
    ("jiff", &["model", "iam", "aws"]),
    ("quick-xml", &["aws"]),
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
            "--manifest-path",
        ])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .expect("start cargo metadata");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

/// Crate (without the prefix) → names of its normal and build dependencies.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    metadata()["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| {
            let name = package["name"]
                .as_str()
                .expect("a name")
                .trim_start_matches("security-monkey-")
                .to_owned();
            let needs = package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
                .map(|dependency| dependency["name"].as_str().expect("a name").to_owned())
                .collect();
            (name, needs)
        })
        .collect()
}

#[test]
fn our_crates_depend_on_each_other_only_as_drawn() {
    let arrows: BTreeMap<_, _> = ARROWS.into_iter().collect();
    let mut wrong = Vec::new();
    for (name, needs) in dependencies() {
        if name == "tests" {
            continue;
        }
        let Some(allowed) = arrows.get(name.as_str()) else {
            wrong.push(format!(
                "{name} is not in the table of arrows; add it here and in ARCHITECTURE.md"
            ));
            continue;
        };
        for need in needs.iter().filter_map(|need| need.strip_prefix("security-monkey-")) {
            if !allowed.contains(&need) {
                wrong.push(format!("{name} → {need}"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that may not exist:\n{}", wrong.join("\n"));
}

#[test]
fn outside_crates_stay_in_their_homes() {
    let mut wrong = Vec::new();
    for (name, needs) in dependencies() {
        for need in &needs {
            for (pattern, homes) in HOMES {
                let matches = match pattern.strip_suffix('*') {
                    Some(prefix) => need.starts_with(prefix),
                    None => need == pattern,
                };
                if matches && !homes.contains(&name.as_str()) {
                    wrong.push(format!("{name} → {need} (belongs in {})", homes.join(", ")));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "dependencies outside their home:\n{}",
        wrong.join("\n")
    );
}

/// "Deliberately absent" of ARCHITECTURE.md.
#[test]
fn what_is_deliberately_absent_is() {
    const ABSENT: [(&str, &str); 9] = [
        ("aws-sdk-*", "no typed SDK crates for inventory"),
        ("diesel*", "no ORM"),
        ("sea-orm*", "no ORM"),
        ("sea-query*", "no query builder"),
        ("libloading", "no plugin ABI"),
        ("abi_stable", "no plugin ABI"),
        ("wasmtime*", "no plugin ABI"),
        ("moka", "no cache of what the store knows"),
        ("mockall", "real servers instead of mocks"),
    ];
    let mut wrong = Vec::new();
    for (name, needs) in dependencies() {
        for (pattern, why) in ABSENT {
            let found = needs.iter().filter(|need| match pattern.strip_suffix('*') {
                Some(prefix) => need.starts_with(prefix),
                None => *need == pattern,
            });
            wrong.extend(found.map(|need| format!("{name} → {need}: {why}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table that people read says what is held here.
#[test]
fn the_table_of_crates_in_the_architecture_is_this_one() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let rows: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [_, name, _, needs] = cells[..] else { return None };
            Some((name.strip_prefix('`')?.strip_suffix('`')?, needs.trim_end_matches(" |")))
        })
        .collect();
    assert_eq!(rows.len(), ARROWS.len(), "{rows:?}");
    for (name, allowed) in ARROWS {
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let parts = BTreeSet::from(["model", "iam", "aws", "watcher", "auditor", "notifier", "store"]);
        let said = match rows.get(name) {
            Some(&"–") => BTreeSet::new(),
            Some(&"all parts") => parts,
            Some(&"all") => parts.into_iter().chain(["engine", "server"]).collect(),
            Some(&"(dev only)") => continue,
            Some(list) => list.split(", ").collect(),
            None => panic!("{name} is not in ARCHITECTURE.md"),
        };
        assert_eq!(said, allowed, "{name}");
    }
}

#[test]
fn json_objects_stay_sorted_by_key() {
    // The canonical form of documents relies on serde_json's sorted map; one dependency that switches on
    // `preserve_order` would silently change every hash.
    let value: Value = serde_json::from_str(r#"{"b":1,"a":2}"#).expect("JSON");
    assert_eq!(value.to_string(), r#"{"a":2,"b":1}"#);
}
