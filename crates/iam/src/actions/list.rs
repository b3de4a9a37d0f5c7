//! The list itself.

use std::ops::Range;

use memchr::memmem;
use schemars::JsonSchema;
use serde::Serialize;

use crate::pattern::{self, Case, has_wildcard};

const PACKED: &[u8] = include_bytes!("../../data/actions.tsv.zst");

/// What an action does, in AWS's five levels. Source: IAM User Guide, "Access levels in policy summaries".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessLevel {
    /// Lists what there is.
    List,
    /// Reads contents.
    Read,
    /// Changes tags.
    Tagging,
    /// Creates, changes, deletes.
    Write,
    /// Grants or changes permissions.
    PermissionsManagement,
}

impl AccessLevel {
    /// Every level, from the least to the most.
    pub const ALL: [Self; 5] = [
        Self::List,
        Self::Read,
        Self::Tagging,
        Self::Write,
        Self::PermissionsManagement,
    ];

    /// As AWS writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Tagging => "Tagging",
            Self::Write => "Write",
            Self::PermissionsManagement => "Permissions management",
        }
    }
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActionInfo {
    /// The prefix, `s3`.
    pub service: &'static str,
    /// The name, `GetObject`.
    pub name: &'static str,
    /// What it does.
    pub level: AccessLevel,
    /// Resource types it may be limited to.
    pub resource_types: Vec<&'static str>,
    /// Condition keys it supplies, beside the global ones.
    pub condition_keys: Vec<&'static str>,
    #[serde(skip)]
    lower: String,
}

impl ActionInfo {
    /// `s3:GetObject`.
    pub fn full_name(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceInfo {
    /// The prefix, `s3`.
    pub prefix: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its resource types.
    pub resource_types: Vec<ResourceType>,
    #[serde(skip)]
    actions: Range<usize>,
}

/// One resource type of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourceType {
    /// `bucket`.
    pub name: &'static str,
    /// `arn:${Partition}:s3:::${BucketName}`.
    pub arn: &'static str,
    /// Condition keys that describe such a resource.
    pub condition_keys: Vec<&'static str>,
}

/// Every action AWS had published.
#[derive(Debug, Clone, Default)]
pub struct ActionList {
    /// Package and version the list comes from.
    pub source: (&'static str, &'static str),
    actions: Vec<ActionInfo>,
    services: Vec<ServiceInfo>,
}

impl ActionList {
    pub(super) fn unpack() -> Self {
        // The data is part of the program; that it unpacks is tested.
        let text = zstd::decode_all(PACKED)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default();
        Self::read(Box::leak(text.into_boxed_str()))
    }

    fn read(text: &'static str) -> Self {
        let mut list = Self::default();
        for line in text.lines() {
            let mut fields = line.split('\t');
            let (first, second) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
            if first == "!source" {
                list.source = (second, fields.next().unwrap_or(""));
            } else if let Some(prefix) = first.strip_prefix('@') {
                let start = list.actions.len();
                list.services.push(ServiceInfo {
                    prefix,
                    name: second,
                    resource_types: Vec::new(),
                    actions: start..start,
                });
            } else if let (Some(name), Some(service)) = (first.strip_prefix('='), list.services.last_mut()) {
                let condition_keys = names(fields.next());
                service.resource_types.push(ResourceType {
                    name,
                    arn: second,
                    condition_keys,
                });
            } else if let Some(service) = list.services.last_mut() {
                let level = match second {
                    "L" => AccessLevel::List,
                    "R" => AccessLevel::Read,
                    "T" => AccessLevel::Tagging,
                    "P" => AccessLevel::PermissionsManagement,
                    _ => AccessLevel::Write,
                };
                let resource_types = names(fields.next())
                    .into_iter()
                    .map(|name| name.trim_end_matches('!'))
                    .collect();
                let lower = format!("{}:{first}", service.prefix).to_ascii_lowercase();
                list.actions.push(ActionInfo {
                    service: service.prefix,
                    name: first,
                    level,
                    resource_types,
                    condition_keys: names(fields.next()),
                    lower,
                });
                service.actions.end = list.actions.len();
            }
        }
        for service in &list.services {
            if let Some(actions) = list.actions.get_mut(service.actions.clone()) {
                actions.sort_by(|left, right| left.lower.cmp(&right.lower));
            }
        }
        list
    }

