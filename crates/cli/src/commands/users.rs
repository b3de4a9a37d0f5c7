//! `users list|add|set-role|reset-password|disable|enable`.

use std::process::ExitCode;

use anyhow::Context as _;
use security_monkey_engine::Engine;
use security_monkey_model::{Role, UserEmail};
use security_monkey_server::password::{HashingCost, hash_password, random_password};
use security_monkey_server::randomness::SystemRandomness;
use security_monkey_store::Author;
use serde_json::json;

use crate::arguments::{RoleName, Users};
use crate::compose::{Process, Schema};
use crate::output::Listing;

pub(super) async fn run(process: &Process, action: Users) -> anyhow::Result<ExitCode> {
    let store = process.store(Schema::Migrate).await?;
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
                columns: &[("email", "User"), ("role", "Role"), ("created_at", "Since"), ("disabled_at", "Disabled")],
                rows,
                empty: "no users yet\nhint: security-monkey users add you@example.com --role admin",
            }
            .print(format)?;
        }
        Users::Add { email, role } => {
            let password = add_user(&engine, &email, role.into()).await?;
            println!("{password}");
            eprintln!("the first password of {email}; it can be changed after signing in");
        }
        Users::SetRole { email, role } => {
            engine.set_role(&email, role.into(), &Author::System).await?;
            println!("{email} may {}", Role::from(role).as_str());
        }
        Users::ResetPassword { email } => {
            store.user(&email).await?.with_context(|| format!("there is no user {email}"))?;
            let password = random_password(&SystemRandomness)?;
            let hash = hash_password(&password, &SystemRandomness, HashingCost::default())?;
            engine.set_password_hash(&email, &hash, &Author::System).await?;
            engine.delete_sessions_of(&email, None).await?;
            println!("{password}");
            eprintln!("the new password of {email}; their sessions have ended");
        }
        Users::Disable { email } => {
            engine.set_disabled(&email, true, &Author::System).await?;
            println!("{email} may no longer sign in");
        }
        Users::Enable { email } => {
            engine.set_disabled(&email, false, &Author::System).await?;
            println!("{email} may sign in");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds a user with a random password, and returns it.
pub(crate) async fn add_user(engine: &Engine, email: &UserEmail, role: Role) -> anyhow::Result<String> {
    let password = random_password(&SystemRandomness)?;
    let hash = hash_password(&password, &SystemRandomness, HashingCost::default())?;
    engine.add_user(email, role, Some(&hash), &Author::System).await?;
    Ok(password)
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
