//! `accounts list|add|disable|enable`.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use security_monkey_aws::ErrorKind;
use security_monkey_model::{Account, AccountId, AccountKind, AssumeRole};
use security_monkey_store::{Author, Store};
use serde_json::json;

use crate::arguments::{AccountAdd, Accounts, Kind};
use crate::compose::{Process, Schema, known};
use crate::output::{Listing, outln};

pub(super) async fn run(process: &Process, action: Accounts) -> anyhow::Result<ExitCode> {
    // A list makes no database: with a misspelt name it would say that there is nothing.
    let schema = if matches!(action, Accounts::List { .. }) {
        Schema::MustBeCurrent
    } else {
        Schema::Migrate
    };
    let store = process.store(schema).await?;
    match action {
        Accounts::List { format } => {
            let rows = store
                .accounts()
                .await?
                .iter()
                .map(|account| {
                    json!({
                        "id": account.id,
                        "name": account.name,
                        "kind": account.kind.as_str(),
                        "is_scanned": account.is_scanned(),
                        "roles": account.role_chain.iter().map(|hop| &hop.role_arn).collect::<Vec<_>>(),
                        "regions": account.regions,
                    })
                })
                .collect();
            Listing {
                columns: &[
                    ("id", "Account"),
                    ("name", "Name"),
                    ("kind", "Kind"),
                    ("is_scanned", "Scanned"),
                    ("roles", "Reached by"),
                    ("regions", "Regions"),
                ],
                rows,
                empty: "no accounts yet\nhint: security-monkey accounts add",
            }
            .print(format)?;
        }
        Accounts::Add(arguments) => {
            let technologies = process.technologies()?;
            known(&technologies, &arguments.excluded_technologies)?;
            let account = account(process, &store, arguments).await?;
            let engine = process.engine_with(store, technologies).await?;
            engine.put_account(&account, &Author::System).await?;
            outln!("{} {} ({})", account.id, account.name, account.kind.as_str())?;
        }
        Accounts::Disable { account } => set_enabled(process, store, &account, false).await?,
        Accounts::Enable { account } => set_enabled(process, store, &account, true).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn set_enabled(process: &Process, store: Store, id: &AccountId, is_enabled: bool) -> anyhow::Result<()> {
    let mut account = store
        .account(id)
        .await?
        .with_context(|| format!("there is no account {id}\nhint: security-monkey accounts list"))?;
    account.enabled = is_enabled;
    process
        .engine_on(store)
        .await?
        .put_account(&account, &Author::System)
        .await?;
    match (is_enabled, account.is_scanned()) {
        (false, _) => outln!("{id} is no longer scanned; its history stays"),
        (true, true) => outln!("{id} is scanned"),
        (true, false) => outln!("{id} is not scanned: {} accounts are not", account.kind.as_str()),
    }?;
    Ok(())
}

/// The account as it is known, or a new one, with what was given: the rest of a known account stays.
async fn account(process: &Process, store: &Store, arguments: AccountAdd) -> anyhow::Result<Account> {
    let id = match arguments.account {
        Some(id) => id,
        None => own_account(process).await?,
    };
    let known = store.account(&id).await?;
    let mut account = known.unwrap_or_else(|| Account::watched(id.clone(), id.to_string()));
    if let Some(name) = arguments.name {
        account.name = name;
    }
    if let Some(kind) = arguments.kind {
        account.kind = match kind {
            Kind::Watched => AccountKind::Watched,
            Kind::Friendly => AccountKind::Friendly,
            Kind::ThirdParty => AccountKind::ThirdParty,
        };
    }
    if arguments.no_role {
        account.role_chain.clear();
    } else if !arguments.roles.is_empty() {
        account.role_chain = role_chain(arguments.roles, &account.role_chain);
    }
    if let Some(external_id) = arguments.external_id {
        let Some(last) = account.role_chain.last_mut() else {
            bail!(
                "--external-id is shown to a role, and account {id} is reached without one\nhint: give --role as well"
            );
        };
        last.external_id = Some(external_id);
    }
    if arguments.all_regions || !arguments.regions.is_empty() {
        account.regions = arguments.regions;
    }
    if arguments.all_technologies || !arguments.excluded_technologies.is_empty() {
        account.excluded_technologies = arguments.excluded_technologies;
    }
    Ok(account)
}

/// These roles; one that was in the chain before keeps its external id.
fn role_chain(roles: Vec<String>, before: &[AssumeRole]) -> Vec<AssumeRole> {
    let external_id = |role: &str| {
        let hop = before.iter().find(|hop| hop.role_arn == role)?;
        hop.external_id.clone()
    };
    roles
        .into_iter()
        .map(|role_arn| AssumeRole {
            external_id: external_id(&role_arn),
            role_arn,
        })
        .collect()
}

/// The account of the process's own credentials.
pub(super) async fn own_account(process: &Process) -> anyhow::Result<AccountId> {
    let session = process.session().await?;
    let identity = session.own().caller_identity().await.map_err(|error| {
        let what = "ask AWS who we are (sts:GetCallerIdentity)";
        // A network that is down has its own hint, which this one would hide.
        let said = if error.kind == ErrorKind::Credentials {
            format!(
                "{what}\nhint: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`"
            )
        } else {
            what.to_owned()
        };
        anyhow::Error::new(error).context(said)
    })?;
    Ok(AccountId::parse(&identity.account)?)
}
