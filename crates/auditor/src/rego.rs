//! The only place that knows the rule engine (`regorus`, 0.x, breaking often): parse, analyse, prepare, evaluate.
//!
//! Evaluator: the strict interpreter. The engine's virtual machine is several times faster but turns a builtin error or a
//! rule conflict into an empty result, which would read as "nothing found".

mod nesting;
mod patience;
mod refer;
mod restrict;
#[cfg(test)]
mod tests;
mod walk;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;

pub(crate) use refer::{RefStep, Reference, references};
pub(crate) use regorus::Value;
pub(crate) use restrict::{reads_of_input, recursion, refused_builtins, unknown_functions};
pub(crate) use walk::{Definition, DefinitionKind};

use crate::error::RuleError;

/// Longest processor time one rule may take on one resource.
pub(crate) const EVALUATION_LIMIT: Duration = Duration::from_millis(250);

/// Work units between looks at the clock: cheap enough to be invisible, often enough to stop within a millisecond.
const TIMER_INTERVAL: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// A parsed file.
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    /// File for messages.
    pub(crate) file: String,
    /// The text.
    pub(crate) text: String,
    /// Package path without `data`.
    pub(crate) package: Vec<String>,
    /// Line and column of the package.
    pub(crate) package_at: (u32, u32),
    /// Imported paths, with the name they are known by.
    pub(crate) imports: Vec<Import>,
    /// What it defines.
    pub(crate) definitions: Vec<Definition>,
}

/// One import.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    /// `["data", "lib", "network"]`.
    pub(crate) path: Vec<String>,
    /// `network`.
    pub(crate) name: String,
    /// Line and column.
    pub(crate) at: (u32, u32),
}

impl Parsed {
    /// Parses one file; bounded in time by a scan before the engine's own parser, which is exponential in bracket depth.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, RuleError> {
        nesting::check(file, text)?;
        let mut engine = regorus::Engine::new();
        engine
            .add_policy(file.to_owned(), text.to_owned())
            .map_err(|error| from_engine(file, &error))?;
        let Some(module) = engine.get_modules().first().cloned() else {
            return Err(RuleError::new(file, 0, 0, "the file defines no package"));
        };
        let package_reference = refer::path_of(&module.package.refr);
        let package = package_reference.as_ref().map(refer::names).unwrap_or_default();
        let span = &module.package.span;
        let imports = module
            .imports
            .iter()
            .filter_map(|import| {
                let path = refer::names(&refer::path_of(&import.refr)?);
                let name = import
                    .r#as
                    .as_ref()
                    .map(|name| name.text().to_owned())
                    .or_else(|| path.last().cloned())?;
                Some(Import {
                    path,
                    name,
                    at: (import.span.line, import.span.col),
                })
            })
            .filter(|import| import.path != ["rego", "v1"])
            .collect();
        Ok(Self {
            file: file.to_owned(),
            text: text.to_owned(),
            package,
            package_at: (span.line, span.col),
            imports,
            definitions: walk::definitions(&module),
        })
    }

    /// The definitions with this name.
    pub(crate) fn defined<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Definition> {
        self.definitions
            .iter()
            .filter(move |definition| definition.name == name)
    }
}

/// An engine that holds some files, ready to evaluate.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    /// Has never evaluated.
    pristine: Arc<regorus::Engine>,
    /// Evaluates; thrown away after a failure, because the engine keeps what stood half done where it was stopped.
    working: Option<regorus::Engine>,
    input: Value,
}

/// Why an evaluation gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EvaluationError {
    /// The rule's own error.
    #[error("{0}")]
    Failed(RuleError),
    /// It took too long.
    #[error("stopped after {} ms of processor time", EVALUATION_LIMIT.as_millis())]
    TooLong,
}

