//! `db migrate|verify|status|maintain`.

use std::process::ExitCode;

use security_monkey_model::{Clock as _, SystemClock};

use crate::arguments::Db;
use crate::compose::{Process, Schema, migrate};

pub(super) async fn run(process: &Process, action: &Db) -> anyhow::Result<ExitCode> {
    match action {
        Db::Migrate => {
            let store = security_monkey_store::Store::connect(
                &process.config.database.url,
                security_monkey_store::StoreOptions::default(),
            )
            .await?;
            let report = migrate(&store).await?;
            for step in &report.applied {
                println!("applied {step}");
            }
            println!("schema {} (was {})", report.to, report.from);
            Ok(ExitCode::SUCCESS)
        }
        Db::Status => {
            let store = security_monkey_store::Store::connect(
                &process.config.database.url,
                security_monkey_store::StoreOptions::default(),
            )
            .await?;
            let status = store.schema_status().await?;
            println!("schema {}, this program wants {}", status.found, status.known);
            Ok(if status.is_current() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            })
        }
        Db::Verify => verify(process).await,
        Db::Maintain => {
            let store = process.store(Schema::MustBeCurrent).await?;
            let report = store.maintain(SystemClock.now()).await?;
            println!(
                "pruned {} scan rows, {} sent events, {} ended sessions{}",
                report.scans,
                report.events,
                report.sessions,
                if report.is_dictionary_trained {
                    "; trained a compression dictionary"
                } else {
                    ""
                }
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn verify(process: &Process) -> anyhow::Result<ExitCode> {
    let store = process.store(Schema::MustBeCurrent).await?;
    let bar = indicatif::ProgressBar::new(0);
    bar.set_style(indicatif::ProgressStyle::with_template(
        "verifying {wide_bar} {pos}/{len}",
    )?);
    let report = store
        .verify(&mut |progress| {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        })
        .await?;
    bar.finish_and_clear();
    for problem in &report.problems {
        println!("BROKEN {problem}");
    }
    println!(
        "{} revisions, {} decisions, {} chain entries: {}",
        report.revisions,
        report.decisions,
        report.chain_entries,
        if report.problems.is_empty() {
            "intact"
        } else {
            "NOT intact"
        }
    );
    println!("head {}", report.head);
    eprintln!("keep the head somewhere else: who owns the database could rewrite all of it");
    Ok(if report.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
