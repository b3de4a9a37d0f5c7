//! What we know about accounts: which are ours, which are friends, which are named third parties; and which
//! organisations, networks and canonical user ids belong to whom. Every answer about "who" is relative to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;
use serde::Serialize;

use crate::arn::is_account_id;
use crate::cidr::read_network;
use crate::pattern::{self, Case};

/// The accounts, organisations and networks we know, seen from one account.
///
/// Cheap to clone and to move to another account's point of view: everything but the own account and the time asked about is shared.
#[derive(Debug, Clone, Default)]
pub struct AccountDirectory {
    own: Option<String>,
    earliest_request: Option<i64>,
    known: Arc<Known>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    friendly: BTreeMap<String, String>,
    third_parties: BTreeMap<String, String>,
    organisations: BTreeSet<String>,
    canonical_users: BTreeMap<String, String>,
    networks: Vec<IpNet>,
    vpcs: BTreeSet<String>,
    vpc_endpoints: BTreeSet<String>,
}

/// How an account stands to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The account that owns the resource.
    Same,
    /// Another account of ours.
    Friendly,
    /// A vendor or partner we have named.
    ThirdParty,
    /// Anybody else.
    Unknown,
}

impl AccountDirectory {
    /// A directory that knows nothing: every account is unknown.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same knowledge seen from `account`, which owns the resources looked at.
    #[must_use]
    pub fn seen_from(&self, account: impl Into<String>) -> Self {
        Self {
            own: Some(account.into()),
            earliest_request: self.earliest_request,
            known: Arc::clone(&self.known),
        }
    }

    /// The same knowledge about requests from this moment on, in seconds since 1970: what conditions on the clock allowed before lets
    /// nobody in any more. Without it requests may come at any time.
    #[must_use]
    pub fn with_earliest_request(mut self, epoch_seconds: i64) -> Self {
        self.earliest_request = Some(epoch_seconds);
        self
    }

    /// When the first request may come, in seconds since 1970, if that was said.
    pub fn earliest_request(&self) -> Option<i64> {
        self.earliest_request
    }

    /// Adds an account of ours.
    #[must_use]
    pub fn with_friendly(mut self, account: impl Into<String>, name: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.known)
            .friendly
            .insert(account.into(), name.into());
        self
    }

    /// Adds a named third party.
    #[must_use]
    pub fn with_third_party(mut self, account: impl Into<String>, name: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.known)
            .third_parties
            .insert(account.into(), name.into());
        self
    }

    /// Adds an organisation of ours, `o-…`.
    #[must_use]
    pub fn with_organisation(mut self, id: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.known).organisations.insert(id.into());
        self
    }

    /// Adds the canonical user id (64 hexadecimal digits, used by S3) of an account.
    #[must_use]
    pub fn with_canonical_user(mut self, canonical_id: impl Into<String>, account: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.known)
            .canonical_users
            .insert(canonical_id.into(), account.into());
        self
    }

    /// Adds a network we trust.
    #[must_use]
    pub fn with_network(mut self, network: IpNet) -> Self {
        Arc::make_mut(&mut self.known).networks.push(network);
        self
    }

    /// Adds a VPC of ours, `vpc-…`.
    #[must_use]
    pub fn with_vpc(mut self, id: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.known).vpcs.insert(id.into());
        self
    }

    /// Adds a VPC endpoint of ours, `vpce-…`.
    #[must_use]
    pub fn with_vpc_endpoint(mut self, id: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.known).vpc_endpoints.insert(id.into());
        self
    }

    /// The account from which we look, if set.
    pub fn own(&self) -> Option<&str> {
        self.own.as_deref()
    }

    /// How an account stands to us.
    pub fn standing(&self, account: &str) -> Standing {
        if self.own.as_deref() == Some(account) {
            Standing::Same
        } else if self.known.friendly.contains_key(account) {
            Standing::Friendly
        } else if self.known.third_parties.contains_key(account) {
            Standing::ThirdParty
        } else {
            Standing::Unknown
        }
    }

    /// The accounts we know whose id the pattern matches, our own first.
    pub(crate) fn accounts_like<'a>(&'a self, pattern: &'a str) -> impl Iterator<Item = &'a str> {
        let known = self.known.friendly.keys().chain(self.known.third_parties.keys());
        let others = known.map(String::as_str).filter(|account| Some(*account) != self.own());
        let is_like = |account: &&str| pattern::matches(pattern, account, Case::Sensitive);
        self.own().into_iter().chain(others).filter(is_like)
    }

    /// The name of an account, if we know one.
    pub fn name(&self, account: &str) -> Option<&str> {
        self.known
            .friendly
            .get(account)
            .or_else(|| self.known.third_parties.get(account))
            .map(String::as_str)
    }

    /// Whether the organisation is ours. `id` may be an organisation path (`o-x/r-y/ou-z/`).
    pub fn is_our_organisation(&self, id: &str) -> bool {
        let id = id.split('/').next().unwrap_or(id);
        self.known.organisations.contains(id)
    }

    /// The organisations of ours.
    pub fn organisations(&self) -> impl Iterator<Item = &str> {
        self.known.organisations.iter().map(String::as_str)
    }

    /// The account of a canonical user id of S3, if we know it.
    pub fn account_of_canonical_user(&self, canonical_id: &str) -> Option<&str> {
        self.known.canonical_users.get(canonical_id).map(String::as_str)
    }

    /// The networks we trust.
    pub fn networks(&self) -> &[IpNet] {
        &self.known.networks
    }

    /// Whether a value of this condition key names a network, VPC or VPC endpoint of ours.
    pub fn is_our_place(&self, key: &str, value: &str) -> bool {
        let (known, is) = (&self.known, |name: &str| key.eq_ignore_ascii_case(name));
        if is("aws:SourceIp") || is("aws:VpcSourceIp") {
            let contains = |network| known.networks.iter().any(|known| known.contains(&network));
            return !known.networks.is_empty() && read_network(value).is_some_and(contains);
        }
        is("aws:SourceVpc") && known.vpcs.contains(value) || is("aws:SourceVpce") && known.vpc_endpoints.contains(value)
    }

    /// Whether we know the account at all.
    pub fn knows(&self, account: &str) -> bool {
        is_account_id(account) && self.standing(account) != Standing::Unknown
    }
}
