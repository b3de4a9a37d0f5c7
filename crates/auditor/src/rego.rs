//! The only place that knows the rule engine.

pub(crate) use regorus::Value;
