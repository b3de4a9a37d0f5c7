//! What a message says: subject, text and HTML of one event, from one intermediate form so that they cannot disagree.

mod html;
mod text;
mod value;

use security_monkey_model::document::{Difference, DifferenceKind};
use security_monkey_model::{Change, Event, EventBody, FindingStatus, ResourceKey, Scope, Severity};

pub(crate) use html::escaped;
use value::{one_line, shown, shown_secret};

/// What a message says to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// One line, at most 200 characters.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML for a mail reader: no script, no remote part, everything from AWS escaped.
    pub html: String,
    /// What messages about the same thing share (`finding-12`), so that a mail reader shows them together.
    pub thread: Option<String>,
    /// Where to look in the UI.
    pub link: Option<String>,
}

/// What the engine knows about an event that the event itself does not say.
#[derive(Debug, Clone, Default)]
pub struct RenderContext {
    /// Where the UI answers, without a slash at the end: `https://monkey.example.com`. None: no links.
    pub link_base: Option<String>,
    /// What people call the account.
    pub account_name: Option<String>,
    /// The number of the resource, for its page.
    pub resource: Option<i64>,
    /// What the rule says about its findings.
    pub advice: Option<Advice>,
    /// Other scopes that became (un)readable for the same reason, told by the same message.
    pub also: Vec<Scope>,
}

/// What a rule says about its findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advice {
    /// Why it matters.
    pub rationale: String,
    /// What to do.
    pub remediation: String,
    /// Where to read more.
    pub references: Vec<String>,
}

/// Bytes of shown differences after which a message points at the UI instead: mail gateways and readers choke on more.
const DIFFERENCES_LIMIT: usize = 60_000;

/// Scopes that a message names besides the first.
const SCOPES_LIMIT: usize = 50;

