//! Which actions and resources a search tries for a statement: those at hand first, then one for each combination of the patterns
//! that Denies name.

use std::rc::Rc;

use super::candidates::FRESH;
use super::known::{known, looked_up};
use super::opening::{Assumes, Opening};
use super::scenario::Scenario;
use super::solve::Searcher;
use super::tokens::{spelled, token_list, tokens_of};
use crate::document::{Element, Polarity, Statement};
use crate::evaluate::{self, Request};
use crate::pattern::language::{Search, find};
use crate::pattern::{self, Case, Token, has_wildcard};

/// Actions worth showing, and often the ones that matter.
const TELLING_ACTIONS: [&str; 24] = [
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoleWithSAML",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sns:Publish",
    "sns:Subscribe",
    "kms:Decrypt",
    "kms:CreateGrant",
    "lambda:InvokeFunction",
    "lambda:InvokeFunctionUrl",
    "secretsmanager:GetSecretValue",
    "ecr:BatchGetImage",
    "events:PutEvents",
    "es:ESHttpGet",
    "glacier:InitiateJob",
    "ses:SendEmail",
    "execute-api:Invoke",
    "elasticfilesystem:ClientMount",
    "backup:CopyIntoBackupVault",
    "dynamodb:GetItem",
];

/// Services whose policies speak of the resource they are attached to, in actions of its own service.
const SELF_CONTAINED: [&str; 8] = ["s3", "sns", "sqs", "kms", "lambda", "iam", "secretsmanager", "dynamodb"];

impl<'p> Searcher<'p> {
    /// [`Self::actions`], shared between Allows of the same actions and those who assume roles alike.
    pub(super) fn likely_actions(
        &self,
        opening: &Opening<'p>,
        only_action: Option<&str>,
        scenario: &Scenario<'p>,
    ) -> Rc<[String]> {
        let element = &opening.statement.action;
        let texts = element.patterns.iter().map(|pattern| pattern.text.as_str());
        let assumes = Assumes::by(&scenario.callers);
        let question = (
            element.polarity,
            texts.collect(),
            only_action.map(str::to_owned),
            assumes,
        );
        looked_up(&self.likely_actions, &question, || {
            self.actions(opening.statement, only_action, assumes).into()
        })
    }

    /// [`Self::resources`], shared where they do not depend on who asks.
    pub(super) fn likely_resources(&self, opening: &Opening<'p>, base: &Request, action: &str) -> Rc<[String]> {
        let statement = opening.statement;
        if opening.has_variable || self.denials.have_variables {
            return self.resources(statement, base, action).into();
        }
        let alike = |of: &String| of == action;
        known(&opening.resources, alike, || {
            (action.to_owned(), self.resources(statement, base, action).into())
        })
    }

    /// One action for each combination of Deny patterns that the Allow's actions fall under, and whether these are all; those that are
    /// likely where the Allow spells its actions out.
    pub(super) fn every_action(
        &self,
        opening: &Opening<'p>,
        only_action: Option<&str>,
        likely: &Rc<[String]>,
    ) -> (Rc<[String]>, bool) {
        let element = &opening.statement.action;
        let (must, must_not) = match (only_action, element.polarity) {
            (Some(only), Polarity::Is) => (vec![pattern::tokens(only)], Vec::new()),
            (_, Polarity::Is) => (token_list(element), Vec::new()),
            (_, Polarity::Not) => (vec![pattern::tokens("*:*")], token_list(element)),
        };
        if must.iter().all(|tokens| spelled(tokens).is_some()) {
            return (Rc::clone(likely), true);
        }
        let own = vec![pattern::tokens(&self.own_actions(opening.statement, only_action))];
        self.search.actions([must, own], must_not, || {
            let denied = self.policy.denies().flat_map(|deny| token_list(&deny.action));
            each_once(denied.collect())
        })
    }

    /// [`Self::all_resources`], shared where they do not depend on who asks.
    pub(super) fn every_resource(&self, opening: &Opening<'p>, base: &Request, action: &str) -> (Rc<[String]>, bool) {
        let work_out = || {
            let (resources, are_all) = self.all_resources(opening.statement, base, action);
            (resources.into(), are_all)
        };
        if opening.has_variable || self.denials.have_variables {
            return work_out();
        }
        let (resources, are_all) = opening.all_resources.get_or_init(work_out);
        (Rc::clone(resources), *are_all)
    }

