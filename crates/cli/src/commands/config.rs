//! `config check|show|schema`.

use std::path::Path;
use std::process::ExitCode;

use security_monkey_notifier::without_user;
use security_monkey_store::without_password;

use crate::arguments::ConfigAction;
use crate::compose::Process;
use crate::config::{Config, mistakes};
use crate::output::outln;

pub(super) fn run(process: &Process, file: Option<&Path>, action: &ConfigAction) -> anyhow::Result<ExitCode> {
    match action {
        ConfigAction::Show => {
            outln!("{}", toml::to_string_pretty(&presentable(&process.config))?.trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
        ConfigAction::Check => check(process, file),
        ConfigAction::Schema => schema(),
    }
}

/// The configuration without the secrets that URLs can carry: what is shown ends in tickets and logs. No other member holds one.
fn presentable(config: &Config) -> Config {
    let mut shown = config.clone();
    shown.database.url = without_password(&shown.database.url);
    shown.notify.webhook.proxy = shown.notify.webhook.proxy.as_deref().map(without_user);
    shown
}

/// Prints the JSON Schema of the configuration file.
pub(crate) fn schema() -> anyhow::Result<ExitCode> {
    outln!("{}", serde_json::to_string_pretty(&schemars::schema_for!(Config))?)?;
    Ok(ExitCode::SUCCESS)
}

/// Everything that can be checked without a network: that the file itself can be read is known when we come here.
fn check(process: &Process, file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let text = match file {
        Some(file) => Some(std::fs::read_to_string(file)?),
        None => None,
    };
    let source = file.zip(text.as_deref());
    let mut errors: Vec<String> = Vec::new();
    let (technologies, broken, unread) = match process.all_technologies() {
        Ok((technologies, broken)) => (technologies, broken, None),
        // The rest is checked against ours: without them every rule would be wrong.
        Err(error) => (Process::built_in_technologies(), Vec::new(), Some(error)),
    };
    errors.extend(broken.iter().map(ToString::to_string));
    let known: Vec<_> = technologies.all().map(|technology| technology.id()).collect();
    let mistakes = mistakes(&process.config, &known);
    // A folder that is not there is among the mistakes.
    if let Some(error) = unread.filter(|_| !mistakes.iter().any(|mistake| mistake.is_at("extend.technologies"))) {
        errors.push(format!("{error:#}"));
    }
    let mut rules_count = 0;
    match process.all_rules(&technologies) {
        Ok((rules, broken)) => {
            rules_count = rules.rules().len();
            errors.extend(broken.iter().map(ToString::to_string));
        }
        Err(_) if mistakes.iter().any(|mistake| mistake.is_at("extend.rules")) => {}
        Err(error) => errors.push(format!("{error:#}")),
    }
    if let Err(error) = process.channels()
        && !mistakes.iter().any(|mistake| mistake.is_at("notify"))
    {
        errors.push(format!("{error:#}"));
    }
    errors.extend(mistakes.iter().map(|mistake| mistake.shown(source)));
    match (file, errors.is_empty()) {
        (Some(file), true) => outln!("ok: {}", file.display())?,
        (None, true) => outln!("ok: no configuration file; defaults are in force")?,
        (_, false) => {}
    }
    for error in &errors {
        outln!("error: {error}")?;
    }
    outln!("{} technologies, {rules_count} rules", technologies.len())?;
    Ok(if errors.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
