//! `serve`: keep watching, and serve the API and the user interface.

mod follow;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use security_monkey_engine::Engine;
use security_monkey_model::{SystemClock, UserEmail};
use security_monkey_server::made_user::make_first_admin;
use security_monkey_server::password::HashingCost;
use security_monkey_server::randomness::SystemRandomness;
use security_monkey_server::{PublicUrl, ServerParts, ServerSettings, Watching, router, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::arguments::Serve;
use crate::commands::StoppedAtOnce;
use crate::commands::interruption::Interruptions;
use crate::compose::{Process, Schema};
use crate::output::errln;

/// How long requests may take to end when the process shall.
const GRACE: Duration = Duration::from_secs(10);

/// The user that is made when there is none, so that a new installation can be entered at all.
const FIRST_USER: &str = "admin@localhost.localdomain";

pub(super) async fn run(mut process: Process, file: Option<PathBuf>, arguments: Serve) -> anyhow::Result<ExitCode> {
    if let Some(listen) = arguments.listen {
        process.config.server.listen = listen;
    }
    let schema = if arguments.without_migrating {
        Schema::MustBeCurrent
    } else {
        Schema::Migrate
    };
    let store = process.store(schema).await?;
    let engine = process.engine_on(store).await?;
    // Before the first user is made: their password is shown once, and not by a process that then cannot serve.
    let place = Place::take(&process).await?;
    if process.config.server.public_url.is_none() && process.config.server.listen.ip().is_unspecified() {
        errln!(
            "nobody can reach {}: requests for other hosts are refused\nhint: set server.public_url to the address that people use",
            place.public_url.as_str()
        );
    }
    let first = make_first_admin(
        &engine,
        &UserEmail::parse(FIRST_USER)?,
        &SystemRandomness,
        HashingCost::default(),
    )
    .await?;
    if engine.store().accounts().await?.is_empty() {
        errln!(
            "no account is watched yet\nhint: security-monkey accounts add, or add one in the user interface; it takes effect at once"
        );
    }
    let serving = Serving {
        process: &process,
        engine,
        place,
        is_watching: !arguments.without_watching,
        file: file.as_deref(),
    };
    serve_until_stopped(serving, &mut |address| {
        errln!("Security Monkey is at {address}");
        if let Some(user) = &first {
            errln!(
                "sign in as {} with the password {} (shown this once)",
                user.email,
                user.password
            );
        }
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}

/// What serves.
pub(crate) struct Serving<'p> {
    /// Configuration.
    pub(crate) process: &'p Process,
    /// What it serves.
    pub(crate) engine: Engine,
    /// Where it listens.
    pub(crate) place: Place,
    /// Whether this process also watches.
    pub(crate) is_watching: bool,
    /// The configuration file to follow.
    pub(crate) file: Option<&'p Path>,
}

/// Where a process listens, taken.
pub(crate) struct Place {
    listener: TcpListener,
    /// The address that people use.
    public_url: PublicUrl,
}

impl Place {
    /// Takes the port of the configuration.
    pub(crate) async fn take(process: &Process) -> anyhow::Result<Self> {
        let listen = process.config.server.listen;
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            let hint = match error.kind() {
                ErrorKind::AddrNotAvailable => "this machine has no such address; 0.0.0.0 is all of those that it has",
                ErrorKind::PermissionDenied => "ports below 1024 are for root; choose another with --listen",
                _ => "another program may use the port; choose one with --listen",
            };
            anyhow::Error::new(error).context(format!("listen on {listen}\nhint: {hint}"))
        })?;
        let public_url = match &process.config.server.public_url {
            Some(url) => PublicUrl::parse(url)?,
            None => PublicUrl::parse(&format!("http://{}", listener.local_addr()?))?,
        };
        Ok(Self { listener, public_url })
    }
}

/// Serves, and watches, until SIGINT or SIGTERM; then finishes what is at hand.
pub(crate) async fn serve_until_stopped(
    serving: Serving<'_>,
    ready: &mut (dyn FnMut(&str) + Send),
) -> anyhow::Result<()> {
    let Serving {
        process,
        engine,
        place,
        is_watching,
        file,
    } = serving;
    let Place { listener, public_url } = place;
    let mut settings = ServerSettings::new(public_url.clone());
    settings
        .trusted_proxies
        .clone_from(&process.config.server.trusted_proxies);
    if !is_watching {
        settings.watching = Watching::Elsewhere;
    }
    let shutdown = CancellationToken::new();
    let router = router(ServerParts {
        engine: engine.clone(),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
        settings,
        shutdown: shutdown.clone(),
    })?;
    ready(public_url.as_str());
    let watching = async {
        if is_watching {
            engine.run(shutdown.clone()).await;
        } else {
            shutdown.cancelled().await;
        }
    };
    let mut interruptions = Interruptions::listen().context("listen for Ctrl-C")?;
    let stopping = async {
        interruptions.next().await;
        errln!("stopping: finishing what is at hand; Ctrl-C again stops at once");
        shutdown.cancel();
        interruptions.next().await;
    };
    let working = async { tokio::join!(serve(listener, router, shutdown.clone(), GRACE), watching).0 };
    let following = async {
        match file {
            Some(file) => follow::follow(process, file, &engine).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        never = following => match never {},
        served = working => served.context("serve"),
        () = stopping => Err(StoppedAtOnce.into()),
    }
}
