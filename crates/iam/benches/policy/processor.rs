//! Processor time instead of the time on the wall: a machine that others use as well gives the same figures.

use std::time::Instant;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// Nanoseconds that the thread ran (`/proc/thread-self/schedstat`; elsewhere than on Linux, nanoseconds that passed).
pub(crate) struct ProcessorTime;

fn now(since: Instant) -> u64 {
    let ran = std::fs::read_to_string("/proc/thread-self/schedstat");
    let ran = ran.ok().and_then(|text| text.split(' ').next()?.parse().ok());
    ran.unwrap_or_else(|| u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX))
}

impl Measurement for ProcessorTime {
    type Intermediate = (Instant, u64);
    type Value = u64;

    fn start(&self) -> Self::Intermediate {
        let start = Instant::now();
        (start, now(start))
    }

    fn end(&self, (start, ran): Self::Intermediate) -> u64 {
        now(start).saturating_sub(ran).max(1)
    }

    fn add(&self, left: &u64, right: &u64) -> u64 {
        left + right
    }

    fn zero(&self) -> u64 {
        0
    }

    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a run are far below 2^52")]
    fn to_f64(&self, value: &u64) -> f64 {
        *value as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}
