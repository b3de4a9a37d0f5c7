//! `scan`: look once, print findings and coverage gaps.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use security_monkey_engine::{AT_ODDS, Engine, FailedScope, Progress, ScanReport, ScopeReport, Selection};
use security_monkey_model::{
    Account, CoverageGap, FindingStatus, GapCause, Region, Scope, Score, Severity, TechnologyId,
};
use security_monkey_store::finding::{FindingFilter, FindingSummary};
use security_monkey_store::{Author, Page};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::arguments::{Format, Scan, SeverityName};
use crate::commands::StoppedAtOnce;
use crate::commands::accounts::own_account;
use crate::commands::interruption::Interruptions;
use crate::compose::{Process, Schema, known, temporary_store};
use crate::output::{Listing, ReaderGone, counted, errln, outln};

pub(super) async fn run(process: &Process, arguments: Scan) -> anyhow::Result<ExitCode> {
    let technologies = process.technologies()?;
    known(&technologies, &arguments.technologies)?;
    let is_recording = arguments.record || !arguments.accounts.is_empty();
    // Nothing is to be kept: the same store, in a folder that goes away with this command.
    let folder = tempfile::tempdir().context("make a temporary folder")?;
    let store = if is_recording {
        process.store(Schema::Migrate).await?
    } else {
        temporary_store(folder.path()).await?
    };
    let engine = process.engine_with(store, technologies).await?;
    if is_recording && !engine.store().accounts().await?.iter().any(Account::is_scanned) {
        bail!(
            "no account of the database is watched, so nothing was looked at\nhint: security-monkey accounts add; without --record the account of the credentials is scanned"
        );
    }
    if !is_recording {
        let id = own_account(process).await?;
        engine
            .put_account(&Account::watched(id.clone(), id.to_string()), &Author::System)
            .await?;
    }
    // Global technologies have no region to be left out by.
    let mut regions = arguments.regions.clone();
    if !regions.is_empty() {
        regions.push(Region::global());
    }
    let selection = Selection {
        accounts: arguments.accounts.clone(),
        regions,
        technologies: arguments.technologies.clone(),
    };
    let report = scan(&engine, &selection).await?;
    let findings = open_findings(&engine, &selection).await?;
    let not_looked_at = not_looked_at(&engine, &selection, &report);
    let code = if not_looked_at.is_empty() {
        code(&arguments, &report, &findings)
    } else {
        ExitCode::from(2)
    };
    let (shown, left_out): (Vec<_>, Vec<_>) = findings.into_iter().partition(|finding| {
        arguments
            .min_severity
            .is_none_or(|severity| is_at_least(finding.score, severity))
    });
    match print(&engine, &report, &shown, arguments.format) {
        // The code still says how bad it is (`set -o pipefail`).
        Err(error) if error.is::<ReaderGone>() => return Ok(code),
        printed => printed?,
    }
    let unknown = unknown_verdicts(&engine, &selection).await?;
    summarise(&report, &shown, left_out.len(), unknown);
    for failure in &report.failures {
        errln!("error: {failure}");
    }
    if report.is_empty() && !report.is_cancelled && not_looked_at.is_empty() {
        errln!(
            "error: nothing was looked at: the configuration or the accounts leave out what was asked for\nhint: see scan.technologies, scan.excluded_technologies and scan.regions of `config show`, and `accounts list`"
        );
    }
    if is_left_to_another(&report) {
        errln!(
            "error: nothing was looked at: another process is scanning all of what was asked for; findings are as recorded before\nhint: try again when it is done"
        );
    }
    for region in not_looked_at {
        errln!(
            "error: nothing was looked at in {region}: no account that was scanned has this region switched on\nhint: check its name, and `regions` of the accounts and of the configuration"
        );
    }
    Ok(code)
}

