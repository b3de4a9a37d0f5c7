//! Grants of a KMS key: who may use the key besides those its policy names.

use security_monkey_iam::AccountDirectory;
use security_monkey_iam::arn::Arn;
use security_monkey_iam::directory::Standing;
use security_monkey_model::Document;
use serde::Serialize;

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DerivedGrant {
    /// Its id.
    pub id: String,
    /// `same_account`, `friendly_account`, `third_party_account`, `unknown_account`, `aws_service`, or `unclear` where the principal
    /// names no account.
    pub class: &'static str,
    /// The grantee as written.
    pub who: String,
    /// The grantee's account, where it has one.
    pub account: Option<String>,
    /// The name of the account, if we know one.
    pub name: Option<String>,
    /// What it may do: `Decrypt`, `CreateGrant`.
    pub operations: Vec<String>,
    /// Where it stands: `Grants[1]`.
    pub at: String,
}

pub(super) fn grants(document: &Document, directory: &AccountDirectory) -> Vec<DerivedGrant> {
    let grants = document["Grants"].as_array().map_or(&[][..], Vec::as_slice);
    grants
        .iter()
        .enumerate()
        .filter_map(|(index, grant)| {
            let who = grant["GranteePrincipal"].as_str()?;
            let account = Arn::read(who)
                .map(|arn| arn.account)
                .filter(|account| !account.is_empty());
            let class = match account.map(|account| directory.standing(account)) {
                Some(Standing::Same) => "same_account",
                Some(Standing::Friendly) => "friendly_account",
                Some(Standing::ThirdParty) => "third_party_account",
                Some(Standing::Unknown) => "unknown_account",
                None if who.contains(".amazonaws.") => "aws_service",
                None => "unclear",
            };
            let operations = grant["Operations"].as_array().map_or(&[][..], Vec::as_slice);
            Some(DerivedGrant {
                id: grant["GrantId"].as_str().unwrap_or_default().to_owned(),
                class,
                who: who.to_owned(),
                account: account.map(str::to_owned),
                name: account.and_then(|account| directory.name(account)).map(str::to_owned),
                operations: operations
                    .iter()
                    .filter_map(Document::as_str)
                    .map(str::to_owned)
                    .collect(),
                at: format!("Grants[{index}]"),
            })
        })
        .collect()
}
