//! `policy explain|diff|expand|minimise`: questions about IAM policies, answered by the crate `iam`. What `--json` prints of each is a type
//! whose JSON Schema is `schemas/policy-VERB.json`.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use schemars::JsonSchema;
use security_monkey_iam::actions::{self, Minimised};
use security_monkey_iam::diff;
use security_monkey_iam::document::{Effect, Policy as Document};
use security_monkey_iam::parse::{Options, ParseError, Parsed, PolicyKind, SizeLimit, parse};
use serde::Serialize;

use crate::arguments::Policy;
use crate::output::{counted, errln, outln};

mod expand;
mod explain;
#[cfg(test)]
mod tests;

pub(super) fn run(action: &Policy) -> anyhow::Result<ExitCode> {
    match action {
        Policy::Explain(arguments) => explain::run(arguments)?,
        Policy::Diff { before, after, json } => {
            only_one_is_stdin([before, after])?;
            let (before, after) = (read(before)?.policy, read(after)?.policy);
            print(&diff::diff(&before, &after), *json)?;
        }
        Policy::Expand { file, json } => {
            print(&expand::expand(&read(file)?.policy), *json)?;
            let (source, version) = actions::list().source;
            errln!("actions as published in {source} {version}");
        }
        Policy::Minimise { file, shortest, json } => {
            let policy = read(file)?.policy;
            minimise(&policy, if *shortest { shortest_of } else { readable_of }, *json)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Data for machines or for people.
fn print<T: Serialize + JsonSchema + std::fmt::Display>(answer: &T, is_json: bool) -> anyhow::Result<()> {
    if is_json {
        return print_json(answer);
    }
    outln!("{}", answer.to_string().trim_end())?;
    Ok(())
}

fn print_json<T: Serialize + JsonSchema>(answer: &T) -> anyhow::Result<()> {
    outln!("{}", serde_json::to_string_pretty(answer)?)?;
    Ok(())
}

/// Reading it twice would find it empty.
fn only_one_is_stdin<'f>(files: impl IntoIterator<Item = &'f PathBuf>) -> anyhow::Result<()> {
    if files.into_iter().filter(|file| is_stdin(file)).count() > 1 {
        bail!("stdin can be read once, and - is given for more than one document\nhint: name files for the others");
    }
    Ok(())
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

/// A document as messages name it.
fn name(file: &Path) -> String {
    if is_stdin(file) {
        "stdin".to_owned()
    } else {
        file.display().to_string()
    }
}

/// FILE, or stdin for `-`.
fn text_of(file: &Path) -> anyhow::Result<String> {
    let read = if is_stdin(file) {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    read.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::InvalidData => "\nhint: a policy is a JSON document in UTF-8",
            ErrorKind::NotFound => "\nhint: name the file of a policy, or - for stdin",
            ErrorKind::IsADirectory => "\nhint: name one file in it",
            _ => "",
        };
        anyhow::Error::new(error).context(format!("read {}{hint}", name(file)))
    })
}

fn read(file: &Path) -> anyhow::Result<Parsed> {
    parsed(file, &text_of(file)?, PolicyKind::Any, None)
}

/// Reads a policy leniently; what AWS would refuse of it goes to stderr.
fn parsed(file: &Path, text: &str, kind: PolicyKind, limit: Option<SizeLimit>) -> anyhow::Result<Parsed> {
    let options = Options {
        kind,
        limit,
        ..Options::default()
    };
    let parsed = parse(text, options)
        .and_then(Parsed::with_statement)
        .map_err(|error| unreadable(file, &error))?;
    for problem in &parsed.problems {
        errln!(
            "note: {}: {problem}; AWS would answer: {}",
            name(file),
            problem.aws_says
        );
    }
    Ok(parsed)
}

fn unreadable(file: &Path, error: &ParseError) -> anyhow::Error {
    let lines = error
        .problems
        .iter()
        .map(|problem| format!("\n  {problem}\n    AWS would answer: {}", problem.aws_says));
    let lines: String = lines.collect();
    anyhow!("{} is no policy that can be read{lines}", name(file))
}

fn readable_of(actions: &BTreeSet<String>) -> Minimised {
    actions::minimise_readably(actions.iter().map(String::as_str))
}

fn shortest_of(actions: &BTreeSet<String>) -> Minimised {
    actions::minimise(actions.iter().map(String::as_str), 0)
}

fn minimise(policy: &Document, style: fn(&BTreeSet<String>) -> Minimised, is_json: bool) -> anyhow::Result<()> {
    let mut allowed = BTreeSet::new();
    for statement in policy
        .statements
        .iter()
        .filter(|statement| statement.effect == Effect::Allow)
    {
        allowed.extend(actions::expand_element(&statement.action).actions);
    }
    let minimised = style(&allowed);
    if is_json {
        print_json(&minimised)?;
    } else {
        for pattern in &minimised.patterns {
            outln!("{pattern}")?;
        }
    }
    errln!(
        "{} that the policy allows; the patterns match no other published action",
        counted(allowed.len(), "action", "actions")
    );
    for unknown in &minimised.unknown {
        errln!("note: {unknown} is no published action; it stays by name");
    }
    Ok(())
}
