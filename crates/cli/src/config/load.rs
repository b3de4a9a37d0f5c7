//! Reading the configuration, with errors that say file, line and what to write instead.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Config;

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "security-monkey.toml";

/// Environment variable → place in the file. One row more makes one more variable.
pub(crate) const VARIABLES: [(&str, &[&str]); 9] = [
    ("SECURITY_MONKEY_DATABASE_URL", &["database", "url"]),
    ("SECURITY_MONKEY_LISTEN", &["server", "listen"]),
    ("SECURITY_MONKEY_PUBLIC_URL", &["server", "public_url"]),
    ("SECURITY_MONKEY_AWS_PROFILE", &["aws", "profile"]),
    ("SECURITY_MONKEY_AWS_REGION", &["aws", "region"]),
    ("SECURITY_MONKEY_TECHNOLOGIES", &["extend", "technologies"]),
    ("SECURITY_MONKEY_RULES", &["extend", "rules"]),
    ("SECURITY_MONKEY_LOG", &["log", "level"]),
    ("SECURITY_MONKEY_LOG_FORMAT", &["log", "format"]),
];

/// Where configuration comes from.
pub(crate) struct ConfigSource<'a> {
    /// The file named by `--config` or `SECURITY_MONKEY_CONFIG`; none: `security-monkey.toml` in the working folder, if there is one.
    pub(crate) file: Option<&'a Path>,
    /// The environment.
    pub(crate) environment: &'a dyn Fn(&str) -> Option<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error(
        "read configuration file {path}: {error}\nhint: name another with --config, or leave it out: every setting has a default"
    )]
    Unreadable { path: PathBuf, error: std::io::Error },
    /// The file's text is wrong.
    #[error("{0}")]
    Invalid(Place),
    /// A variable's value is wrong.
    #[error("{variable}: {message}")]
    Variable { variable: &'static str, message: String },
}

/// A place in a file with what is wrong there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
    pub(crate) excerpt: String,
    pub(crate) hint: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}",
            self.path.display(),
            self.line,
            self.column,
            self.message
        )?;
        if !self.excerpt.is_empty() {
            write!(f, "\n  |\n  | {}", self.excerpt)?;
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

/// Reads the file and lays the environment over it. Returns the file that was read, if any.
pub(crate) fn load(source: &ConfigSource<'_>) -> Result<(Config, Option<PathBuf>), ConfigError> {
    let file = match source.file {
        Some(path) => Some(path.to_path_buf()),
        None => Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists()),
    };
    let text = match &file {
        Some(path) => std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
            path: path.clone(),
            error,
        })?,
        None => String::new(),
    };
    let path = file.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    let config: Config = toml::from_str(&text).map_err(|error| ConfigError::Invalid(place(&path, &text, &error)))?;
    let mut config = config;
    for (variable, keys) in VARIABLES {
        if let Some(value) = (source.environment)(variable) {
            config =
                overridden(&config, keys, &value).map_err(|message| ConfigError::Variable { variable, message })?;
        }
    }
    Ok((config, file))
}

fn overridden(config: &Config, keys: &[&str], value: &str) -> Result<Config, String> {
    let mut table = toml::Table::try_from(config).map_err(|error| error.to_string())?;
    let mut inner = &mut table;
    let Some((last, parents)) = keys.split_last() else {
        return Ok(config.clone());
    };
    for key in parents {
        let entry = inner
            .entry((*key).to_owned())
            .or_insert_with(|| toml::Table::new().into());
        inner = entry.as_table_mut().ok_or_else(|| format!("'{key}' is not a table"))?;
    }
    inner.insert((*last).to_owned(), value.into());
    table
        .try_into()
        .map_err(|error: toml::de::Error| error.message().to_owned())
}

fn place(path: &Path, text: &str, error: &toml::de::Error) -> Place {
    let start = error.span().map_or(0, |span| span.start);
    let message = error.message().lines().next().unwrap_or_default().to_owned();
    Place {
        hint: hint(error.message()),
        ..place_at(path, text, start, message)
    }
}

/// The place at this byte of a file's text.
pub(super) fn place_at(path: &Path, text: &str, start: usize, message: String) -> Place {
    let before = text.get(..start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(line_start..).and_then(|rest| rest.lines().next());
    Place {
        path: path.to_path_buf(),
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).map_or(0, |part| part.chars().count()) + 1,
        message,
        excerpt: without_secret(line.unwrap_or_default().trim_end()),
        hint: None,
    }
}

/// A line of the file, its value left out where it may hold a password.
fn without_secret(line: &str) -> String {
    let Some((member, value)) = line.split_once('=') else {
        return line.to_owned();
    };
    let name = member.to_ascii_lowercase();
    let is_secret = value.contains('@') || ["password", "secret", "token"].iter().any(|word| name.contains(word));
    if is_secret {
        format!("{member}= …")
    } else {
        line.to_owned()
    }
}

/// The name that was meant, if one is near enough.
pub(super) fn nearest<'n>(given: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names
        .min_by_key(|name| edit_distance(given, name))
        .filter(|name| edit_distance(given, name) <= given.len().div_ceil(2))
}

/// Turns serde's "unknown field `x`, expected one of `a`, `b`" into "did you mean".
fn hint(message: &str) -> Option<String> {
    let rest = message
        .strip_prefix("unknown field `")
        .or_else(|| message.strip_prefix("unknown variant `"))?;
    let (given, expected) = rest.split_once('`')?;
    let names: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    Some(nearest(given, names.iter().copied()).map_or_else(
        || format!("known here: {}", names.join(", ")),
        |name| format!("did you mean `{name}`?"),
    ))
}

fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, to) in right.iter().enumerate() {
            let substitute = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = substitute.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::without_secret;

    #[test]
    fn a_quoted_line_shows_no_password() {
        for (line, shown) in [
            (r#"url = "postgre://sm:hunter2@db/sm""#, "url = …"),
            (r#"password = "hunter2""#, "password = …"),
            (
                r#"public_url = "monkey.example.org""#,
                r#"public_url = "monkey.example.org""#,
            ),
            ("[scan]", "[scan]"),
        ] {
            assert_eq!(without_secret(line), shown);
        }
    }
}
