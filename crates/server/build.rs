//! Embeds the user interface: lists every file of `web/dist` for `src/ui.rs` to include. When it has not been built (a
//! checkout where only Rust is compiled), one page that says how to build it is embedded instead.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Security Monkey</title>\
<h1>Security Monkey</h1><p>This binary was built without the user interface. Run <code>make build</code>.</p>\
<p>The API is at <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>.</p></html>\n";

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo hands a build script its paths in the environment"
)]
fn path_from_cargo(name: &str) -> Result<PathBuf, std::env::VarError> {
    std::env::var(name).map(PathBuf::from)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dist = path_from_cargo("CARGO_MANIFEST_DIR")?.join("../../web/dist");
    let out = path_from_cargo("OUT_DIR")?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    collect(&dist, &mut files)?;
    if !files.iter().any(|file| *file == dist.join("index.html")) {
        let placeholder = out.join("index.html");
        std::fs::write(&placeholder, PLACEHOLDER)?;
        return write_list(&out, &[("index.html".to_owned(), placeholder)]);
    }
    files.sort();
    let mut named = Vec::with_capacity(files.len());
    for file in files {
        let name = file.strip_prefix(&dist)?.to_string_lossy().replace('\\', "/");
        named.push((name, file.canonicalize()?));
    }
    write_list(&out, &named)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_none_or(|extension| extension != "map") {
            files.push(path);
        }
    }
    Ok(())
}

fn write_list(out: &Path, files: &[(String, PathBuf)]) -> Result<(), Box<dyn std::error::Error>> {
    let mut list = String::from("&[\n");
    for (name, path) in files {
        writeln!(
            list,
            "    ({name:?}, include_bytes!({:?}) as &[u8]),",
            path.display().to_string()
        )?;
    }
    list.push_str("]\n");
    std::fs::write(out.join("ui_files.rs"), list)?;
    Ok(())
}
