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
    /// Of what is in the directory, names aside.
    known: Digest,
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
        let (directory, known_digest) = self.directory(&accounts);
        let fresh = Arc::new(Knowledge {
            generation,
            directory,
            known: known_digest,
            accounts,
            overrides,
        });
        *known = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// Tells other processes on this database which organisations and networks this one takes for known. True: another one told otherwise
    /// since, so that what one of them opens the other resolves.
    pub(crate) async fn is_at_odds_with_others(&self) -> Result<bool, StoreError> {
        let settings = &self.parts.settings;
        let organisations = settings.organisations.iter().map(|id| format!("organisation {id}"));
        let networks = settings
            .trusted_networks
            .iter()
            .map(|network| format!("network {}", network.trunc()));
        let parts: BTreeSet<String> = organisations.chain(networks).collect();
        let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
        self.parts.store.note_known(&Digest::of_parts(&parts)).await
    }

    /// Who is known, and a digest of it. What people call an account is left out of the digest: a name decides no verdict, and renaming
    /// an account shall not have everything evaluated again.
    fn directory(&self, accounts: &BTreeMap<AccountId, Account>) -> (AccountDirectory, Digest) {
        let mut directory = AccountDirectory::new();
        let mut parts: BTreeSet<String> = BTreeSet::new();
        for account in accounts.values() {
            let (id, name) = (account.id.as_str(), account.name.as_str());
            let standing = match account.kind {
                AccountKind::Watched | AccountKind::Friendly => {
                    directory = directory.with_friendly(id, name);
                    "friendly"
                }
                AccountKind::ThirdParty => {
                    directory = directory.with_third_party(id, name);
                    "third-party"
                }
            };
            parts.insert(format!("{standing} {id}"));
        }
        for organisation in &self.parts.settings.organisations {
            directory = directory.with_organisation(organisation.as_str());
            parts.insert(format!("organisation {organisation}"));
        }
        for network in &self.parts.settings.trusted_networks {
            directory = directory.with_network(*network);
            parts.insert(format!("network {}", network.trunc()));
        }
        let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
        (directory, Digest::of_parts(&parts))
    }

    /// The key of audits with all rules of a technology and nothing unread: most of them.
    pub(crate) fn common_audit_key(&self, technology: &TechnologyId, knowledge: &Knowledge) -> Digest {
        let rules = self.parts.auditor.rules();
        let rule_set = rules.digest_for(technology);
        if rules.asks_who_is_known(technology) {
            Digest::of_parts(&[rule_set.as_bytes(), b"known", knowledge.known.as_bytes()])
        } else {
            rule_set
        }
    }

    /// Names everything that decides what the rules say of a resource besides the resource: recorded with its evaluations, and
    /// evaluated again when it differs. Unread paths are in it, so that the verdicts they left unknown are made up for when they
    /// can be read again, even though the document has not changed; and who is known, so that an account that becomes a friend is
    /// unknown no longer.
    pub(crate) fn audit_key(
        &self,
        technology: &TechnologyId,
        account: &AccountId,
        unread: &[String],
        knowledge: &Knowledge,
    ) -> Digest {
        let rules = self.parts.auditor.rules();
        let common = self.common_audit_key(technology, knowledge);
        let mut disabled = knowledge.disabled_in(account);
        if !disabled.is_empty() {
            let here: BTreeSet<&RuleId> = rules.for_technology(technology).map(|rule| &rule.id).collect();
            disabled.retain(|rule| here.contains(rule));
        }
        if disabled.is_empty() && unread.is_empty() {
            return common;
        }
        let mut parts: Vec<&[u8]> = vec![common.as_bytes(), b"off"];
        parts.extend(disabled.iter().map(|rule| rule.as_str().as_bytes()));
        parts.push(b"unread");
        let mut sorted: Vec<&String> = unread.iter().collect();
        sorted.sort();
        parts.extend(sorted.into_iter().map(String::as_bytes));
        Digest::of_parts(&parts)
    }
}
