//! What there is to scan in an account: technologies by place, and whether its credentials work at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use futures::TryFutureExt as _;
use security_monkey_aws::models::Models;
use security_monkey_aws::{Api, AwsError, Call, ErrorKind};
use security_monkey_model::{Account, AccountId, GapCause, Region, Scope, TechnologyId};
use security_monkey_watcher::{Technology, gap_cause, regions};

use crate::engine::Inner;

/// The technologies of one service at one place: scanned together, because those that share a call share a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnitKey {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) service: String,
}

impl UnitKey {
    /// The name of the lease under which it is scanned.
    pub(crate) fn lease(&self) -> String {
        format!("scan/{}/{}/{}", self.account, self.region, self.service)
    }

    pub(crate) fn scope(&self, technology: &TechnologyId) -> Scope {
        Scope {
            account: self.account.clone(),
            region: self.region.clone(),
            technology: technology.clone(),
        }
    }
}

/// What is scanned in an account.
pub(crate) struct AccountPlan {
    pub(crate) account: Account,
    pub(crate) api: Arc<dyn Api>,
    pub(crate) partition: Arc<str>,
    /// The regions that are scanned.
    pub(crate) regions: Arc<BTreeSet<Region>>,
    pub(crate) units: BTreeMap<UnitKey, Vec<Arc<Technology>>>,
    /// Regions AWS says are off: what was recorded there is out of sight, not deleted.
    pub(crate) switched_off: BTreeSet<Region>,
}

/// An account of which nothing can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) cause: GapCause,
    pub(crate) operation: String,
    pub(crate) code: Option<String>,
    pub(crate) message: String,
}

impl Inner {
    /// The technologies that are watched in an account.
    pub(crate) fn enabled_technologies(&self, account: &Account) -> Vec<Arc<Technology>> {
        let settings = &self.parts.settings;
        let technologies = self.parts.technologies.all();
        technologies
            .filter(|technology| {
                let id = technology.id();
                (settings.technologies.is_empty() || settings.technologies.contains(id))
                    && !settings.excluded_technologies.contains(id)
                    && !account.excluded_technologies.contains(id)
            })
            .cloned()
            .collect()
    }

    /// Finds out whether an account can be read, and what there is to read.
    pub(crate) async fn plan(&self, account: &Account) -> Result<AccountPlan, Unreadable> {
        let clients = &self.parts.clients;
        let api = clients.client(account).map_err(|error| Unreadable {
            cause: GapCause::Credentials,
            operation: "sts:AssumeRole".to_owned(),
            code: None,
            message: error.message,
        })?;
        let home = clients.home_region(account);
        self.check_identity(account, &*api, &home).await?;
        let partition = clients.partition(account);
        let (scanned, switched_off) = self.regions(account, &*api, &partition).await;
        let mut units: BTreeMap<UnitKey, Vec<Arc<Technology>>> = BTreeMap::new();
        for technology in self.enabled_technologies(account) {
            let places = if technology.is_global() {
                vec![Region::global()]
            } else {
                scanned.iter().cloned().collect()
            };
            for region in places {
                let key = UnitKey {
                    account: account.id.clone(),
                    region,
                    service: technology.service().to_owned(),
                };
                units.entry(key).or_default().push(Arc::clone(&technology));
            }
        }
        let mut known = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(account.id.clone(), scanned.clone());
        drop(known);
        Ok(AccountPlan {
            account: account.clone(),
            api,
            partition,
            regions: Arc::new(scanned),
            units,
            switched_off,
        })
    }

    /// The credentials work, and are those of this account: a wrong role would file one account's resources under another.
    async fn check_identity(&self, account: &Account, api: &dyn Api, home: &str) -> Result<(), Unreadable> {
        let answer = match api.call(home, Call::new("sts", "GetCallerIdentity")).await {
            Ok(answer) => answer,
            // Nobody can be denied this call, so an odd answer of a proxy or a fake says nothing about the other calls.
            Err(error)
                if matches!(
                    error.kind,
                    ErrorKind::Denied | ErrorKind::NotFound | ErrorKind::BadParams
                ) =>
            {
                return Ok(());
            }
            Err(error) => {
                return Err(Unreadable {
                    cause: gap_cause(error.kind),
                    operation: format!("{}:{}", error.service, error.operation),
                    code: error.code.clone(),
                    message: format!("account {} ({}) cannot be read: {error}", account.id, account.name),
                });
            }
        };
        let found = answer.value.get("Account").and_then(serde_json::Value::as_str);
        match found {
            Some(found) if found != account.id.as_str() => Err(Unreadable {
                cause: GapCause::Credentials,
                operation: "sts:GetCallerIdentity".to_owned(),
                code: None,
                message: format!(
                    "the credentials for account {} ({}) are those of account {found}; hint: correct its role chain, or \
                     the profile this process runs with",
                    account.id, account.name
                ),
            }),
            _ => Ok(()),
        }
    }

    /// The regions to scan, and those that are off.
    async fn regions(&self, account: &Account, api: &dyn Api, partition: &str) -> (BTreeSet<Region>, BTreeSet<Region>) {
        for wanted in [&account.regions, &self.parts.settings.regions] {
            if !wanted.is_empty() {
                return (wanted.iter().cloned().collect(), BTreeSet::new());
            }
        }
        match regions(api, partition).map_err(Box::new).await {
            Ok(found) => {
                let (on, off): (Vec<_>, Vec<_>) = found.into_iter().partition(|status| status.is_enabled);
                let names = |list: Vec<security_monkey_watcher::RegionStatus>| {
                    list.into_iter().map(|status| status.region).collect()
                };
                (names(on), names(off))
            }
            Err(error) => (self.regions_without_asking(account, partition, &error), BTreeSet::new()),
        }
    }

    /// Better to ask everywhere and record what is refused there than to look nowhere.
    fn regions_without_asking(&self, account: &Account, partition: &str, error: &AwsError) -> BTreeSet<Region> {
        tracing::warn!(account = %account.id, %error, "cannot list the account's regions; scanning all regions of its partition");
        let known = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&account.id) {
            return known.clone();
        }
        let partitions = Models::embedded().partitions();
        let found = partitions.iter().find(|known| known.name == partition);
        let names = found.map_or(&[][..], |partition| partition.regions.as_slice());
        names.iter().filter_map(|name| Region::parse(name).ok()).collect()
    }
}
