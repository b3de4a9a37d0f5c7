//! What is wrong with the profile: the providers of credentials pass silently over a profile that is not there
//! and a file that they cannot read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use crate::http::chain;

/// The two files: their kind, the variable that names another, the place below the home folder.
const FILES: [(EnvConfigFileKind, &str, &str); 2] = [
    (EnvConfigFileKind::Config, "AWS_CONFIG_FILE", ".aws/config"),
    (
        EnvConfigFileKind::Credentials,
        "AWS_SHARED_CREDENTIALS_FILE",
        ".aws/credentials",
    ),
];
/// Profiles that a profile's credentials may come from, one through the other.
const LONGEST_CHAIN: usize = 10;

/// What is wrong with files or profile, for people; none: nothing that explains missing credentials.
pub(crate) async fn complaint(environment: &HashMap<String, String>) -> Option<String> {
    let mut files = EnvConfigFiles::builder();
    let mut read = Vec::new();
    for (kind, variable, place) in FILES {
        let named = environment.get(variable);
        let path = match (named, environment.get("HOME")) {
            (Some(path), _) => PathBuf::from(path),
            (None, Some(home)) => Path::new(home).join(place),
            (None, None) => continue,
        };
        if path.exists() {
            files = files.with_file(kind, &path);
            read.push(path.display().to_string());
        } else if named.is_some() {
            return Some(format!(
                "{variable} names {}, and there is no such file",
                path.display()
            ));
        }
    }
    if read.is_empty() {
        let wanted = environment.get("AWS_PROFILE")?;
        return Some(format!(
            "there is no profile '{wanted}': neither ~/.aws/config nor ~/.aws/credentials is there"
        ));
    }
    let env = Env::from(environment.clone());
    let wanted = environment.get("AWS_PROFILE").map(|name| Cow::Owned(name.clone()));
    let is_named = wanted.is_some();
    match aws_config::profile::load(&Fs::real(), &env, &files.build(), wanted).await {
        Ok(profiles) => missing(&profiles, is_named, &read),
        Err(error) => Some(chain(&error)),
    }
}

/// What is wrong with a profile that somebody named, where the chain of providers would pass over it to another source. Keys in the
/// environment come before any profile, as in AWS's own tools.
pub(crate) async fn unheeded(environment: &HashMap<String, String>) -> Option<String> {
    let is_given = |name: &str| environment.get(name).is_some_and(|value| !value.trim().is_empty());
    if !is_given("AWS_PROFILE") || is_given("AWS_ACCESS_KEY_ID") {
        return None;
    }
    complaint(environment).await
}

/// What to do when a profile of IAM Identity Center gives no credentials.
pub(crate) async fn sign_in(environment: &HashMap<String, String>) -> Option<String> {
    let env = Env::from(environment.clone());
    let profiles = aws_config::profile::load(&Fs::real(), &env, &EnvConfigFiles::default(), None)
        .await
        .ok()?;
    let name = profiles.selected_profile();
    let profile = profiles.get_profile(name)?;
    profile.get("sso_session").or_else(|| profile.get("sso_start_url"))?;
    Some(format!("sign in with: aws sso login --profile {name}"))
}

/// The first profile of the chain that is not there. Without a name the profile `default` is meant, which need not be there.
fn missing(profiles: &ProfileSet, is_named: bool, read: &[String]) -> Option<String> {
    let mut name = profiles.selected_profile();
    let mut named_by = is_named.then(String::new);
    for _ in 0..LONGEST_CHAIN {
        let Some(profile) = profiles.get_profile(name) else {
            let named_by = named_by?;
            let mut known: Vec<&str> = profiles.profiles().collect();
            known.sort_unstable();
            let known = if known.is_empty() {
                "no other".to_owned()
            } else {
                known.join(", ")
            };
            let read = read.join(" or ");
            return Some(format!(
                "there is no profile '{name}'{named_by} in {read}; there is {known}"
            ));
        };
        let source = profile.get("source_profile").filter(|source| *source != name)?;
        named_by = Some(format!(" (the source_profile of '{name}')"));
        name = source;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_wrong_with_a_profile_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        let said = async |text: &str, profile: Option<&str>| {
            std::fs::write(&config, text).unwrap();
            let mut environment = HashMap::from([("AWS_CONFIG_FILE".to_owned(), config.display().to_string())]);
            environment.extend(profile.map(|name| ("AWS_PROFILE".to_owned(), name.to_owned())));
            let said = complaint(&environment).await;
            said.map(|text| text.replace(&folder.path().display().to_string(), "…"))
        };
        let good =
            "[default]\nregion = us-east-1\n[profile hub]\nregion = us-east-1\n[profile spoke]\nsource_profile = hub\n";
        assert_eq!(said(good, None).await, None);
        assert_eq!(said(good, Some("spoke")).await, None);
        assert_eq!(said("", None).await, None);
        assert_eq!(
            said(good, Some("spok")).await.unwrap(),
            "there is no profile 'spok' in …/config; there is default, hub, spoke"
        );
        assert_eq!(
            said("[profile spoke]\nsource_profile = hbu\n", Some("spoke"))
                .await
                .unwrap(),
            "there is no profile 'hbu' (the source_profile of 'spoke') in …/config; there is spoke"
        );
        let broken = said("[profile spoke\n", Some("spoke")).await.unwrap();
        assert!(broken.contains("…/config") && broken.contains("line 1"), "{broken}");
        // A profile that is its own source takes the credentials beside it.
        assert_eq!(said("[profile own]\nsource_profile = own\n", Some("own")).await, None);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        let named = HashMap::from([("AWS_SHARED_CREDENTIALS_FILE".to_owned(), path.clone())]);
        let said = complaint(&named).await.unwrap();
        assert!(said.contains("could not read") && said.contains(&path), "{said}");
        let named = HashMap::from([("AWS_PROFILE".to_owned(), "x".to_owned())]);
        let said = complaint(&named).await.unwrap();
        assert!(said.starts_with("there is no profile 'x': neither"), "{said}");
        assert_eq!(complaint(&HashMap::new()).await, None);
        let nowhere = HashMap::from([("AWS_CONFIG_FILE".to_owned(), format!("{path}/nowhere"))]);
        assert_eq!(
            complaint(&nowhere).await.unwrap(),
            format!("AWS_CONFIG_FILE names {path}/nowhere, and there is no such file")
        );
    }
}
