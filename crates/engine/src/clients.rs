//! From an account as configured to something that answers AWS calls in its name.

use std::sync::Arc;

use security_monkey_aws::{Api, Role, Session, Target};
use security_monkey_model::Account;

/// An account no client can be made for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ClientError {
    /// What is wrong with the account's credentials, and what to do.
    pub message: String,
}

/// Makes clients. Implement it over a live session, or over recorded answers; keep clients cheap: one is made per scan.
pub trait AccountClients: Send + Sync {
    /// A client that acts in the account's name. Makes no call itself.
    fn client(&self, account: &Account) -> Result<Arc<dyn Api>, ClientError>;

    /// The partition the account is in, `aws`: decides where calls of global services go.
    fn partition(&self, account: &Account) -> Arc<str>;

    /// The region to ask what concerns the whole account.
    fn home_region(&self, account: &Account) -> String;
}

/// Clients of a live session: the process's own credentials, and the account's roles assumed from them.
#[derive(Clone)]
pub struct SessionClients {
    session: Session,
}

impl SessionClients {
    /// Clients of this session.
    pub fn new(session: Session) -> Self {
        Self { session }
    }
}

impl AccountClients for SessionClients {
    fn client(&self, account: &Account) -> Result<Arc<dyn Api>, ClientError> {
        let target = Target {
            account: Some(Arc::from(account.id.as_str())),
            roles: account
                .role_chain
                .iter()
                .map(|hop| Role {
                    external_id: hop.external_id.clone(),
                    ..Role::new(hop.role_arn.clone())
                })
                .collect(),
        };
        match self.session.account(&target) {
            Ok(client) => Ok(Arc::new(client)),
            Err(error) => Err(ClientError {
                message: error.to_string(),
            }),
        }
    }

    fn partition(&self, account: &Account) -> Arc<str> {
        // arn:<partition>:iam::…: the role that is in the account says where the account is.
        let of_role = account.role_chain.last().and_then(|hop| hop.role_arn.split(':').nth(1));
        if let Some(partition) = of_role {
            return Arc::from(partition);
        }
        let region = account
            .regions
            .first()
            .map_or(self.session.region(), |region| region.as_str());
        Arc::from(self.session.models().partition_of(region).name.as_str())
    }

    fn home_region(&self, account: &Account) -> String {
        let partition = self.partition(account);
        let models = self.session.models();
        if *models.partition_of(self.session.region()).name == *partition {
            return self.session.region().to_owned();
        }
        models
            .partitions()
            .iter()
            .find(|known| *known.name == *partition)
            .map_or_else(|| self.session.region().to_owned(), |known| known.global_region.clone())
    }
}
