//! What a configuration that can be read still gets wrong: names that do not exist, addresses that cannot be. Each mistake with
//! its place in the file, where the file is its source.

use std::path::Path;

use security_monkey_model::TechnologyId;
use security_monkey_server::PublicUrl;
use security_monkey_store::is_database_url;
use toml::de::{DeTable, DeValue};

use super::Config;
use super::load::{Place, place_at};

/// A mistake.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The member, `server.public_url`.
    pub(crate) member: Vec<String>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<String>,
}

impl Mistake {
    fn new(member: &str, message: impl Into<String>, hint: impl Into<Option<String>>) -> Self {
        Self {
            member: member.split('.').map(ToOwned::to_owned).collect(),
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// Whether it is in this member, or in one of this table.
    pub(crate) fn is_at(&self, member: &str) -> bool {
        let wanted: Vec<&str> = member.split('.').collect();
        self.member.len() >= wanted.len() && self.member.iter().zip(wanted).all(|(name, wanted)| name == wanted)
    }

    /// The mistake with its place; one that is not in the file came from the environment, a flag or a default.
    pub(crate) fn shown(&self, file: Option<(&Path, &str)>) -> String {
        let member = self.member.join(".");
        let place = file.and_then(|(path, text)| Some((path, text, span(text, &self.member)?)));
        match place {
            Some((path, text, start)) => Place {
                hint: self.hint.clone(),
                ..place_at(path, text, start, format!("{member}: {}", self.message))
            }
            .to_string(),
            None => match &self.hint {
                Some(hint) => format!("{member}: {}\nhint: {hint}", self.message),
                None => format!("{member}: {}", self.message),
            },
        }
    }
}

/// Where the member, or its nearest table, stands in the file.
fn span(text: &str, member: &[String]) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut inner = table.get_ref();
    let mut found = None;
    for key in member {
        let Some((name, value)) = inner.get_key_value(key.as_str()) else {
            break;
        };
        found = Some(name.span().start);
        match value.get_ref() {
            DeValue::Table(next) => inner = next,
            _ => break,
        }
    }
    found
}

/// Everything that can be found without a network.
pub(crate) fn mistakes(config: &Config, technologies: &[&TechnologyId]) -> Vec<Mistake> {
    let mut found = Vec::new();
    if !is_database_url(&config.database.url) {
        found.push(Mistake::new(
            "database.url",
            "this names no database",
            "write sqlite:FILE or postgres://user@host/database".to_owned(),
        ));
    }
    if let Some(url) = &config.server.public_url
        && let Err(error) = PublicUrl::parse(url)
    {
        found.push(Mistake::new("server.public_url", error.to_string(), None));
    }
    let scan = &config.scan;
    let intervals: Vec<TechnologyId> = scan.intervals.keys().cloned().collect();
    for (member, ids) in [
        ("scan.technologies", &scan.technologies),
        ("scan.excluded_technologies", &scan.excluded_technologies),
        ("scan.intervals", &intervals),
    ] {
        for id in ids.iter().filter(|id| !technologies.contains(id)) {
            let nearest = super::load::nearest(id.as_str(), technologies.iter().map(|known| known.as_str()));
            let hint = nearest.map_or_else(
                || "security-monkey technologies list".to_owned(),
                |name| format!("did you mean {name}?"),
            );
            found.push(Mistake::new(member, format!("there is no technology {id}"), hint));
        }
    }
    for (member, folder) in [
        ("extend.technologies", &config.extend.technologies),
        ("extend.rules", &config.extend.rules),
    ] {
        if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_dir()) {
            let hint = "the path is relative to the folder that security-monkey is started in";
            found.push(Mistake::new(
                member,
                format!("there is no folder {}", folder.display()),
                hint.to_owned(),
            ));
        }
    }
    if let Some(file) = config.notify.smtp.as_ref().and_then(|smtp| smtp.password_file.as_ref())
        && let Err(error) = std::fs::read_to_string(file)
    {
        found.push(Mistake::new(
            "notify.smtp.password_file",
            format!("cannot read {}: {error}", file.display()),
            "or set SECURITY_MONKEY_SMTP_PASSWORD instead".to_owned(),
        ));
    }
    found
}
