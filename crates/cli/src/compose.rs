//! Composition: configuration in, working parts out. The only place that picks a concrete store, client, clock and channel.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use security_monkey_auditor::{Auditor, RuleError, RuleSet, RuleSources};
use security_monkey_aws::models::Models;
use security_monkey_aws::{Options, Session};
use security_monkey_engine::{
    AccountClients, Engine, EngineParts, EngineSettings, RuleLoading, SessionClients, TechnologyShapes,
};
use security_monkey_model::{Clock as _, SystemClock, TechnologyId};
use security_monkey_notifier::{Channel, Secret, SmtpChannel, SmtpSettings, WebhookChannel};
use security_monkey_server::randomness::{Randomness as _, SystemRandomness, random_token};
use security_monkey_store::{Missing, Store, StoreOptions};
use security_monkey_watcher::{SourceFile, Technologies, Technology, TechnologyFileError};

use crate::config::Config;
use crate::output::errln;

/// What the process was started with.
pub(crate) struct Process {
    /// The configuration in force.
    pub(crate) config: Config,
    /// The environment, read once.
    pub(crate) environment: HashMap<String, String>,
}

/// Whether an old schema is brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Bring it up to date.
    Migrate,
    /// Refuse an old one.
    MustBeCurrent,
}

impl Process {
    /// Technologies: ours and the user's; and what is wrong with the user's files.
    pub(crate) fn all_technologies(&self) -> anyhow::Result<(Technologies, Vec<TechnologyFileError>)> {
        let mut files = SourceFile::built_in();
        if let Some(folder) = &self.config.extend.technologies {
            files.extend(
                SourceFile::read_folder(folder)
                    .with_context(|| format!("read the technologies folder {}", folder.display()))?,
            );
        }
        Ok(Technologies::load(files, Models::embedded()))
    }

    /// Ours alone.
    pub(crate) fn built_in_technologies() -> Technologies {
        Technologies::load(SourceFile::built_in(), Models::embedded()).0
    }

    /// Technologies; a broken file is said on stderr and left out, the others work: also when the configuration names it.
    pub(crate) fn technologies(&self) -> anyhow::Result<Technologies> {
        let (technologies, errors) = self.all_technologies()?;
        for error in &errors {
            errln!("warning: {error}\n  this technology is not watched");
        }
        for (member, ids) in [
            ("scan.technologies", &self.config.scan.technologies),
            ("scan.excluded_technologies", &self.config.scan.excluded_technologies),
            ("scan.intervals", &self.config.scan.intervals.keys().cloned().collect()),
        ] {
            let (left_out, others): (Vec<_>, Vec<_>) = ids.iter().cloned().partition(|id| technologies.is_left_out(id));
            known(&technologies, &others).with_context(|| format!("configuration: {member}"))?;
            if member == "scan.technologies" {
                for id in left_out {
                    errln!(
                        "error: configuration: {member} names {id}, whose file is broken (see above): it is not watched"
                    );
                }
            }
        }
        Ok(technologies)
    }