    /// Concrete actions that the statement lists and that show most: well-known ones first, else one that no Deny
    /// lists, else any.
    fn actions(&self, statement: &Statement, only_action: Option<&str>, assumes: Assumes) -> Vec<String> {
        let own = self.own_actions(statement, only_action);
        let is_listed = |action: &str| {
            pattern::matches(&own, action, Case::Insensitive)
                && evaluate::action_matches(&statement.action, action)
                && only_action.is_none_or(|only| pattern::matches(only, action, Case::Insensitive))
        };
        let fits_caller = |action: &str| match action {
            "sts:AssumeRole" => assumes == Assumes::Credentials,
            "sts:AssumeRoleWithWebIdentity" => assumes == Assumes::WebIdentity,
            "sts:AssumeRoleWithSAML" => assumes == Assumes::Saml,
            _ => true,
        };
        let mut found: Vec<String> = TELLING_ACTIONS
            .iter()
            .filter(|action| is_listed(action) && fits_caller(action))
            .map(|action| (*action).to_owned())
            .collect();
        let service = self.arn.map_or("", |arn| arn.service);
        found.sort_by_key(|action| action.split(':').next() != Some(service));
        found.truncate(4);
        let written = statement
            .action
            .patterns
            .iter()
            .map(|pattern| pattern.text.as_str())
            .filter(|text| !has_wildcard(text));
        for action in written.filter(|action| is_listed(action)) {
            if !found.iter().any(|known| known == action) {
                found.push(action.to_owned());
            }
        }
        // The thorough search, if it comes to that, tells all actions apart; here one at hand is enough.
        if !found.is_empty() {
            return found;
        }
        let patterns = |polarity: Polarity| -> Vec<Vec<Token>> {
            if statement.action.polarity == polarity {
                token_list(&statement.action)
            } else {
                Vec::new()
            }
        };
        let must = match (only_action, statement.action.polarity) {
            (Some(only), _) => vec![pattern::tokens(only)],
            (None, Polarity::Is) => patterns(Polarity::Is),
            (None, Polarity::Not) => vec![pattern::tokens("*:*")],
        };
        let excluded = patterns(Polarity::Not);
        let mut denied = excluded.clone();
        let mut conditional = excluded.clone();
        for deny in self.policy.denies().filter(|deny| deny.action.polarity == Polarity::Is) {
            let listed = token_list(&deny.action);
            if deny.conditions.is_empty() {
                conditional.extend(listed.iter().cloned());
            }
            denied.extend(listed);
        }
        for forbidden in [&denied, &conditional] {
            if let Search::Found(action) = find(
                &[must.clone(), vec![pattern::tokens(&own)]],
                forbidden,
                Case::Insensitive,
                &self.search.automaton_work,
            ) && !found.contains(&action)
            {
                found.push(action);
            }
        }
        // What a Deny with NotAction leaves.
        for deny in self
            .policy
            .denies()
            .filter(|deny| deny.action.polarity == Polarity::Not)
        {
            let spared = token_list(&deny.action);
            if let Search::Found(action) = find(
                &[must.clone(), vec![pattern::tokens(&own)], spared],
                &excluded,
                Case::Insensitive,
                &self.search.automaton_work,
            ) && !found.contains(&action)
            {
                found.push(action);
            }
        }
        found
    }

    /// The actions that may be asked of the resource, as a pattern: a role is asked for its sessions only. Any, where the statement lists
    /// none of these.
    fn own_actions(&self, statement: &Statement, only_action: Option<&str>) -> String {
        let service = match self.arn.map(|arn| arn.service) {
            Some("iam") => Some("sts"),
            service => service.filter(|service| SELF_CONTAINED.contains(service)),
        };
        let is_about = |service: &&str| {
            let is_of = |pattern: &str| {
                let prefix = pattern.split(':').next().unwrap_or(pattern);
                pattern::matches(prefix, service, Case::Insensitive)
            };
            match (only_action, statement.action.polarity) {
                (Some(only), _) => is_of(only),
                (None, Polarity::Is) => statement.action.patterns.iter().any(|pattern| is_of(&pattern.text)),
                (None, Polarity::Not) => true,
            }
        };
        [service.filter(is_about).unwrap_or("?*"), ":?*"].concat()
    }

