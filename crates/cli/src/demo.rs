//! `demo`: a fake AWS with a sample estate that keeps changing, watched, audited and shown.
//!
//! The estate is Python (`demo/estate.py`), because the fake AWS is: it uses boto3 against moto. Everything runs on loopback; the
//! credentials are fake ones, and the environment's real ones are not passed on.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use security_monkey_engine::{EngineSettings, SessionClients};
use security_monkey_model::{Account, AccountId, AccountKind, AssumeRole, Region, Role, UserEmail};
use security_monkey_notifier::SmtpTls;
use security_monkey_server::made_user::make_user;
use security_monkey_server::password::HashingCost;
use security_monkey_server::randomness::SystemRandomness;
use security_monkey_store::Author;
use security_monkey_store::subscription::{SubscriptionFilter, SubscriptionSpec};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::arguments::Demo;
use crate::commands::{Place, Serving, serve_until_stopped};
use crate::compose::{Process, Schema};
use crate::config::{Interval, Smtp};
use crate::output::errln;

const ESTATE: &str = include_str!("demo/estate.py");
const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-southeast-2"];
const USER: &str = "demo@example.com";
/// Everything is read again this often, so that changes show while one looks.
const EVERY: Duration = Duration::from_secs(15);

pub(crate) async fn run(mut process: Process, arguments: Demo) -> anyhow::Result<ExitCode> {
    if !arguments.python.exists() {
        bail!(
            "the demonstration needs Python with moto and boto3, and {} is missing\nhint: run tests/setup/python.sh, or name another with --python",
            arguments.python.display()
        );
    }
    // The port first: it is refused to a second demonstration before that empties the folder of the first.
    process.config.server.listen = arguments.listen;
    process.config.server.public_url = None;
    let place = Place::take(&process).await?;
    fresh(&arguments.folder)?;
    let script = arguments.folder.join("estate.py");
    std::fs::write(&script, ESTATE).with_context(|| format!("write {}", script.display()))?;

    errln!("starting a fake AWS …");
    let aws = free_address()?;
    let python = Python {
        executable: &arguments.python,
        script: &script,
        endpoint: format!("http://{aws}"),
    };
    let log_file = arguments.folder.join("aws.log");
    let log = std::fs::File::create(&log_file).context("make the fake AWS's log")?;
    let mut server = python
        .companion(&["serve", &aws.port().to_string()])
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("start the fake AWS")?;
    let answer = python.run(&["wait"]).await;
    if let Some(status) = server.try_wait()? {
        bail!("the fake AWS ended at once ({status}); see {}", log_file.display());
    }
    answer?;
    errln!("making a sample estate of three accounts and three regions, half of it insecure …");
    let estate: Value =
        serde_json::from_str(&python.run(&["seed"]).await?).context("read what the estate script says")?;

    let mail = free_address()?;
    let mail_folder = arguments.folder.join("mail");
    std::fs::create_dir_all(&mail_folder)?;
    let mut mail_server = python
        .companion(&["mail", &mail.port().to_string(), &mail_folder.display().to_string()])
        .spawn()
        .context("start the mail server")?;

    configure(&mut process, &arguments, &python.endpoint, mail);
    let store = process.store(Schema::Migrate).await?;
    let technologies = process.technologies()?;
    for technology in technologies.all() {
        process
            .config
            .scan
            .intervals
            .insert(technology.id().clone(), Interval(EVERY));
    }
    let rules = process.rules(&technologies)?;
    let clients = Arc::new(SessionClients::new(process.session().await?));
    let engine = process.engine(store, technologies, rules, clients).await?;
    for account in accounts(&estate)? {
        engine.put_account(&account, &Author::System).await?;
    }
    let user = UserEmail::parse(USER)?;
    let password = make_user(&engine, &user, Role::Admin, &SystemRandomness, HashingCost::default())
        .await?
        .password;
    subscribe(&engine, &user).await?;

    let mut changes = python
        .companion(&["change", &arguments.change_every.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .context("start the changes")?;
    let telling = changes.stdout.take().map(|stdout| async move {
        let mut lines = BufReader::new(stdout).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            errln!("estate: {line}");
        }
    });
    let serving = Serving {
        process: &process,
        engine,
        place,
        is_watching: true,
        file: None,
    };
    let mut ready = |address: &str| {
        errln!("\n  look at    {address}");
        errln!("  sign in as {USER}");
        errln!("  password   {password}");
        errln!("  mail       {}", mail_folder.display());
        errln!("  fake AWS   {}", python.endpoint);
        errln!("  database   {}", process.config.database.url);
        errln!(
            "\nThe first scans take some seconds. Then something changes every {} seconds, and is said here; look for it in Resources and Findings.",
            arguments.change_every
        );
        errln!("stop with Ctrl-C\n");
    };
    let served = tokio::select! {
        served = serve_until_stopped(serving, &mut ready) => served,
        () = async { match telling { Some(telling) => { telling.await; std::future::pending().await } None => std::future::pending().await } } => Ok(()),
    };
    for child in [&mut changes, &mut mail_server, &mut server] {
        stop(child).await;
    }
    served?;
    Ok(ExitCode::SUCCESS)
}

/// An empty folder; refuses to empty one that is not a demonstration's.
fn fresh(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        let is_ours = folder.join("estate.py").exists() || std::fs::read_dir(folder)?.next().is_none();
        if !is_ours {
            bail!(
                "{} is not a demonstration's folder; name an empty or new one with --folder",
                folder.display()
            );
        }
        std::fs::remove_dir_all(folder).with_context(|| format!("empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))
        .context("find a free port")?
        .local_addr()?)
}

fn configure(process: &mut Process, arguments: &Demo, endpoint: &str, mail: SocketAddr) {
    // The real credentials and endpoints of whoever runs this must not be touched.
    process
        .environment
        .retain(|name, _| !name.starts_with("AWS_") && !name.to_ascii_lowercase().ends_with("_proxy"));
    for (name, value) in [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "demo"),
        ("AWS_SECRET_ACCESS_KEY", "demo"),
        ("AWS_REGION", REGIONS[0]),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
        process.environment.insert(name.to_owned(), value.to_owned());
    }
    let config = &mut process.config;
    config.database.url = format!("sqlite:{}", arguments.folder.join("security-monkey.db").display());
    config.aws.profile = None;
    config.scan.regions = REGIONS.iter().filter_map(|region| Region::parse(region).ok()).collect();
    config.scan.concurrent_scopes = EngineSettings::default().concurrent_scans;
    config.notify.smtp = Some(Smtp {
        host: mail.ip().to_string(),
        port: Some(mail.port()),
        tls: SmtpTls::None,
        user: None,
        password_file: None,
        from: "Security Monkey <security-monkey@example.com>".to_owned(),
    });
}

/// The accounts the estate script made, as it prints them.
fn accounts(estate: &Value) -> anyhow::Result<Vec<Account>> {
    let text = |value: &Value| {
        value
            .as_str()
            .map(ToOwned::to_owned)
            .context("the estate script prints texts")
    };
    estate["accounts"]
        .as_array()
        .context("the estate script prints accounts")?
        .iter()
        .map(|row| {
            let kind = text(&row["kind"])?;
            let role_chain = match row["role_arn"].as_str() {
                Some(role_arn) => vec![AssumeRole {
                    role_arn: role_arn.to_owned(),
                    external_id: row["external_id"].as_str().map(ToOwned::to_owned),
                }],
                None => Vec::new(),
            };
            Ok(Account {
                kind: AccountKind::parse(&kind).with_context(|| format!("'{kind}' is no kind of account"))?,
                role_chain,
                notes: "part of the demonstration".to_owned(),
                ..Account::watched(AccountId::parse(&text(&row["id"])?)?, text(&row["name"])?)
            })
        })
        .collect()
}

async fn subscribe(engine: &security_monkey_engine::Engine, user: &UserEmail) -> anyhow::Result<()> {
    let spec = SubscriptionSpec {
        owner: Some(user.clone()),
        channel: "smtp".to_owned(),
        target: user.to_string(),
        settings: serde_json::json!({}),
        filter: SubscriptionFilter {
            min_score: Some(security_monkey_model::Score::new(7)?),
            ..SubscriptionFilter::default()
        },
        enabled: true,
    };
    engine.add_subscription(&spec, &Author::User(user.clone())).await?;
    Ok(())
}

/// The Python that plays AWS.
struct Python<'a> {
    executable: &'a Path,
    script: &'a Path,
    endpoint: String,
}

impl Python<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.executable);
        command
            .arg(self.script)
            .arg(&self.endpoint)
            .args(arguments)
            .env_clear()
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// A command that runs until it is stopped, and ends with us however we end: it watches the other end of this pipe.
    fn companion(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped());
        command
    }

    async fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command(arguments).output().await.context("start Python")?;
        if !output.status.success() {
            bail!(
                "the estate script failed at `{}`:\n{}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

async fn stop(child: &mut Child) {
    if child.start_kill().is_ok() {
        let _ = child.wait().await;
    }
}
