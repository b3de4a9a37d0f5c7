//! The binary `security-monkey`: commands and composition, the only place that picks a store, a channel and a client.
//!
//! Exit codes: 0 done; 1 findings at or above `--fail-on`, failed tests, a broken history; 2 it could not be done;
//! 3 coverage gaps with `--fail-on-gaps`.

mod arguments;
mod commands;
mod compose;
mod config;
mod demo;
mod output;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Command, ConfigAction};
use crate::compose::Process;
use crate::config::{Config, ConfigSource, LogFormat, load};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        // A reader that went away (`| head`) is no error of ours.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", chain(&error));
            ExitCode::from(2)
        }
    }
}

#[tokio::main]
async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let environment = environment();
    if let Command::Config {
        action: ConfigAction::Schema,
    } = arguments.command
    {
        return commands::config::schema();
    }
    let source = ConfigSource {
        file: arguments.config.as_deref(),
        environment: &|name| environment.get(name).cloned(),
    };
    let (mut config, file) = load(&source)?;
    if let Some(url) = &arguments.database {
        config.database.url.clone_from(url);
    }
    start_log(&config, arguments.verbose, &arguments.command)?;
    // One TLS stack for everything that does not bring its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let process = Process { config, environment };
    commands::run(process, file, arguments.command).await
}

#[expect(clippy::disallowed_methods, reason = "the one place where the environment enters")]
fn environment() -> std::collections::HashMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn start_log(config: &Config, verbose: u8, command: &Command) -> anyhow::Result<()> {
    let is_service = matches!(command, Command::Serve(_) | Command::Demo(_));
    let level = match verbose {
        0 if is_service => config.log.level.as_str(),
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_new(level).map_err(|error| anyhow::anyhow!("log.level: {error}"))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(verbose > 0);
    match config.log.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// The error with its causes, each said once.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let said = cause.to_string();
        if text.contains(&said) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&said);
    }
    text
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