impl Prepared {
    /// Checks the files together (undefined variables, unknown functions) and prepares them. `entry_points` are full paths
    /// (`data.rules.x.findings`) that must exist.
    pub(crate) fn new(files: &[&Parsed], entry_points: &[String]) -> Result<Self, RuleError> {
        let mut engine = regorus::Engine::new();
        engine.set_strict_builtin_errors(true);
        engine.set_gather_prints(true);
        let first = files.first().map_or("", |file| file.file.as_str());
        for parsed in files {
            engine
                .add_policy(parsed.file.clone(), parsed.text.clone())
                .map_err(|error| from_engine(&parsed.file, &error))?;
        }
        for entry_point in entry_points {
            engine
                .compile_with_entrypoint(&entry_point.as_str().into())
                .map_err(|error| from_engine(first, &error))?;
        }
        Ok(Self {
            pristine: Arc::new(engine),
            working: None,
            input: Value::Undefined,
        })
    }

    /// Sets what the rules see.
    pub(crate) fn set_input(&mut self, input: Value) {
        if let Some(engine) = &mut self.working {
            engine.set_input(input.clone());
        }
        self.input = input;
    }

    /// Evaluates one definition by its full path.
    pub(crate) fn evaluate(&mut self, path: &str) -> Result<Value, EvaluationError> {
        self.evaluate_within(path, EVALUATION_LIMIT, patience::processor_time)
    }

    fn evaluate_within(
        &mut self,
        path: &str,
        limit: Duration,
        clock: impl Fn() -> Duration,
    ) -> Result<Value, EvaluationError> {
        patience::within(limit, clock, |may_pass| self.attempt(path, may_pass))
    }

    /// Evaluates once, for so long a time to pass.
    fn attempt(&mut self, path: &str, may_pass: Duration) -> Result<Value, EvaluationError> {
        let engine = self.working.get_or_insert_with(|| {
            let mut engine = regorus::Engine::clone(&self.pristine);
            engine.set_input(self.input.clone());
            engine
        });
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit: may_pass,
            check_interval: TIMER_INTERVAL,
        });
        let result = engine.eval_rule(path.to_owned());
        if result.is_err() {
            self.working = None;
        }
        result.map_err(|error| {
            if error
                .downcast_ref::<regorus::LimitError>()
                .is_some_and(|limit| matches!(limit, regorus::LimitError::TimeLimitExceeded { .. }))
            {
                EvaluationError::TooLong
            } else {
                EvaluationError::Failed(from_engine("", &error))
            }
        })
    }
}

/// The engine's error text is `\n--> file:line:column\n  |\n… \nerror: message`; takes the place and the message out of it.
fn from_engine(file: &str, error: &dyn std::fmt::Display) -> RuleError {
    let text = error.to_string();
    let place = text.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
    let (file, line, column) = match place {
        Some(place) => {
            let mut parts = place.rsplitn(3, ':');
            let column = parts.next().and_then(|part| part.trim().parse().ok()).unwrap_or(0);
            let line = parts.next().and_then(|part| part.trim().parse().ok()).unwrap_or(0);
            (parts.next().unwrap_or(file).to_owned(), line, column)
        }
        None => (file.to_owned(), 0, 0),
    };
    let message = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("error: "))
        .unwrap_or_else(|| text.trim());
    RuleError::new(&file, line, column, message)
}

/// Converts a JSON document.
pub(crate) fn convert(json: &serde_json::Value) -> Value {
    // The conversion only fails for numbers that JSON itself cannot hold.
    <Value as serde::Deserialize>::deserialize(json).unwrap_or(Value::Undefined)
}

/// Back to JSON; sets become lists.
pub(crate) fn to_json(value: &Value) -> Result<serde_json::Value, String> {
    serde_json::to_value(value).map_err(|error| format!("the rule returned a value that is not JSON: {error}"))
}

/// An object from its members.
pub(crate) fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let members: std::collections::BTreeMap<Value, Value> = members
        .into_iter()
        .map(|(name, value)| (Value::from(name), value))
        .collect();
    Value::from(members)
}