/// Scans with a progress bar on a terminal; Ctrl-C ends it after the page at hand, and what was seen is printed. A second one ends
/// the process at once: pages are transactions, so nothing is half recorded.
async fn scan(engine: &Engine, selection: &Selection) -> anyhow::Result<ScanReport> {
    let shutdown = CancellationToken::new();
    let (sender, receiver) = mpsc::channel(256);
    let scanning = engine.scan_once(selection, Some(sender), shutdown.clone());
    tokio::pin!(scanning);
    let showing = show(receiver);
    tokio::pin!(showing);
    let mut report = None;
    let mut is_shown = false;
    let mut interruptions = Interruptions::listen().context("listen for Ctrl-C")?;
    loop {
        tokio::select! {
            done = &mut scanning, if report.is_none() => report = Some(done),
            () = &mut showing, if !is_shown => is_shown = true,
            () = interruptions.next() => {
                if shutdown.is_cancelled() {
                    return Err(StoppedAtOnce.into());
                }
                errln!("stopping after the page at hand; Ctrl-C again stops at once");
                shutdown.cancel();
            }
        }
        if is_shown && let Some(done) = report.take() {
            return Ok(done?);
        }
    }
}

/// Regions that were asked for and in which nothing was to be scanned: a misspelt name must not read as "nothing found".
fn not_looked_at<'s>(engine: &Engine, selection: &'s Selection, report: &ScanReport) -> Vec<&'s Region> {
    let wants =
        |technology: &TechnologyId| selection.technologies.is_empty() || selection.technologies.contains(technology);
    let is_regional_wanted = engine
        .technologies()
        .all()
        .any(|technology| !technology.is_global() && wants(technology.id()));
    // What is only said to be switched off was not looked at either.
    let is_out_of_sight =
        |scope: &&ScopeReport| scope.calls == 0 && scope.gaps.iter().any(CoverageGap::hides_resources);
    let looked_at = report.scopes.iter().filter(|scope| !is_out_of_sight(scope));
    let scanned: BTreeSet<&Region> = (looked_at.map(|scope| &scope.scope))
        .chain(&report.busy)
        .chain(report.failed.iter().map(|failed| &failed.scope))
        .map(|scope| &scope.region)
        .collect();
    let is_missing = |region: &&Region| is_regional_wanted && !region.is_global() && !scanned.contains(region);
    if report.is_cancelled || !report.unreadable_accounts.is_empty() {
        return Vec::new();
    }
    selection.regions.iter().filter(is_missing).collect()
}

async fn show(mut receiver: mpsc::Receiver<Progress>) {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(0)
    } else {
        ProgressBar::hidden()
    };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_bar} {pos}/{len} scopes  {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    let mut resources = 0;
    while let Some(step) = receiver.recv().await {
        match step {
            Progress::Planned { scopes, .. } => bar.inc_length(scopes as u64),
            Progress::AccountUnreadable { account, message, .. } => {
                // Most of what goes wrong with an account says itself which one it is.
                let is_named = message.contains(account.as_str());
                let who = if is_named {
                    String::new()
                } else {
                    format!("account {account}: ")
                };
                bar.suspend(|| errln!("warning: {who}{message}"));
            }
            Progress::Recorded { scope, .. } => {
                bar.set_message(format!("{resources} resources  {} {}", scope.region, scope.technology));
            }
            Progress::Finished(report) => {
                resources += report.resources;
                bar.set_message(format!("{resources} resources"));
                bar.inc(1);
            }
            // Said at the end, once for all that failed alike.
            Progress::Failed(_) => bar.inc(1),
            Progress::AuditedAgain { .. } => {}
        }
    }
    bar.finish_and_clear();
}

/// Open findings of the scopes that were asked for.
async fn open_findings(engine: &Engine, selection: &Selection) -> anyhow::Result<Vec<FindingSummary>> {
    let filter = FindingFilter {
        statuses: vec![FindingStatus::Open, FindingStatus::Reopened],
        accounts: selection.accounts.clone(),
        technologies: selection.technologies.clone(),
        ..FindingFilter::default()
    };
    let mut found = Vec::new();
    let mut page = Page::first(Page::MOST);
    loop {
        let part = engine.store().findings(&filter, &page).await?;
        let wanted = |finding: &FindingSummary| selection.contains(&finding.key.scope);
        found.extend(part.items.into_iter().filter(wanted));
        let Some(next) = part.next else { return Ok(found) };
        page = Page::after(next, Page::MOST);
    }
}

/// Questions of rules that have no answer yet, in the scopes that were asked for.
async fn unknown_verdicts(engine: &Engine, selection: &Selection) -> anyhow::Result<u64> {
    let counts = engine.store().unknown_verdicts().await?;
    let wanted = counts.iter().filter(|(scope, _)| selection.contains(scope));
    Ok(wanted.map(|(_, count)| count).sum())
}

