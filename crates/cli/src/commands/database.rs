//! `db migrate|verify|status|maintain`.

use std::process::ExitCode;

use anyhow::bail;
use security_monkey_model::{Clock as _, Digest, SystemClock};

use crate::arguments::Db;
use crate::compose::{Process, Schema, migrate};
use crate::output::{counted, errln, outln};

pub(super) async fn run(process: &Process, action: &Db) -> anyhow::Result<ExitCode> {
    match action {
        Db::Migrate => {
            let store = process.connect(Schema::Migrate).await?;
            let report = migrate(&store).await?;
            for step in &report.applied {
                outln!("applied {step}")?;
            }
            outln!("schema {} (was {})", report.to, report.from)?;
            Ok(ExitCode::SUCCESS)
        }
        Db::Status => {
            let store = process.connect(Schema::MustBeCurrent).await?;
            let status = store.schema_status().await?;
            outln!("schema {}, this program wants {}", status.found, status.known)?;
            Ok(if status.is_current() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            })
        }
        Db::Verify { head } => verify(process, head.as_deref()).await,
        Db::Maintain => {
            let store = process.store(Schema::MustBeCurrent).await?;
            let report = store.maintain(SystemClock.now()).await?;
            outln!(
                "pruned {} scan rows, {} sent events, {} ended sessions{}",
                report.scans,
                report.events,
                report.sessions,
                if report.is_dictionary_trained {
                    "; trained a compression dictionary"
                } else {
                    ""
                }
            )?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn verify(process: &Process, noted: Option<&str>) -> anyhow::Result<ExitCode> {
    let noted = match noted {
        None => None,
        Some(text) => match Digest::parse_hex(text) {
            Some(head) => Some(head),
            None => {
                bail!("'{text}' is no head; hint: give the 64 digits that an earlier `db verify` printed after 'head'")
            }
        },
    };
    let store = process.store(Schema::MustBeCurrent).await?;
    let bar = indicatif::ProgressBar::new(0);
    bar.set_style(indicatif::ProgressStyle::with_template(
        "verifying {wide_bar} {pos}/{len}",
    )?);
    let report = store
        .verify_since(noted.as_ref(), &mut |progress| {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        })
        .await?;
    bar.finish_and_clear();
    for problem in &report.problems {
        outln!("BROKEN {problem}")?;
    }
    outln!(
        "{}, {}, {}: {}",
        counted(report.revisions, "revision", "revisions"),
        counted(report.decisions, "decision", "decisions"),
        counted(report.chain_entries, "chain entry", "chain entries"),
        if report.problems.is_empty() {
            "intact"
        } else {
            "NOT intact"
        }
    )?;
    outln!("head {}", report.head)?;
    errln!("keep the head somewhere else: who owns the database could rewrite all of it");
    Ok(if report.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
