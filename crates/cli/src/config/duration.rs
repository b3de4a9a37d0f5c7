//! Durations as people write them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A length of time: `90s`, `15m`, `6h`, `1d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Interval(pub(crate) Duration);

impl TryFrom<String> for Interval {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match humantime::parse_duration(&text) {
            Ok(duration) if !duration.is_zero() => Ok(Self(duration)),
            Ok(_) => Err("a duration must be longer than nothing".to_owned()),
            Err(_) => Err(format!("'{text}' is not a duration; write it like 90s, 15m, 6h or 1d")),
        }
    }
}

impl From<Interval> for String {
    fn from(interval: Interval) -> Self {
        humantime::format_duration(interval.0).to_string()
    }
}

impl schemars::JsonSchema for Interval {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Interval".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A length of time like 90s, 15m, 6h or 1d" })
    }
}