fn print(engine: &Engine, report: &ScanReport, findings: &[FindingSummary], format: Format) -> anyhow::Result<()> {
    let finding_rows: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let rule = engine.rules().get(&finding.rule);
            json!({
                "kind": "finding",
                "severity": finding.score.severity(),
                "score": finding.score,
                "rule": finding.rule,
                "title": rule.map(|rule| &rule.title),
                "message": finding.message,
                "subject": finding.subject,
                "evidence": finding.evidence,
                "account": finding.key.scope.account,
                "region": finding.home_region,
                "technology": finding.key.scope.technology,
                "resource": finding.key.id,
                "name": finding.name,
                "arn": finding.arn,
                "remediation": rule.map(|rule| &rule.remediation),
            })
        })
        .collect();
    let gap_rows: Vec<Value> = report
        .gaps()
        .map(|(scope, gap)| {
            json!({
                "kind": "coverage-gap",
                "cause": gap.cause,
                "is_expected": gap.cause.is_expected(),
                "account": scope.account,
                "region": scope.region,
                "technology": scope.technology,
                "resource": gap.resource,
                "field": gap.field,
                "operation": gap.operation,
                "code": gap.code,
                "message": gap.message,
            })
        })
        .collect();
    match format {
        Format::Table => {
            Listing {
                columns: FINDING_COLUMNS,
                rows: finding_rows,
                empty: "no findings",
            }
            .print(format)?;
            let unexpected: Vec<Value> = gap_rows.into_iter().filter(|row| row["is_expected"] == false).collect();
            if !unexpected.is_empty() {
                outln!("\nCould not look:")?;
                Listing {
                    columns: GAP_COLUMNS,
                    rows: unexpected,
                    empty: "",
                }
                .print(format)?;
            }
        }
        Format::Json => {
            let document = document(report, &finding_rows, &gap_rows);
            outln!("{document:#}")?;
        }
        Format::Jsonl | Format::Csv => {
            let rows = finding_rows.into_iter().chain(gap_rows).collect();
            Listing {
                columns: ALL_COLUMNS,
                rows,
                empty: "",
            }
            .print(format)?;
        }
    }
    Ok(())
}

/// All of a scan in one. Scopes that another process is scanning are `busy`: without them "no findings" says too much.
fn document(report: &ScanReport, findings: &[Value], gaps: &[Value]) -> Value {
    let failed: Vec<Value> = (report.failed.iter())
        .map(|failed| json!({"scope": failed.scope, "message": failed.message}))
        .collect();
    json!({
        "findings": findings,
        "coverage_gaps": gaps,
        "failed": failed,
        "busy": report.busy,
        "resources": report.resources(),
        "is_complete": report.is_complete(),
    })
}

const FINDING_COLUMNS: &[(&str, &str)] = &[
    ("severity", "Severity"),
    ("title", "Finding"),
    ("name", "Resource"),
    ("account", "Account"),
    ("region", "Region"),
    ("message", "What"),
];
const GAP_COLUMNS: &[(&str, &str)] = &[
    ("cause", "Cause"),
    ("account", "Account"),
    ("region", "Region"),
    ("technology", "Technology"),
    ("operation", "Call"),
    ("message", "AWS says"),
];
const ALL_COLUMNS: &[(&str, &str)] = &[
    ("kind", ""),
    ("severity", ""),
    ("score", ""),
    ("cause", ""),
    ("rule", ""),
    ("title", ""),
    ("account", ""),
    ("region", ""),
    ("technology", ""),
    ("resource", ""),
    ("name", ""),
    ("arn", ""),
    ("subject", ""),
    ("field", ""),
    ("operation", ""),
    ("code", ""),
    ("message", ""),
    ("remediation", ""),
];

