//! Accounts: data that changes while we run.

use security_monkey_model::Account;
use security_monkey_store::Author;

use crate::engine::Engine;
use crate::error::EngineError;

/// Most roles of a chain: each hop is an STS call per hour and account.
const MOST_HOPS: usize = 5;

impl Engine {
    /// Creates or replaces an account. A running engine scans it from its next look at the schedule on.
    ///
    /// # Errors
    /// A role that is no role's ARN, an unknown technology among the excluded ones, a name that another account has.
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
        }
        if let Some(last) = account.role_chain.last()
            && last.role_arn.split(':').nth(4) != Some(account.id.as_str())
        {
            return invalid(format!(
                "the last role of the chain, {}, is not in account {}",
                last.role_arn, account.id
            ));
        }
        for technology in &account.excluded_technologies {
            if self.technologies().get(technology).is_none() {
                return Err(EngineError::UnknownTechnology(technology.to_string()));
            }
        }
        self.store().put_account(account, by, self.now()).await?;
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