/// One message, before it has a form.
struct Letter {
    subject: String,
    headline: String,
    severity: Option<Severity>,
    facts: Vec<(&'static str, String)>,
    paragraphs: Vec<(&'static str, String)>,
    changes: Vec<ShownDifference>,
    /// How many differences are not shown.
    left_out: usize,
    references: Vec<String>,
    link: Option<String>,
    thread: Option<String>,
}

/// One difference as people read it.
struct ShownDifference {
    path: String,
    before: Option<String>,
    after: Option<String>,
}

/// Renders an event for people.
pub fn render(event: &Event, context: &RenderContext) -> Content {
    let letter = compose(event, context);
    Content {
        text: text::form(&letter),
        html: html::form(&letter),
        subject: letter.subject,
        thread: letter.thread,
        link: letter.link,
    }
}

/// Renders many events as one message for people: a line each, the worst findings first.
pub fn render_digest(events: &[(&Event, RenderContext)]) -> Content {
    let mut letters: Vec<(u8, Letter)> = events
        .iter()
        .map(|(event, context)| (urgency(event), compose(event, context)))
        .collect();
    letters.sort_by_key(|(urgency, _)| std::cmp::Reverse(*urgency));
    let count = |wanted: fn(&EventBody) -> bool| events.iter().filter(|(event, _)| wanted(&event.body)).count();
    let counts = [
        (
            count(|body| matches!(body, EventBody::FindingChanged { .. })),
            ("finding", "findings"),
        ),
        (
            count(|body| matches!(body, EventBody::ResourceChanged { .. })),
            ("change", "changes"),
        ),
        (
            count(|body| matches!(body, EventBody::CoverageChanged { .. })),
            ("coverage change", "coverage changes"),
        ),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, (one, many))| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    let mut accounts: Vec<String> = events
        .iter()
        .map(|(event, context)| account_of(event, context))
        .collect();
    accounts.sort();
    accounts.dedup();
    let place = match &accounts[..] {
        [one] => one.clone(),
        several => format!("{} accounts", several.len()),
    };
    let subject = subject(&format!("{} in {place}", parts.join(", ")));
    let lines: Vec<(String, Option<String>)> = letters
        .into_iter()
        .map(|(_, letter)| (letter.subject, letter.link))
        .collect();
    Content {
        text: text::list(&subject, &lines),
        html: html::list(&subject, &lines),
        subject,
        thread: None,
        link: events.first().and_then(|(_, context)| context.link_base.clone()),
    }
}

/// Findings at fault by score, then what is out of sight, then changes, then good news.
fn urgency(event: &Event) -> u8 {
    match &event.body {
        EventBody::FindingChanged { score, status, .. } => match status {
            FindingStatus::Open | FindingStatus::Reopened => 10 + score.value(),
            FindingStatus::Justified | FindingStatus::Resolved => 0,
        },
        EventBody::CoverageChanged { cause, .. } => cause.map_or(0, |_| 9),
        EventBody::ResourceChanged { .. } => 5,
    }
}

fn account_of(event: &Event, context: &RenderContext) -> String {
    let scope = match &event.body {
        EventBody::ResourceChanged { resource, .. } | EventBody::FindingChanged { resource, .. } => &resource.scope,
        EventBody::CoverageChanged { scope, .. } => scope,
    };
    context
        .account_name
        .as_deref()
        .map_or_else(|| scope.account.to_string(), one_line)
}

fn compose(event: &Event, context: &RenderContext) -> Letter {
    let account = |scope: &Scope| match &context.account_name {
        Some(name) => one_line(name),
        None => scope.account.to_string(),
    };
    let link = |path: String| context.link_base.as_ref().map(|base| format!("{base}{path}"));
    match &event.body {
        EventBody::ResourceChanged {
            resource,
            name,
            arn,
            change,
            revision,
            actor,
            differences,
        } => {
            let scope = &resource.scope;
            let (changes, left_out) = shown_differences(differences);
            let mut facts = resource_facts(resource, name, arn.as_deref(), context);
            facts.push(("Recorded", event.at.to_string()));
            if let Some(actor) = actor {
                facts.push(("By", one_line(&actor.principal)));
                facts.extend(actor.source_ip.iter().map(|address| ("From", one_line(address))));
                facts.extend(actor.action.iter().map(|action| ("With", one_line(action))));
                facts.extend(actor.at.iter().map(|at| ("At", at.to_string())));
            }
            Letter {
                subject: subject(&format!(
                    "{}: {} {} in {} {}",
                    change_word(*change),
                    scope.technology,
                    name,
                    account(scope),
                    scope.region
                )),
                headline: format!("{} {} was {}", scope.technology, one_line(name), change.as_str()),
                severity: None,
                facts,
                paragraphs: Vec::new(),
                changes,
                left_out,
                references: Vec::new(),
                link: context
                    .resource
                    .and_then(|row| link(format!("/resources/{row}?revision={revision}"))),
                thread: Some(match context.resource {
                    Some(row) => format!("resource-{row}"),
                    None => format!("revision-{revision}"),
                }),
            }
        }
        EventBody::FindingChanged {
            finding,
            resource,
            name,
            arn,
            rule,
            title,
            subject: at_fault,
            message,
            score,
            status,
        } => {
            let scope = &resource.scope;
            let severity = score.severity();
            let mut facts = vec![
                (
                    "Severity",
                    format!("{} (score {} of 10)", severity.as_str(), score.value()),
                ),
                ("Status", status.as_str().to_owned()),
                ("At fault", one_line(at_fault.as_str())),
            ];
            facts.extend(resource_facts(resource, name, arn.as_deref(), context));
            facts.push(("Rule", rule.to_string()));
            facts.push(("Recorded", event.at.to_string()));
            let mut paragraphs = vec![("What we found", shown_text(message))];
            let mut references = Vec::new();
            if let (Some(advice), true) = (&context.advice, *status != FindingStatus::Resolved) {
                paragraphs.push(("Why it matters", shown_text(&advice.rationale)));
                paragraphs.push(("What to do", shown_text(&advice.remediation)));
                references = advice.references.iter().map(|reference| one_line(reference)).collect();
            }
            paragraphs.retain(|(_, text)| !text.is_empty());
            Letter {
                subject: subject(&format!(
                    "{}{}: {} in {} {}",
                    finding_words(*status, severity),
                    title,
                    name,
                    account(scope),
                    scope.region
                )),
                headline: one_line(title),
                severity: Some(severity),
                facts,
                paragraphs,
                changes: Vec::new(),
                left_out: 0,
                references,
                link: link(format!("/findings/{finding}")),
                thread: Some(format!("finding-{finding}")),
            }
        }
        EventBody::CoverageChanged { scope, cause, message } => {
            let place = format!("{} in {} {}", scope.technology, account(scope), scope.region);
            let mut facts = vec![
                ("Technology", scope.technology.to_string()),
                ("Account", account_fact(scope, context)),
                ("Region", scope.region.to_string()),
            ];
            facts.extend(cause.iter().map(|cause| ("Cause", cause.as_str().to_owned())));
            facts.push(("Recorded", event.at.to_string()));
            let (headline, advice) = match cause {
                Some(_) => (
                    format!("Cannot read {place}"),
                    "Until this is mended, nothing is known about changes there: what was recorded before stays, and nothing counts as deleted.",
                ),
                None => (format!("Can read {place} again"), ""),
            };
            let mut paragraphs = vec![
                ("What happened", shown_text(message)),
                ("What it means", advice.to_owned()),
            ];
            let others = context.also.len();
            if others > 0 {
                let mut list: Vec<String> = context
                    .also
                    .iter()
                    .take(SCOPES_LIMIT)
                    .map(ToString::to_string)
                    .collect();
                if others > SCOPES_LIMIT {
                    list.push(format!("… and {} more", others - SCOPES_LIMIT));
                }
                paragraphs.push(("Also concerned", list.join("\n")));
            }
            paragraphs.retain(|(_, text)| !text.is_empty());
            Letter {
                subject: subject(&match cause {
                    Some(cause) if others > 0 => format!("{headline} and {others} more scopes: {}", cause.as_str()),
                    Some(cause) => format!("{headline}: {}", cause.as_str()),
                    None if others > 0 => format!("{headline}, and {others} more scopes"),
                    None => headline.clone(),
                }),
                headline,
                severity: None,
                facts,
                paragraphs,
                changes: Vec::new(),
                left_out: 0,
                references: Vec::new(),
                link: link(format!(
                    "/gaps?account={}&region={}&technology={}",
                    scope.account, scope.region, scope.technology
                )),
                thread: Some(format!(
                    "coverage-{}-{}-{}",
                    scope.account, scope.region, scope.technology
                )),
            }
        }
    }
}

fn resource_facts(
    resource: &ResourceKey,
    name: &str,
    arn: Option<&str>,
    context: &RenderContext,
) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Resource", one_line(name)),
        ("Technology", resource.scope.technology.to_string()),
        ("Account", account_fact(&resource.scope, context)),
        ("Region", resource.scope.region.to_string()),
    ];
    if resource.id.as_str() != name {
        facts.push(("Id", resource.id.to_string()));
    }
    facts.extend(arn.map(|arn| ("ARN", one_line(arn))));
    facts
}

