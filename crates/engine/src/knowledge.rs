//! What people configured and decided, as scans and audits use it: read again whenever it has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use security_monkey_auditor::RuleOverrides;
use security_monkey_iam::AccountDirectory;
use security_monkey_model::{Account, AccountId, AccountKind, Digest, RuleId, TechnologyId};
use security_monkey_store::StoreError;

use crate::engine::Inner;

/// One consistent view; replaced as a whole.
#[derive(Debug)]
pub(crate) struct Knowledge {
    /// Increases with every change.
    pub(crate) generation: i64,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    pub(crate) directory: AccountDirectory,
    /// Rules that are switched off. Scores are not here: the store applies them, so that a change of score needs no audit.
    pub(crate) overrides: RuleOverrides,
}

impl Knowledge {
    /// Accounts that are scanned, by number.
    pub(crate) fn scanned(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().filter(|account| account.is_scanned())
    }

    /// The rules that are switched off in an account.
    fn disabled_in<'a>(&'a self, account: &'a AccountId) -> BTreeSet<&'a RuleId> {
        let set = self.overrides.disabled.keys().map(|(rule, _)| rule);
        set.filter(|rule| self.overrides.is_disabled(rule, account)).collect()
    }
}

impl Inner {
    /// The present configuration. One small query when nothing has changed.
    pub(crate) async fn knowledge(&self) -> Result<Arc<Knowledge>, StoreError> {
        let store = &self.parts.store;
        let mut known = self.knowledge.lock().await;
        // Read before the data: a change in between is seen as a change the next time.
        let generation = store.accounts_generation().await?;
        if let Some(known) = &*known
            && known.generation == generation
        {
            return Ok(Arc::clone(known));
        }
        let accounts: BTreeMap<AccountId, Account> = store
            .accounts()
            .await?
            .into_iter()
            .map(|account| (account.id.clone(), account))
            .collect();
        let mut overrides = RuleOverrides::default();
        for setting in store.rule_settings().await? {
            let place = (setting.rule, setting.account);
            overrides.disabled.insert(place, setting.is_disabled);
        }
        let fresh = Arc::new(Knowledge {
            generation,
            directory: self.directory(&accounts),
            accounts,
            overrides,
        });
        *known = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    fn directory(&self, accounts: &BTreeMap<AccountId, Account>) -> AccountDirectory {
        let mut directory = AccountDirectory::new();
        for account in accounts.values() {
            directory = match account.kind {
                AccountKind::Watched | AccountKind::Friendly => {
                    directory.with_friendly(account.id.as_str(), account.name.as_str())
                }
                AccountKind::ThirdParty => directory.with_third_party(account.id.as_str(), account.name.as_str()),
            };
        }
        for organisation in &self.parts.settings.organisations {
            directory = directory.with_organisation(organisation.as_str());
        }
        for network in &self.parts.settings.trusted_networks {
            directory = directory.with_network(*network);
        }
        directory
    }

    /// Names everything that decides what the rules say of a resource besides the resource: recorded with its evaluations, and
    /// evaluated again when it differs. Unread paths are in it, so that the verdicts they left unknown are made up for when they
    /// can be read again, even though the document has not changed.
    pub(crate) fn audit_key(
        &self,
        technology: &TechnologyId,
        account: &AccountId,
        unread: &[String],
        knowledge: &Knowledge,
    ) -> Digest {
        let rules = self.parts.auditor.rules();
        let rule_set = rules.digest_for(technology);
        let mut disabled = knowledge.disabled_in(account);
        if !disabled.is_empty() {
            let here: BTreeSet<&RuleId> = rules.for_technology(technology).map(|rule| &rule.id).collect();
            disabled.retain(|rule| here.contains(rule));
        }
        if disabled.is_empty() && unread.is_empty() {
            return rule_set;
        }
        let mut parts: Vec<&[u8]> = vec![rule_set.as_bytes(), b"off"];
        parts.extend(disabled.iter().map(|rule| rule.as_str().as_bytes()));
        parts.push(b"unread");
        let mut sorted: Vec<&String> = unread.iter().collect();
        sorted.sort();
        parts.extend(sorted.into_iter().map(String::as_bytes));
        Digest::of_parts(&parts)
    }
}
