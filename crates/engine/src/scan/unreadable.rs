//! What cannot be looked at, said once per scope: an account whose credentials fail, a region that was switched off.

use std::collections::BTreeSet;

use security_monkey_model::{Account, CoverageGap, GapCause, Region, Scope};
use security_monkey_store::gap::GapFilter;
use security_monkey_store::{Page, StoreError};

use crate::engine::Inner;
use crate::plan::{AccountPlan, Unreadable};

impl Inner {
    /// Records that nothing of an account can be read: a gap for each of its scopes. Scopes that already say so are left as they are.
    /// Returns the scopes and their gap.
    pub(crate) async fn record_unreadable(
        &self,
        account: &Account,
        why: &Unreadable,
        is_wanted: &(dyn Fn(&Scope) -> bool + Sync),
    ) -> Result<(Vec<Scope>, CoverageGap), StoreError> {
        let gap = CoverageGap {
            resource: None,
            field: None,
            operation: why.operation.clone(),
            cause: why.cause,
            code: why.code.clone(),
            message: why.message.clone(),
        };
        let mut scopes: BTreeSet<Scope> = self.scopes_without_asking(account);
        let mut scanned = BTreeSet::new();
        for status in self.parts.store.scope_times(&account.id).await? {
            if self.is_enabled(account, &status.scope) {
                if status.last_started_at.is_some() {
                    scanned.insert(status.scope.clone());
                }
                scopes.insert(status.scope);
            }
        }
        scopes.retain(is_wanted);
        let known = self.scopes_with_gap(account, why.cause).await?;
        // A scan may have met the same: it is recorded once more, as none, so that it need not wait for its interval.
        let is_said = |scope: &Scope| known.contains(scope) && !scanned.contains(scope);
        for scope in scopes.iter().filter(|scope| !is_said(scope)) {
            self.record_gap(scope, gap.clone()).await?;
        }
        Ok((scopes.into_iter().collect(), gap))
    }

    /// Records that regions are switched off, where something was recorded before. What was there stays as last seen. Returns the
    /// scopes with their gaps, those that said so before among them.
    pub(crate) async fn record_switched_off(
        &self,
        plan: &AccountPlan,
    ) -> Result<Vec<(Scope, CoverageGap)>, StoreError> {
        if plan.switched_off.is_empty() {
            return Ok(Vec::new());
        }
        let mut scopes = Vec::new();
        for status in self.parts.store.scope_times(&plan.account.id).await? {
            if plan.switched_off.contains(&status.scope.region) && self.is_enabled(&plan.account, &status.scope) {
                scopes.push(status.scope);
            }
        }
        if scopes.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.scopes_with_gap(&plan.account, GapCause::RegionDisabled).await?;
        let mut switched_off = Vec::with_capacity(scopes.len());
        for scope in scopes {
            let gap = CoverageGap {
                resource: None,
                field: None,
                operation: "ec2:DescribeRegions".to_owned(),
                cause: GapCause::RegionDisabled,
                code: None,
                message: format!(
                    "region {} is switched off for the account; hint: switch it on again, or delete what is there first",
                    scope.region
                ),
            };
            if !known.contains(&scope) {
                self.record_gap(&scope, gap.clone()).await?;
            }
            switched_off.push((scope, gap));
        }
        Ok(switched_off)
    }

    async fn record_gap(&self, scope: &Scope, gap: CoverageGap) -> Result<(), StoreError> {
        let now = self.parts.clock.now();
        self.parts.store.record_out_of_sight(scope, gap, now).await?;
        Ok(())
    }

    fn is_enabled(&self, account: &Account, scope: &Scope) -> bool {
        let technologies = self.enabled_technologies(account);
        technologies
            .iter()
            .any(|technology| technology.id() == &scope.technology)
    }

    /// The scopes we know of without the account's help: global ones, and those of regions that somebody named.
    fn scopes_without_asking(&self, account: &Account) -> BTreeSet<Scope> {
        let named = if account.regions.is_empty() {
            &self.parts.settings.regions
        } else {
            &account.regions
        };
        let mut scopes = BTreeSet::new();
        for technology in self.enabled_technologies(account) {
            let places = if technology.is_global() {
                vec![Region::global()]
            } else {
                named.clone()
            };
            scopes.extend(places.into_iter().map(|region| Scope {
                account: account.id.clone(),
                region,
                technology: technology.id().clone(),
            }));
        }
        scopes
    }

    async fn scopes_with_gap(&self, account: &Account, cause: GapCause) -> Result<BTreeSet<Scope>, StoreError> {
        let filter = GapFilter {
            accounts: vec![account.id.clone()],
            causes: vec![cause],
            ..GapFilter::default()
        };
        let mut known = BTreeSet::new();
        let mut page = Page::first(Page::MOST);
        loop {
            let found = self.parts.store.gaps(&filter, &page).await?;
            let hiding = found.items.into_iter().filter(|gap| gap.gap.hides_resources());
            known.extend(hiding.map(|gap| gap.scope));
            match found.next {
                Some(next) => page.after = Some(next),
                None => return Ok(known),
            }
        }
    }
}