fn account_fact(scope: &Scope, context: &RenderContext) -> String {
    match &context.account_name {
        Some(name) => format!("{} ({})", one_line(name), scope.account),
        None => scope.account.to_string(),
    }
}

fn shown_differences(differences: &[Difference]) -> (Vec<ShownDifference>, usize) {
    let mut changes = Vec::new();
    let mut size = 0;
    for difference in differences {
        // A changed secret differs inside the object that stands for it.
        let (path, is_secret) = match difference.path.strip_suffix("/$digest") {
            Some(path) => (path, true),
            None => (difference.path.as_str(), false),
        };
        let show = |value| if is_secret { shown_secret(value) } else { shown(value) };
        let (before, after) = match &difference.kind {
            DifferenceKind::Added { after } => (None, Some(show(after))),
            DifferenceKind::Removed { before } => (Some(show(before)), None),
            DifferenceKind::Changed { before, after } => (Some(show(before)), Some(show(after))),
        };
        size += before.as_ref().map_or(0, String::len) + after.as_ref().map_or(0, String::len) + path.len();
        if size > DIFFERENCES_LIMIT && !changes.is_empty() {
            break;
        }
        changes.push(ShownDifference {
            path: match path {
                "" => "(everything)".to_owned(),
                path => one_line(path),
            },
            before,
            after,
        });
    }
    let left_out = differences.len() - changes.len();
    (changes, left_out)
}

const fn change_word(change: Change) -> &'static str {
    match change {
        Change::Created => "Created",
        Change::Changed => "Changed",
        Change::Deleted => "Deleted",
        Change::Reappeared => "Reappeared",
    }
}

fn finding_words(status: FindingStatus, severity: Severity) -> String {
    let severity = severity.as_str().to_uppercase();
    match status {
        FindingStatus::Open => format!("[{severity}] "),
        FindingStatus::Reopened => format!("[{severity}, back again] "),
        FindingStatus::Justified => "[justified] ".to_owned(),
        FindingStatus::Resolved => "[resolved] ".to_owned(),
    }
}

fn subject(text: &str) -> String {
    let line = one_line(text);
    if line.chars().count() <= 200 {
        line
    } else {
        let mut short: String = line.chars().take(199).collect();
        short.push('…');
        short
    }
}

fn shown_text(text: &str) -> String {
    text.lines()
        .map(one_line)
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests;
