//! One module per command. Each takes the process and its own arguments, and answers with an exit code.

mod accounts;
pub(crate) mod config;
mod database;
mod history;
mod iam_policy;
mod interruption;
mod policy;
mod rules;
mod scan;
mod serve;
mod technologies;
mod users;

use std::path::PathBuf;
use std::process::ExitCode;

use crate::arguments::Command;
use crate::compose::Process;
use crate::demo;

pub(crate) use serve::{Place, Serving, serve_until_stopped};

/// A second Ctrl-C.
#[derive(Debug, thiserror::Error)]
#[error("stopped at once; what was recorded before stays")]
pub(crate) struct StoppedAtOnce;

pub(crate) async fn run(process: Process, file: Option<PathBuf>, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(arguments) => serve::run(process, file, arguments).await,
        Command::Scan(arguments) => scan::run(&process, arguments).await,
        Command::Accounts { action } => accounts::run(&process, action).await,
        Command::Users { action } => users::run(&process, action).await,
        Command::Technologies { action } => technologies::run(&process, &action),
        Command::Rules { action } => rules::run(&process, action),
        Command::History(arguments) => history::history(&process, arguments).await,
        Command::Diff(arguments) => history::diff(&process, &arguments).await,
        Command::Db { action } => database::run(&process, &action).await,
        Command::IamPolicy(arguments) => iam_policy::run(&process, &arguments),
        Command::Policy { action } => policy::run(&action),
        Command::Config { action } => config::run(&process, file.as_deref(), &action),
        Command::Demo(arguments) => demo::run(process, arguments).await,
    }
}
