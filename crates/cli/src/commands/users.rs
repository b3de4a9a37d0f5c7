//! `users list|add|set-role|reset-password|disable|enable`.

use std::process::ExitCode;

use anyhow::bail;
use security_monkey_model::{Role, UserEmail};
use security_monkey_server::made_user::{make_user, reset_password};
use security_monkey_server::password::HashingCost;
use security_monkey_server::randomness::SystemRandomness;
use security_monkey_store::{Author, Store};
use serde_json::json;

use crate::arguments::{RoleName, Users};
use crate::compose::{Process, Schema};
use crate::output::{Listing, errln, outln};

pub(super) async fn run(process: &Process, action: Users) -> anyhow::Result<ExitCode> {
    // A list makes no database: with a misspelt name it would say that there is nothing.
    let schema = if matches!(action, Users::List { .. }) {
        Schema::MustBeCurrent
    } else {
        Schema::Migrate
    };
    let store = process.store(schema).await?;
    let engine = process.engine_on(store.clone()).await?;
    match action {
        Users::List { format } => {
            let rows = store
                .users()
                .await?
                .iter()
                .map(|user| {
                    json!({
                        "email": user.email,
                        "role": user.role.as_str(),
                        "created_at": user.created_at,
                        "disabled_at": user.disabled_at,
                    })
                })
                .collect();
            Listing {
                columns: &[
                    ("email", "User"),
                    ("role", "Role"),
                    ("created_at", "Since"),
                    ("disabled_at", "Disabled"),
                ],
                rows,
                empty: "no users yet\nhint: security-monkey users add you@example.com --role admin",
            }
            .print(format)?;
        }
        Users::Add { email, role } => {
            if store.user(&email).await?.is_some() {
                bail!(
                    "there is a user {email} already\nhint: security-monkey users set-role, reset-password or enable"
                );
            }
            let made = make_user(&engine, &email, role.into(), &SystemRandomness, HashingCost::default()).await?;
            outln!("{}", made.password)?;
            errln!("the first password of {email}; it can be changed after signing in");
        }
        Users::SetRole { email, role } => {
            must_exist(&store, &email).await?;
            engine.set_role(&email, role.into(), &Author::System).await?;
            outln!("{email} has the role {}", Role::from(role).as_str())?;
        }
        Users::ResetPassword { email } => {
            must_exist(&store, &email).await?;
            let made = reset_password(&engine, &email, &SystemRandomness, HashingCost::default()).await?;
            outln!("{}", made.password)?;
            errln!("the new password of {email}; their sessions have ended");
        }
        Users::Disable { email } => {
            must_exist(&store, &email).await?;
            engine.set_disabled(&email, true, &Author::System).await?;
            outln!("{email} may no longer sign in")?;
        }
        Users::Enable { email } => {
            must_exist(&store, &email).await?;
            engine.set_disabled(&email, false, &Author::System).await?;
            outln!("{email} may sign in")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn must_exist(store: &Store, email: &UserEmail) -> anyhow::Result<()> {
    if store.user(email).await?.is_none() {
        bail!("there is no user {email}\nhint: security-monkey users list");
    }
    Ok(())
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::View => Self::View,
            RoleName::Comment => Self::Comment,
            RoleName::Justify => Self::Justify,
            RoleName::Admin => Self::Admin,
        }
    }
}