    /// Every action, sorted by service and name.
    pub fn all(&self) -> impl Iterator<Item = &ActionInfo> {
        self.actions.iter()
    }

    /// The action at a position in [`Self::all`].
    pub(crate) fn at(&self, position: usize) -> Option<&ActionInfo> {
        self.actions.get(position)
    }

    /// How many actions there are.
    #[expect(clippy::len_without_is_empty, reason = "the list is data and never empty")]
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    /// Every service, sorted by prefix.
    pub fn services(&self) -> &[ServiceInfo] {
        &self.services
    }

    /// A service by its prefix, any letter case.
    pub fn service(&self, prefix: &str) -> Option<&ServiceInfo> {
        let prefix = prefix.to_ascii_lowercase();
        let position = self
            .services
            .binary_search_by(|service| service.prefix.cmp(&prefix))
            .ok()?;
        self.services.get(position)
    }

    /// The actions of a service.
    pub fn of_service(&self, prefix: &str) -> &[ActionInfo] {
        self.service(prefix)
            .and_then(|service| self.actions.get(service.actions.clone()))
            .unwrap_or_default()
    }

    /// An action by its full name, any letter case.
    pub fn find(&self, action: &str) -> Option<&ActionInfo> {
        let (service, _) = action.split_once(':')?;
        self.of_service(service)
            .iter()
            .find(|info| info.lower.eq_ignore_ascii_case(action))
    }

    /// The positions, in [`Self::all`], of the actions that a pattern matches.
    pub(crate) fn positions(&self, pattern: &str) -> Vec<Range<usize>> {
        let pattern = pattern.to_ascii_lowercase();
        if pattern == "*" {
            return std::iter::once(0..self.actions.len()).collect();
        }
        let range = match pattern.split_once(':') {
            Some((service, _)) if !has_wildcard(service) => {
                self.service(service).map_or(0..0, |service| service.actions.clone())
            }
            _ => 0..self.actions.len(),
        };
        let fixed = pattern.split(['*', '?']).next().unwrap_or("");
        let within = self.actions.get(range.clone()).unwrap_or_default();
        // Within a service the names are sorted, so a fixed beginning is one range.
        let (start, end) = if range.len() == self.actions.len() {
            (0, within.len())
        } else {
            let start = within.partition_point(|info| info.lower.as_str() < fixed);
            let length = within
                .get(start..)
                .unwrap_or_default()
                .iter()
                .take_while(|info| info.lower.starts_with(fixed))
                .count();
            (start, start + length)
        };
        let candidates = range.start + start..range.start + end;
        if pattern.len() == fixed.len() + 1 && pattern.ends_with('*') {
            return Some(candidates).filter(|range| !range.is_empty()).into_iter().collect();
        }
        if pattern.len() == fixed.len() {
            let is_it = |position: &usize| self.actions.get(*position).is_some_and(|info| info.lower == pattern);
            return candidates
                .filter(is_it)
                .map(|position| position..position + 1)
                .collect();
        }
        // Most actions lack the longest run of letters, which shows much faster.
        let runs = pattern.split(['*', '?']);
        let telling = memmem::Finder::new(runs.max_by_key(|run| run.len()).unwrap_or(""));
        let is_matched = |info: &ActionInfo| {
            telling.find(info.lower.as_bytes()).is_some() && pattern::matches(&pattern, &info.lower, Case::Sensitive)
        };
        candidates
            .filter(|position| self.actions.get(*position).is_some_and(is_matched))
            .map(|position| position..position + 1)
            .collect()
    }

    /// The position of an action in [`Self::all`].
    pub(crate) fn position(&self, action: &str) -> Option<usize> {
        self.positions(action)
            .first()
            .map(|range| range.start)
            .filter(|_| !has_wildcard(action))
    }

    /// The actions that a pattern matches.
    pub fn matching<'l>(&'l self, pattern: &'l str) -> impl Iterator<Item = &'l ActionInfo> {
        let candidates = match pattern.split_once(':') {
            Some((service, _)) if !has_wildcard(service) => self.of_service(service),
            _ => self.actions.as_slice(),
        };
        candidates
            .iter()
            .filter(move |info| pattern::matches(pattern, &info.lower, Case::Insensitive))
    }
}

fn names(field: Option<&'static str>) -> Vec<&'static str> {
    field
        .into_iter()
        .flat_map(|field| field.split(','))
        .filter(|name| !name.is_empty())
        .collect()
}
