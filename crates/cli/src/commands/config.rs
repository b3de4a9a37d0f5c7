//! `config check|show|schema`.

use std::path::Path;
use std::process::ExitCode;

use crate::arguments::ConfigAction;
use crate::compose::Process;
use crate::config::Config;
use crate::output::outln;

pub(super) fn run(process: &Process, file: Option<&Path>, action: &ConfigAction) -> anyhow::Result<ExitCode> {
    match action {
        ConfigAction::Show => {
            outln!("{}", toml::to_string_pretty(&process.config)?.trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
        ConfigAction::Check => check(process, file),
        ConfigAction::Schema => schema(),
    }
}

/// Prints the JSON Schema of the configuration file.
pub(crate) fn schema() -> anyhow::Result<ExitCode> {
    outln!("{}", serde_json::to_string_pretty(&schemars::schema_for!(Config))?)?;
    Ok(ExitCode::SUCCESS)
}

/// Everything that can be checked without a network: the file itself is already read when we come here.
fn check(process: &Process, file: Option<&Path>) -> anyhow::Result<ExitCode> {
    match file {
        Some(file) => outln!("ok: {}", file.display())?,
        None => outln!("ok: no configuration file; defaults are in force")?,
    }
    let (technologies, broken_technologies) = process.all_technologies()?;
    let (rules, broken_rules) = process.all_rules(&technologies)?;
    for error in &broken_technologies {
        outln!("error: {error}")?;
    }
    for error in &broken_rules {
        outln!("error: {error}")?;
    }
    process.technologies()?;
    process.channels()?;
    outln!("{} technologies, {} rules", technologies.len(), rules.rules().len())?;
    Ok(if broken_technologies.is_empty() && broken_rules.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
