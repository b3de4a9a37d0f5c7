//! Organisations and networks as people write them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The id of an organisation: `o-` and 10 to 32 lower-case letters and digits (AWS Organizations API Reference, "Organization").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Organisation(pub(crate) String);

impl TryFrom<String> for Organisation {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let is_id = text.strip_prefix("o-").is_some_and(|rest| {
            (10..=32).contains(&rest.len())
                && rest
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if is_id {
            Ok(Self(text))
        } else {
            Err(format!(
                "'{text}' is no organisation; write its id, o- and 10 to 32 lower-case letters and digits"
            ))
        }
    }
}

impl From<Organisation> for String {
    fn from(organisation: Organisation) -> Self {
        organisation.0
    }
}

impl schemars::JsonSchema for Organisation {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Organisation".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^o-[a-z0-9]{10,32}$",
            "description": "The id of an organisation like o-exampleorgid"
        })
    }
}

/// A network: `203.0.113.0/24`, `2001:db8::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Network(pub(crate) IpNet);

impl TryFrom<String> for Network {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        let Ok(network) = address.or_else(|_| text.parse::<IpNet>()) else {
            return Err(format!(
                "'{text}' is no network; write it like 203.0.113.0/24 or 2001:db8::/32"
            ));
        };
        // Neither may be a slip: the one would excuse everything, the other more than it seems to say.
        if network.prefix_len() == 0 {
            return Err(format!(
                "'{text}' is all there is; what is open to it is open to the internet"
            ));
        }
        if network.trunc() != network {
            return Err(format!(
                "'{text}' is an address in a network; write {} or {}",
                network.trunc(),
                network.addr()
            ));
        }
        Ok(Self(network))
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.0.to_string()
    }
}

impl schemars::JsonSchema for Network {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Network".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A network like 203.0.113.0/24 or 2001:db8::/32, or one address"
        })
    }
}
