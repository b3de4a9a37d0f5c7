//! Which findings: the query of the list and of the export.

use security_monkey_model as model;
use security_monkey_model::{AccountId, Region, RuleId, TechnologyId};
use security_monkey_store::ResourceRow;
use security_monkey_store::finding::FindingFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::words::{FindingStatus, score};
use crate::problem::Problem;

/// Which findings.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FindingParameters {
    /// Only in these states; left out: open and reopened.
    #[serde(default)]
    pub status: Vec<FindingStatus>,
    /// Only these accounts.
    #[serde(default)]
    #[param(value_type = Vec<String>)]
    pub account: Vec<AccountId>,
    /// Only these regions.
    #[serde(default)]
    #[param(value_type = Vec<String>)]
    pub region: Vec<Region>,
    /// Only these technologies.
    #[serde(default)]
    #[param(value_type = Vec<String>)]
    pub technology: Vec<TechnologyId>,
    /// Only of these rules.
    #[serde(default)]
    #[param(value_type = Vec<String>)]
    pub rule: Vec<RuleId>,
    /// Only with at least this score.
    #[param(minimum = 0, maximum = 10)]
    pub min_score: Option<u8>,
    /// Only with at most this score.
    #[param(minimum = 0, maximum = 10)]
    pub max_score: Option<u8>,
    /// Only of this resource (its number).
    pub resource: Option<i64>,
    /// Text in the message, the subject or the resource's name.
    pub text: Option<String>,
    /// The cursor `next` of the page before; leave it out for the first page.
    pub after: Option<String>,
    /// At most this many items.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<u32>,
}

impl FindingParameters {
    /// The store's filter.
    pub(crate) fn into_filter(self) -> Result<FindingFilter, Problem> {
        let statuses = if self.status.is_empty() {
            vec![model::FindingStatus::Open, model::FindingStatus::Reopened]
        } else {
            self.status.into_iter().map(Into::into).collect()
        };
        Ok(FindingFilter {
            statuses,
            accounts: self.account,
            regions: self.region,
            technologies: self.technology,
            rules: self.rule,
            min_score: score(self.min_score)?,
            max_score: score(self.max_score)?,
            resource: self.resource.map(ResourceRow),
            text: self.text.filter(|text| !text.is_empty()),
            as_of: None,
        })
    }
}
