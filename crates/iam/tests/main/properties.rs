//! The analyses against the reference evaluator, on random policies biased to be interesting.
