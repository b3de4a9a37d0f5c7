//! The binary `security-monkey`: commands and composition, the only place that picks a store, a channel and a client.
//!
//! Exit codes: 0 done; 1 findings at or above `--fail-on`, failed tests, a broken history; 2 it could not be done;
//! 3 coverage gaps with `--fail-on-gaps`; 130 stopped by Ctrl-C before its end.

mod arguments;
mod commands;
mod compose;
mod config;
mod demo;
mod output;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use security_monkey_store::ConnectError;
use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Command, ConfigAction};
use crate::commands::StoppedAtOnce;
use crate::compose::Process;
use crate::config::{Config, ConfigSource, LogFormat, load};
use crate::output::{ReaderGone, errln};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        // A reader that went away (`| head`) is no error of ours.
        Err(error) if error.is::<ReaderGone>() => ExitCode::SUCCESS,
        // 128 + SIGINT, as shells say it.
        Err(error) if error.is::<StoppedAtOnce>() => {
            errln!("{error}");
            ExitCode::from(130)
        }
        Err(error) => {
            errln!("error: {}", chain(&error));
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
    Box::pin(commands::run(process, file, arguments.command)).await
}

#[expect(clippy::disallowed_methods, reason = "the one place where the environment enters")]
fn environment() -> std::collections::HashMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn start_log(config: &Config, verbose: u8, command: &Command) -> anyhow::Result<()> {
    let level = log_level(&config.log.level, verbose, command);
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

fn log_level(configured: &str, verbose: u8, command: &Command) -> String {
    let level = match (verbose, command) {
        (0, Command::Serve(_)) => configured,
        // The demonstration says what happens in its estate; requests and rounds would bury it.
        (0, _) => "warn",
        (1, _) => "info",
        (2, _) => "debug",
        _ => "trace",
    };
    if verbose > 0 || level.contains("aws_config") {
        return level.to_owned();
    }
    // What a scan gives up, `scan` itself says at its end; the demonstration, whose engine runs for hours, does not.
    let said_by_command = if matches!(command, Command::Scan(_)) {
        ",security_monkey_engine::given_up=off"
    } else {
        ""
    };
    // The AWS crates warn, with whole structures, of each source of credentials and regions that is not there or cannot be read; what
    // matters of it is in our own error.
    format!("{level},aws_config=error,aws_runtime::env_config=error{said_by_command}")
}

/// The error with its causes, each said once; then what to do about it.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    let mut hints: Vec<String> = Vec::new();
    for cause in error.chain() {
        let said = cause.to_string();
        let mut parts = said.split("\nhint: ").flat_map(|part| part.split("; hint: "));
        let what = parts.next().unwrap_or_default();
        for hint in parts {
            if !hints.iter().any(|known| known == hint) {
                hints.push(hint.to_owned());
            }
        }
        if let Some(ConnectError::Unreachable { url, .. }) = cause.downcast_ref() {
            hints.push(unreachable_hint(url).to_owned());
        }
        if text.contains(what) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(what);
    }
    for hint in hints {
        text.push_str("\nhint: ");
        text.push_str(&hint);
    }
    text
}

fn unreachable_hint(url: &str) -> &'static str {
    if url.starts_with("sqlite:") {
        "is it a database of ours, may this user write it and its folder, and has its disk room? name another with --database"
    } else {
        "does the server run there, and may this user sign in and use its tables? name another with --database"
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::{Arguments, chain, log_level};

    #[test]
    fn only_a_scan_that_says_it_itself_keeps_what_it_gave_up_out_of_the_log() {
        let of = |arguments: &[&str]| {
            let arguments = Arguments::parse_from([&["security-monkey"], arguments].concat());
            log_level("info", arguments.verbose, &arguments.command)
        };
        let quiet = "aws_config=error,aws_runtime::env_config=error";
        assert_eq!(
            of(&["scan"]),
            format!("warn,{quiet},security_monkey_engine::given_up=off")
        );
        assert_eq!(of(&["demo"]), format!("warn,{quiet}"));
        assert_eq!(of(&["serve"]), format!("info,{quiet}"));
        assert_eq!(of(&["-v", "scan"]), "info");
    }

    #[test]
    fn an_error_says_each_cause_once_and_then_what_to_do() {
        let error = anyhow::anyhow!("no credentials found; hint: check the profile")
            .context("sts: no credentials found")
            .context("ask AWS who we are\nhint: set AWS_PROFILE");
        assert_eq!(
            chain(&error),
            "ask AWS who we are: sts: no credentials found\nhint: set AWS_PROFILE\nhint: check the profile"
        );
    }
}