    /// The technologies that are switched on.
    pub(crate) fn enabled<'t>(&self, technologies: &'t Technologies, only: &[TechnologyId]) -> Vec<&'t Technology> {
        let scan = &self.config.scan;
        technologies
            .all()
            .map(AsRef::as_ref)
            .filter(|technology| only.is_empty() || only.contains(technology.id()))
            .filter(|technology| scan.technologies.is_empty() || scan.technologies.contains(technology.id()))
            .filter(|technology| !scan.excluded_technologies.contains(technology.id()))
            .collect()
    }

    /// Rules: ours and the user's; and what is wrong with the user's files.
    pub(crate) fn all_rules(&self, technologies: &Technologies) -> anyhow::Result<(RuleSet, Vec<RuleError>)> {
        let mut sources = RuleSources::embedded();
        if let Some(folder) = &self.config.extend.rules {
            sources = sources.with_folder(folder)?;
        }
        Ok(RuleSet::load(&sources, &TechnologyShapes(technologies)))
    }

    /// Rules; a broken file is said on stderr and left out, the others work.
    pub(crate) fn rules(&self, technologies: &Technologies) -> anyhow::Result<(RuleSet, RuleLoading)> {
        let (rules, errors) = self.all_rules(technologies)?;
        for error in &errors {
            errln!("warning: {error}\n  this rule is not evaluated");
        }
        let loading = if errors.is_empty() {
            RuleLoading::Complete
        } else {
            RuleLoading::SomeLeftOut
        };
        Ok((rules, loading))
    }

    /// The database of the configuration, its schema brought up to date or checked.
    pub(crate) async fn store(&self, schema: Schema) -> anyhow::Result<Store> {
        with_schema(self.connect(schema).await?, schema).await
    }

    /// The database of the configuration as it is. What only reads makes no file.
    pub(crate) async fn connect(&self, schema: Schema) -> anyhow::Result<Store> {
        let options = StoreOptions {
            missing: match schema {
                Schema::Migrate => Missing::Create,
                Schema::MustBeCurrent => Missing::Refuse,
            },
            ..StoreOptions::default()
        };
        Ok(Store::connect(&self.config.database.url, options).await?)
    }

    /// The connection to AWS with the ordinary credential chain.
    pub(crate) async fn session(&self) -> anyhow::Result<Session> {
        let mut environment = self.environment.clone();
        if self.config.aws.fips {
            environment.insert("AWS_USE_FIPS_ENDPOINT".to_owned(), "true".to_owned());
        }
        let mut options = Options::new(environment);
        options.profile.clone_from(&self.config.aws.profile);
        options.region = self.config.aws.region.as_ref().map(ToString::to_string);
        Session::load(options).await.context("prepare the connection to AWS")
    }

    /// The channels that are set up.
    pub(crate) fn channels(&self) -> anyhow::Result<Vec<Arc<dyn Channel>>> {
        let notify = &self.config.notify;
        let webhook =
            WebhookChannel::new(&notify.webhook, Arc::new(SystemClock)).context("configuration: notify.webhook")?;
        let mut channels: Vec<Arc<dyn Channel>> = vec![Arc::new(webhook)];
        if let Some(smtp) = &notify.smtp {
            let password = match (
                &smtp.password_file,
                self.environment.get("SECURITY_MONKEY_SMTP_PASSWORD"),
            ) {
                (Some(file), _) => Some(
                    std::fs::read_to_string(file)
                        .with_context(|| format!("read notify.smtp.password_file {}", file.display()))?
                        .trim_end()
                        .to_owned(),
                ),
                (None, from_environment) => from_environment.cloned(),
            };
            let settings = SmtpSettings {
                port: smtp.port,
                tls: smtp.tls,
                user: smtp.user.clone(),
                password: password.map(Secret::new),
                from: smtp.from.clone(),
                host: smtp.host.clone(),
                hello_name: None,
                timeout_seconds: 30,
                certificates: Vec::new(),
            };
            channels.push(Arc::new(
                SmtpChannel::new(&settings).context("configuration: notify.smtp")?,
            ));
        }
        Ok(channels)
    }

    /// The engine over these parts.
    pub(crate) async fn engine(
        &self,
        store: Store,
        technologies: Technologies,
        (rules, loading): (RuleSet, RuleLoading),
        clients: Arc<dyn AccountClients>,
    ) -> anyhow::Result<Engine> {
        let (scan, known) = (&self.config.scan, &self.config.known);
        let settings = EngineSettings {
            regions: scan.regions.clone(),
            technologies: scan.technologies.clone(),
            excluded_technologies: scan.excluded_technologies.clone(),
            intervals: scan.intervals(),
            organisations: known.organisations.iter().map(|id| id.0.clone()).collect(),
            trusted_networks: known.networks.values().map(|network| network.0).collect(),
            concurrent_scans: scan.concurrent_scopes.max(1),
            link_base: Some(self.public_url()),
            ..EngineSettings::default()
        };
        let mut seed = [0_u8; 8];
        SystemRandomness.fill(&mut seed)?;
        let parts = EngineParts {
            store,
            technologies: Arc::new(technologies),
            auditor: Arc::new(Auditor::new(rules)),
            clients,
            clock: Arc::new(SystemClock),
            channels: self.channels()?,
            process: random_token(&SystemRandomness)?,
            seed: u64::from_le_bytes(seed),
            rules: loading,
            settings,
        };
        Ok(Engine::new(parts).await?)
    }

    /// The engine over the configured parts and AWS itself.
    pub(crate) async fn engine_on(&self, store: Store) -> anyhow::Result<Engine> {
        self.engine_with(store, self.technologies()?).await
    }

    /// The same, over technologies that were read before: reading them says what is wrong with them, and once is enough.
    pub(crate) async fn engine_with(&self, store: Store, technologies: Technologies) -> anyhow::Result<Engine> {
        let rules = self.rules(&technologies)?;
        let session = self.session().await?;
        self.engine(store, technologies, rules, Arc::new(SessionClients::new(session)))
            .await
    }

    /// The address people type.
    pub(crate) fn public_url(&self) -> String {
        let server = &self.config.server;
        server
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", server.listen))
    }
}

/// A new database in a folder that goes away.
pub(crate) async fn temporary_store(folder: &Path) -> anyhow::Result<Store> {
    let url = format!("sqlite:{}", folder.join("scan.db").display());
    with_schema(Store::connect(&url, StoreOptions::default()).await?, Schema::Migrate).await
}

async fn with_schema(store: Store, schema: Schema) -> anyhow::Result<Store> {
    if schema == Schema::Migrate {
        let report = migrate(&store).await?;
        if report.from > 0 && !report.applied.is_empty() {
            errln!(
                "brought the database {} from schema {} to {}",
                store.name(),
                report.from,
                report.to
            );
        }
    } else {
        let status = store.schema_status().await?;
        if !status.is_current() {
            bail!(
                "the database {} has schema {}, this program wants {}\nhint: security-monkey db migrate",
                store.name(),
                status.found,
                status.known
            );
        }
    }
    Ok(store)
}

/// Brings the schema up to date.
pub(crate) async fn migrate(store: &Store) -> anyhow::Result<security_monkey_store::migrate::MigrationReport> {
    let mut salt = [0_u8; 32];
    SystemRandomness.fill(&mut salt)?;
    Ok(store.migrate(salt, SystemClock.now()).await?)
}

/// All ids are known technologies.
pub(crate) fn known(technologies: &Technologies, ids: &[TechnologyId]) -> anyhow::Result<()> {
    for id in ids {
        if technologies.get(id).is_none() {
            bail!("there is no technology {id}\nhint: security-monkey technologies list");
        }
    }
    Ok(())
}
