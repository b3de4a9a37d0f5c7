//! Follows the configuration file while `serve` runs: intervals take effect at once, everything else at the next start.

use std::convert::Infallible;
use std::path::Path;
use std::time::{Duration, SystemTime};

use security_monkey_engine::Engine;

use crate::compose::{Process, known};
use crate::config::{Config, ConfigSource, load};

/// How often the file is looked at.
const POLL: Duration = Duration::from_secs(2);

/// Takes over new intervals as long as the process runs. A file with a mistake is said in the log and changes nothing.
pub(super) async fn follow(process: &Process, file: &Path, engine: &Engine) -> Infallible {
    // Without what the command line has changed: that stays as it is. But with the intervals that we were started with: they may have been
    // changed in the file since, and would not be taken over.
    let mut in_force = read(process, file).unwrap_or_else(|_| process.config.clone());
    in_force.scan.intervals.clone_from(&process.config.scan.intervals);
    let mut seen = None;
    loop {
        tokio::time::sleep(POLL).await;
        let now = Some(stamp(file));
        if now == seen {
            continue;
        }
        seen = now;
        match read(process, file).and_then(|config| checked(config, engine)) {
            Ok(config) => {
                if config.scan.intervals != in_force.scan.intervals {
                    engine.set_intervals(config.scan.intervals());
                    tracing::info!(file = %file.display(), "took over new intervals");
                }
                in_force.scan.intervals.clone_from(&config.scan.intervals);
                if config != in_force {
                    tracing::warn!(file = %file.display(), "the configuration has changed; all but the intervals takes effect at the next start");
                }
                in_force = config;
            }
            Err(error) => {
                tracing::error!(file = %file.display(), "the changed configuration is left aside: {error:#}");
            }
        }
    }
}

fn read(process: &Process, file: &Path) -> anyhow::Result<Config> {
    let source = ConfigSource {
        file: Some(file),
        environment: &|name| process.environment.get(name).cloned(),
    };
    Ok(load(&source)?.0)
}

fn checked(config: Config, engine: &Engine) -> anyhow::Result<Config> {
    // As at start: one whose file is broken keeps nobody from changing the intervals of others.
    let technologies = engine.technologies();
    let named = config.scan.intervals.keys().filter(|id| !technologies.is_left_out(id));
    known(technologies, &named.cloned().collect::<Vec<_>>())?;
    Ok(config)
}

/// What tells one writing of the file from another; none: it is not there.
fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
