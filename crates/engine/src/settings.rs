//! What an operator can set. Read once; everything that changes while we run (accounts, rule settings) is in the store.

use std::collections::BTreeMap;
use std::time::Duration;

use ipnet::IpNet;
use security_monkey_model::{Region, TechnologyId};
use security_monkey_watcher::Limits;

/// Settings of the engine; `EngineSettings::default()` is right for most.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineSettings {
    /// Regions for accounts that name none; empty: every region switched on for the account.
    pub regions: Vec<Region>,
    /// Technologies to watch; empty: all.
    pub technologies: Vec<TechnologyId>,
    /// Technologies to leave out.
    pub excluded_technologies: Vec<TechnologyId>,
    /// How often, per technology, instead of the technology's own interval; [`crate::Engine::set_intervals`] changes it later.
    pub intervals: BTreeMap<TechnologyId, Duration>,
    /// Scans at the same time in this process. Each reads the technologies of one service at one place.
    pub concurrent_scans: usize,
    /// Bounds of one scan.
    pub limits: Limits,
    /// How often the schedule looks for what is due, for changed accounts, and for messages to send.
    pub poll: Duration,
    /// How long a scan's lease lasts without a sign of life; another process takes over after it.
    pub lease: Duration,
    /// How often rules that depend on the time are evaluated without any change.
    pub time_dependent_audits: Duration,
    /// The most that an account with failing credentials waits for the next attempt; the first wait is a minute.
    pub longest_credentials_wait: Duration,
    /// Organisations of ours, `o-…`, for rules about who may reach something.
    pub organisations: Vec<String>,
    /// Networks we trust, for the same rules.
    pub trusted_networks: Vec<IpNet>,
    /// This deployment's name, as in `Message-ID`: a host name, different from that of every other one. None: made of the database's
    /// salt, which is.
    pub deployment: Option<String>,
    /// Where the UI answers, without a slash at the end; none: messages have no links.
    pub link_base: Option<String>,
    /// Failed attempts after which a message is given up.
    pub delivery_attempts: u32,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            regions: Vec::new(),
            technologies: Vec::new(),
            excluded_technologies: Vec::new(),
            intervals: BTreeMap::new(),
            concurrent_scans: 8,
            limits: Limits::default(),
            poll: Duration::from_secs(2),
            lease: Duration::from_mins(2),
            time_dependent_audits: Duration::from_hours(24),
            longest_credentials_wait: Duration::from_hours(1),
            organisations: Vec::new(),
            trusted_networks: Vec::new(),
            deployment: None,
            link_base: None,
            delivery_attempts: 25,
        }
    }
}
