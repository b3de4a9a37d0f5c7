//! Embeds the rule files: writes a table of (path, text) over `rules/**/*.rego` into the build's output folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[expect(clippy::expect_used, reason = "a build script's only way to report")]
#[expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to build scripts through the environment"
)]
fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../rules");
    let root = root.canonicalize().unwrap_or(root);
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut table = String::from(
        "/// Path below `rules/` and text of every embedded file.\nstatic EMBEDDED_RULES: &[(&str, &str)] = &[\n",
    );
    for file in files {
        let relative = file.strip_prefix(&root).expect("found below it");
        let relative: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        writeln!(
            table,
            "    ({:?}, include_str!({:?})),",
            relative.join("/"),
            file.display().to_string()
        )
        .expect("a String takes it");
    }
    table.push_str("];\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it")).join("embedded_rules.rs");
    std::fs::write(out, table).expect("write the table of rules");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rego") {
            files.push(path);
        }
    }
}
