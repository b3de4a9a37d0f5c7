//! Accounts: data that changes while we run.

use std::collections::BTreeSet;

use security_monkey_model::{Account, Severity};
use security_monkey_notifier::Target;
use security_monkey_store::Author;
use security_monkey_store::subscription::{EventKind, SubscriptionFilter, SubscriptionSpec};

use crate::engine::Engine;
use crate::error::EngineError;

/// The channel that contacts are told through.
const CONTACT_CHANNEL: &str = "smtp";
/// Most roles of a chain: each hop is an STS call per hour and account.
const MOST_HOPS: usize = 5;

impl Engine {
    /// Creates or replaces an account. A running engine scans it from its next look at the schedule on.
    ///
    /// # Errors
    /// A role that is no role's ARN, an external id that AWS takes from nobody, an unknown technology among the excluded ones, a name that another account has.
    pub async fn put_account(&self, account: &Account, by: &Author) -> Result<(), EngineError> {
        let invalid = |message: String| Err(EngineError::InvalidRequest(message));
        if account.name.trim().is_empty() || account.name.len() > 200 || account.name.chars().any(char::is_control) {
            return invalid("an account's name has 1 to 200 characters".to_owned());
        }
        if account.role_chain.len() > MOST_HOPS {
            return invalid(format!("a role chain has at most {MOST_HOPS} roles"));
        }
        for hop in &account.role_chain {
            if !is_role_arn(&hop.role_arn) {
                return invalid(format!(
                    "'{}' is not a role's ARN like arn:aws:iam::123456789012:role/SecurityMonkey",
                    hop.role_arn
                ));
            }
            if hop.external_id.as_ref().is_some_and(|id| !is_external_id(id)) {
                return invalid(format!(
                    "the external id of {} is none: AWS takes 2 to 1224 letters, digits and any of _ + = , . @ : / -",
                    hop.role_arn
                ));
            }
        }
        if let Some(last) = account.role_chain.last()
            && last.role_arn.split(':').nth(4) != Some(account.id.as_str())
        {
            return invalid(format!(
                "the last role of the chain, {}, is not in account {}",
                last.role_arn, account.id
            ));
        }
        for contact in &account.contacts {
            // Checked before anything is written, or half of it would be.
            if let Ok(channel) = self.channel(CONTACT_CHANNEL) {
                channel.check(Target {
                    address: contact,
                    settings: &serde_json::Value::Null,
                })?;
            }
        }
        for technology in &account.excluded_technologies {
            if self.technologies().get(technology).is_none() {
                return Err(EngineError::UnknownTechnology(technology.to_string()));
            }
        }
        self.store().put_account(account, by, self.now()).await?;
        self.follow_contacts(account, by).await
    }

    /// Keeps a subscription for each of the account's contacts: its serious findings, and what of it cannot be read. Without a mail server
    /// contacts are only noted.
    async fn follow_contacts(&self, account: &Account, by: &Author) -> Result<(), EngineError> {
        if !self.channels().contains(&CONTACT_CHANNEL) {
            return Ok(());
        }
        let mark = serde_json::json!({"contact_of": account.id});
        let mut missing: BTreeSet<&str> = account.contacts.iter().map(String::as_str).collect();
        for subscription in self.store().subscriptions(None).await? {
            let spec = &subscription.spec;
            if spec.settings == mark && !missing.remove(spec.target.as_str()) {
                self.delete_subscription(subscription.id, by).await?;
            }
        }
        for contact in missing {
            let spec = SubscriptionSpec {
                owner: None,
                channel: CONTACT_CHANNEL.to_owned(),
                target: contact.to_owned(),
                settings: mark.clone(),
                filter: SubscriptionFilter {
                    accounts: vec![account.id.clone()],
                    events: vec![EventKind::FindingChanged, EventKind::CoverageChanged],
                    min_score: Some(Severity::High.least_score()),
                    ..SubscriptionFilter::default()
                },
                enabled: true,
            };
            self.add_subscription(&spec, by).await?;
        }
        Ok(())
    }
}

fn is_role_arn(text: &str) -> bool {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    matches!(fields[..], ["arn", partition, "iam", "", account, role]
        if partition.starts_with("aws")
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && role.strip_prefix("role/").is_some_and(|name| !name.is_empty()))
}

/// As AWS's API reference has it (STS, `AssumeRole`, `ExternalId`).
fn is_external_id(text: &str) -> bool {
    (2..=1224).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte))
}