fn summarise(report: &ScanReport, findings: &[FindingSummary], left_out: usize, unknown: u64) {
    let counts: Vec<String> = Severity::ALL
        .iter()
        .rev()
        .filter_map(|severity| {
            let count = findings
                .iter()
                .filter(|finding| finding.score.severity() == *severity)
                .count();
            (count > 0).then(|| format!("{count} {}", severity.as_str()))
        })
        .collect();
    let gaps = report.gaps().filter(|(_, gap)| !gap.cause.is_expected()).count();
    errln!(
        "\n{} in {}; findings: {}; unknown verdicts: {unknown}; coverage gaps: {gaps}",
        counted(report.resources(), "resource", "resources"),
        counted(report.scopes.len(), "scope", "scopes"),
        if counts.is_empty() {
            "none".to_owned()
        } else {
            counts.join(", ")
        },
    );
    if left_out > 0 {
        let findings = counted(
            left_out,
            "finding below --min-severity is",
            "findings below --min-severity are",
        );
        errln!("{findings} left out");
    }
    if report.is_at_odds_with_others {
        errln!("warning: {}", AT_ODDS.replace("; hint: ", "\nhint: "));
    }
    for (message, scopes) in by_message(&report.failed) {
        errln!("error: could not record {}: {message}", listed(&scopes));
    }
    let switched_off: BTreeSet<_> = (report.gaps())
        .filter(|(_, gap)| gap.cause == GapCause::RegionDisabled)
        .map(|(scope, _)| (&scope.region, &scope.account))
        .collect();
    for (region, account) in switched_off {
        errln!(
            "region {region} is switched off for account {account}, so nothing was read there\nhint: switch it on, or take it off the regions of the account and of the configuration where they name it"
        );
    }
    if !report.busy.is_empty() {
        errln!(
            "left out {}: another process is scanning it, or has ended without giving it back; then it is free in two minutes",
            listed(&report.busy.iter().collect::<Vec<_>>())
        );
    }
    if report.is_cancelled {
        errln!("the scan was stopped; nothing counts as deleted");
    } else if gaps > 0 {
        errln!("where we could not look, nothing is called safe");
    }
}

/// The scopes of each message: what fills the disk fails every scope that comes after.
fn by_message(failed: &[FailedScope]) -> BTreeMap<&str, Vec<&Scope>> {
    let mut found: BTreeMap<&str, Vec<&Scope>> = BTreeMap::new();
    for each in failed {
        found.entry(&each.message).or_default().push(&each.scope);
    }
    found
}

/// One scope by its name, several by their number and the first of them.
fn listed(scopes: &[&Scope]) -> String {
    const MOST: usize = 3;
    let names: Vec<String> = scopes.iter().take(MOST).map(ToString::to_string).collect();
    match scopes.len() {
        0 | 1 => names.concat(),
        count if count <= MOST => format!("{count} scopes ({})", names.join(", ")),
        count => format!("{count} scopes ({}, …)", names.join(", ")),
    }
}

fn code(arguments: &Scan, report: &ScanReport, findings: &[FindingSummary]) -> ExitCode {
    let is_failing =
        least_score(arguments.fail_on).is_some_and(|least| findings.iter().any(|finding| finding.score >= least));
    if report.is_cancelled {
        // What was not looked at may hold anything: never "no findings". 128 + SIGINT, as shells say it.
        ExitCode::from(130)
    } else if !report.failed.is_empty() || !report.failures.is_empty() || report.is_empty() || is_blind(report) {
        ExitCode::from(2)
    } else if is_failing {
        ExitCode::from(1)
    } else if arguments.fail_on_gaps && !report.is_complete() {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    }
}

/// Nothing was looked at, because no account could be read or because all of it was left to another process.
fn is_blind(report: &ScanReport) -> bool {
    let is_left_out = !report.unreadable_accounts.is_empty() || !report.busy.is_empty();
    is_left_out && report.scopes.iter().all(|scope| scope.calls == 0)
}

/// Nothing was looked at for the only reason that another process is scanning all of it.
fn is_left_to_another(report: &ScanReport) -> bool {
    let is_something_else_wrong = report.is_cancelled
        || !report.failed.is_empty()
        || !report.failures.is_empty()
        || !report.unreadable_accounts.is_empty();
    !is_something_else_wrong && !report.busy.is_empty() && is_blind(report)
}

/// Of `none` it never is.
fn is_at_least(score: Score, severity: SeverityName) -> bool {
    least_score(severity).is_some_and(|least| score >= least)
}

/// The lowest score of a severity; `none`: no score is high enough.
fn least_score(name: SeverityName) -> Option<Score> {
    let severity = match name {
        SeverityName::Informational => Severity::Informational,
        SeverityName::Low => Severity::Low,
        SeverityName::Medium => Severity::Medium,
        SeverityName::High => Severity::High,
        SeverityName::Critical => Severity::Critical,
        SeverityName::None => return None,
    };
    Some(severity.least_score())
}

#[cfg(test)]
mod tests;
