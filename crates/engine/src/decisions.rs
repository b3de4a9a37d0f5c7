//! What people decide about findings, rules and resources. Who may decide is the server's to check.

use security_monkey_model::{RuleId, Timestamp};
use security_monkey_store::rule_setting::RuleSetting;
use security_monkey_store::{Author, CommentId, FindingId, ResourceRow};

use crate::engine::Engine;
use crate::error::EngineError;

impl Engine {
    /// Accepts findings, all or none, until `expires_at` (none: until revoked).
    pub async fn justify(
        &self,
        findings: &[FindingId],
        by: &Author,
        reason: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<(), EngineError> {
        Ok(self
            .store()
            .justify(findings, by, reason, expires_at, self.now())
            .await?)
    }

    /// Takes an acceptance back; the finding is open again.
    pub async fn revoke_justification(&self, finding: FindingId, by: &Author, reason: &str) -> Result<(), EngineError> {
        Ok(self
            .store()
            .revoke_justification(finding, by, reason, self.now())
            .await?)
    }

    /// Comments on a resource.
    pub async fn comment(&self, resource: ResourceRow, by: &Author, text: &str) -> Result<CommentId, EngineError> {
        Ok(self.store().comment(resource, by, text, self.now()).await?)
    }

    /// Switches a rule off or on, or overrides its score; applied to its findings at once. A rule that is switched on again is
    /// evaluated on everything it looks at in the next round of [`Engine::run`], within a minute.
    ///
    /// # Errors
    /// [`EngineError::UnknownRule`]; an empty reason.
    pub async fn put_rule_setting(&self, setting: &RuleSetting) -> Result<(), EngineError> {
        self.rule(&setting.rule)?;
        if setting.reason.trim().is_empty() {
            return Err(EngineError::InvalidRequest("say why: the reason is empty".to_owned()));
        }
        self.store().put_rule_setting(setting).await?;
        Ok(())
    }

    fn rule(&self, id: &RuleId) -> Result<(), EngineError> {
        match self.rules().get(id) {
            Some(_) => Ok(()),
            None => Err(EngineError::UnknownRule(id.to_string())),
        }
    }
}
