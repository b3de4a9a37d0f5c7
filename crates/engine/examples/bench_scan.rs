//! What a scan costs: CPU per resource read, recorded and audited, and the most memory of the process.
//!
//! ```text
//! cargo run --release -p security-monkey-engine --example bench_scan -- 20000
//! ```
//! A second process plays AWS as fast as it can, over HTTP and in EC2's own XML, so that signing, decoding, digests, rules and
//! recording are all in the figures and the server is not. Linux only: it reads `/proc/self`.
#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "it prints figures for people"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use security_monkey_auditor::{Auditor, RuleSet, RuleSources};
use security_monkey_aws::models::Models;
use security_monkey_aws::{Options, Session};
use security_monkey_engine::{
    Engine, EngineParts, EngineSettings, RuleLoading, ScanReport, Selection, SessionClients, TechnologyShapes,
};
use security_monkey_model::{Account, Clock as _, SystemClock};
use security_monkey_store::{Author, Store, StoreOptions};
use security_monkey_watcher::Technologies;
use tokio_util::sync::CancellationToken;

/// The binary's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ACCOUNT: &str = "123456789012";
const PAGE: usize = 1000;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", count] => serve(count.parse()?),
        [count] => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(measure(count.parse()?)),
        _ => anyhow::bail!("usage: bench_scan <resources>"),
    }
}

async fn measure(count: usize) -> anyhow::Result<()> {
    let mut server = Command::new(std::env::current_exe()?)
        .args(["serve", &count.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut port = String::new();
    BufReader::new(server.stdout.take().context("the server has no output")?).read_line(&mut port)?;

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bench.db");
    let clock = Arc::new(SystemClock);
    let store = Store::connect(&format!("sqlite:{}", file.display()), StoreOptions::default()).await?;
    store.migrate([7; 32], clock.now()).await?;
    let engine = engine(store, clock, port.trim()).await?;
    engine
        .put_account(
            &Account {
                regions: vec!["eu-west-1".parse()?],
                ..Account::watched(ACCOUNT.parse()?, "bench")
            },
            &Author::System,
        )
        .await?;
    println!("{count} security groups; {} MB before the first scan", peak_memory()?);
    for name in ["first", "second"] {
        forget_peak_memory()?;
        let (cpu, begin) = (cpu_seconds()?, Instant::now());
        let report = engine
            .scan_once(&Selection::default(), None, CancellationToken::new())
            .await?;
        let (cpu, wall) = (cpu_seconds()? - cpu, begin.elapsed().as_secs_f64());
        check(&report, count)?;
        println!(
            "{name} scan: {} revisions, {} findings opened, {:.3} ms CPU per resource, {cpu:.1} s CPU, {wall:.1} s, peak {} MB, database {} MB",
            report.revisions(),
            report.scopes.iter().map(|scope| scope.opened_findings).sum::<usize>(),
            cpu * 1000.0 / count as f64,
            peak_memory()?,
            std::fs::metadata(&file)?.len() / 1_000_000,
        );
    }
    drop(server.stdin.take());
    server.wait()?;
    Ok(())
}

fn check(report: &ScanReport, count: usize) -> anyhow::Result<()> {
    ensure!(
        report.is_complete(),
        "the scan was not complete: {:?} {:?}",
        report.failed,
        report.unreadable_accounts
    );
    ensure!(
        report.resources() == count,
        "{} resources instead of {count}",
        report.resources()
    );
    Ok(())
}

async fn engine(store: Store, clock: Arc<SystemClock>, port: &str) -> anyhow::Result<Engine> {
    let (technologies, errors) = Technologies::built_in(Models::embedded());
    ensure!(errors.is_empty(), "{errors:?}");
    let (rules, errors) = RuleSet::load(&RuleSources::embedded(), &TechnologyShapes(&technologies));
    ensure!(errors.is_empty(), "{errors:?}");
    let environment = [
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", &format!("http://127.0.0.1:{port}")),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ];
    let environment: HashMap<String, String> = environment
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let session = Session::load(Options::new(environment)).await?;
    Ok(Engine::new(EngineParts {
        store,
        technologies: Arc::new(technologies),
        auditor: Arc::new(Auditor::new(rules)),
        clients: Arc::new(SessionClients::new(session)),
        clock,
        channels: Vec::new(),
        process: "bench".to_owned(),
        seed: 1,
        rules: RuleLoading::Complete,
        settings: EngineSettings {
            technologies: vec!["aws.ec2.security-group".parse()?],
            ..EngineSettings::default()
        },
    })
    .await?)
}

/// User and system time of this process, all threads.
fn cpu_seconds() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |index: usize| -> anyhow::Result<f64> { Ok(fields.get(index).context("short /proc/self/stat")?.parse()?) };
    // utime and stime, in hundredths of a second on every Linux of today.
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

/// From here on, the most resident memory is counted anew.
fn forget_peak_memory() -> anyhow::Result<()> {
    // proc(5): 5 resets VmHWM to the present resident size.
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}

/// The most resident memory since [`forget_peak_memory`], in MB.
fn peak_memory() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? / 1000)
}

/// Plays AWS until standard input ends.
fn serve(count: usize) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream, count));
        }
    });
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn answer(mut stream: TcpStream, count: usize) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body);
        let field = |name: &str| {
            body.split('&')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
                .map(str::to_owned)
        };
        let xml = match field("Action").as_deref() {
            Some("DescribeSecurityGroups") => {
                let page = field("NextToken").and_then(|token| token.parse().ok()).unwrap_or(0);
                groups(page, count)
            }
            _ => format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                 <Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn><UserId>AIDA</UserId><Account>{ACCOUNT}</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>"
            ),
        };
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{xml}",
            xml.len()
        )?;
    }
}

/// A page of groups with five permissions each, every tenth of them open to the world on port 22: about 2 KB of JSON.
fn groups(page: usize, count: usize) -> String {
    let mut xml = String::from(
        "<DescribeSecurityGroupsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId><securityGroupInfo>",
    );
    for number in (page * PAGE..count).take(PAGE) {
        let _ = write!(
            xml,
            "<item><ownerId>{ACCOUNT}</ownerId><groupId>sg-{number:017x}</groupId><groupName>group-{number}</groupName>\
             <groupDescription>Group number {number} of the benchmark</groupDescription><vpcId>vpc-{:08x}</vpcId><ipPermissions>",
            number % 50
        );
        for (index, port) in [443, 8080, 5432, 6379, 22].into_iter().enumerate() {
            let range = if port == 22 && number % 10 == 0 {
                "0.0.0.0/0".to_owned()
            } else {
                format!("10.{}.{}.0/24", number % 250, index)
            };
            let _ = write!(
                xml,
                "<item><ipProtocol>tcp</ipProtocol><fromPort>{port}</fromPort><toPort>{port}</toPort><groups/>\
                 <ipRanges><item><cidrIp>{range}</cidrIp><description>from {index} to {number}</description></item></ipRanges>\
                 <ipv6Ranges/><prefixListIds/></item>"
            );
        }
        let _ = write!(
            xml,
            "</ipPermissions><ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><groups/><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp>\
             </item></ipRanges><ipv6Ranges/><prefixListIds/></item></ipPermissionsEgress><tagSet><item><key>Name</key>\
             <value>group-{number}</value></item><item><key>team</key><value>team-{}</value></item></tagSet></item>",
            number % 20
        );
    }
    xml.push_str("</securityGroupInfo>");
    if (page + 1) * PAGE < count {
        let _ = write!(xml, "<nextToken>{}</nextToken>", page + 1);
    }
    xml.push_str("</DescribeSecurityGroupsResponse>");
    xml
}
