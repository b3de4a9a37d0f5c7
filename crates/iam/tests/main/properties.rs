//! The analyses against the reference evaluator, on random policies biased to be interesting.
//!
//! Budgets are fixed, so that the ordinary run is short and always the same. For a longer run over other policies set
//! proptest's own `PROPTEST_CASES` to a multiple of 256: the budgets grow by the same factor.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

mod actions;
mod aim;
mod arns;
mod difference;
mod generate;
mod identity;
mod lists;
mod public;
mod reach;
mod requests;
mod resources;

pub(crate) fn config(cases: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    let longer = given.cases / 256;
    ProptestConfig {
        cases: cases * longer.max(1),
        failure_persistence: None,
        max_shrink_iters: 5_000,
        // Large policies take long.
        max_shrink_time: 120_000,
        rng_seed: if longer > 1 {
            given.rng_seed
        } else {
            RngSeed::Fixed(20_261_122)
        },
        ..given
    }
}