    /// Concrete resources: the one the policy is attached to, things inside it, or instances of the patterns.
    fn resources(&self, statement: &Statement, base: &Request, action: &str) -> Vec<String> {
        let Some(element) = &statement.resource else {
            return vec![self.resource.unwrap_or("*").to_owned()];
        };
        let version = self.policy.version;
        let mut found = Vec::new();
        if let Some(resource) = self.resource {
            found.push(resource.to_owned());
            found.extend(self.inside.clone());
            if self.arn.is_some_and(|arn| arn.service == "s3") && action.contains("Object") {
                found.reverse();
            }
        }
        if element.polarity == Polarity::Is {
            let is_own = |text: &String| {
                self.resource
                    .is_none_or(|own| text.strip_prefix(own).is_some_and(|rest| rest.starts_with(['/', ':'])))
            };
            let plain = element
                .patterns
                .iter()
                .filter(|pattern| !pattern.text.contains("${") && pattern.text.starts_with("arn:"));
            let plain = plain.filter(|pattern| is_own(&pattern.text));
            found.extend(plain.map(|pattern| filled(&pattern.text)));
        }
        found.retain(|resource| evaluate::covers_resource(element, version, base, resource));
        // The thorough search, if it comes to that, tells all resources apart; here those at hand are enough.
        if !found.is_empty() {
            return found;
        }
        let probe = asking(base, action);
        let own = self.own_resources().unwrap_or_default();
        let listed: Vec<Vec<Token>> = element
            .patterns
            .iter()
            .filter_map(|pattern| tokens_of(&pattern.text, version, &probe))
            .collect();
        let mut denied: Vec<Vec<Token>> = Vec::new();
        for deny in self.policy.denies() {
            if let Some(resource) = deny
                .resource
                .as_ref()
                .filter(|resource| resource.polarity == Polarity::Is && evaluate::action_matches(&deny.action, action))
            {
                denied.extend(
                    resource
                        .patterns
                        .iter()
                        .filter_map(|pattern| tokens_of(&pattern.text, version, &probe)),
                );
            }
        }
        let (mut must, mut must_not) = match element.polarity {
            Polarity::Is => (vec![listed], Vec::new()),
            Polarity::Not => (vec![vec![pattern::tokens("*")]], listed),
        };
        if !own.is_empty() {
            must.push(own);
        }
        let allowed = must_not.clone();
        must_not.extend(denied);
        for forbidden in [&must_not, &allowed] {
            if let Search::Found(resource) = find(&must, forbidden, Case::Sensitive, &self.search.automaton_work)
                && !found.contains(&resource)
            {
                found.push(resource);
            }
        }
        found
    }

    /// One resource for each combination of Deny patterns that the statement's resources fall under.
    fn all_resources(&self, statement: &Statement, base: &Request, action: &str) -> (Vec<String>, bool) {
        let Some(element) = &statement.resource else {
            return (vec![self.resource.unwrap_or("*").to_owned()], true);
        };
        let version = self.policy.version;
        let probe = asking(base, action);
        let read = |element: &Element| -> Vec<Vec<Token>> {
            element
                .patterns
                .iter()
                .filter_map(|pattern| tokens_of(&pattern.text, version, &probe))
                .collect()
        };
        let (mut must, must_not) = match element.polarity {
            Polarity::Is => (vec![read(element)], Vec::new()),
            Polarity::Not => (vec![vec![pattern::tokens("*")]], read(element)),
        };
        must.extend(self.own_resources());
        let tracked = each_once(self.denials.resources().flat_map(read).collect());
        pattern::language::partition(&must, &must_not, &tracked, Case::Sensitive, &self.search.automaton_work)
    }

    /// The resource the policy is attached to and what is inside it, as patterns. Policies of other services name things beside
    /// the one they are attached to (a catalogue's databases, the rules of an event bus, the topics of a cluster): `None`.
    fn own_resources(&self) -> Option<Vec<Vec<Token>>> {
        let resource = self.resource?;
        self.arn.filter(|arn| SELF_CONTAINED.contains(&arn.service))?;
        Some(
            ["", "/*", ":*"]
                .map(|suffix| pattern::tokens(&[resource, suffix].concat()))
                .into(),
        )
    }
}

/// A text that the pattern matches.
fn filled(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len() + FRESH.len());
    for character in pattern.chars() {
        match character {
            '*' => text.push_str(FRESH),
            '?' => text.push('x'),
            other => text.push(other),
        }
    }
    text
}

/// The request for an action, before it names a resource.
fn asking(base: &Request, action: &str) -> Request {
    Request {
        action: action.to_owned(),
        resource: String::new(),
        ..base.clone()
    }
}

fn each_once(mut patterns: Vec<Vec<Token>>) -> Vec<Vec<Token>> {
    patterns.sort_unstable();
    patterns.dedup();
    patterns
}
