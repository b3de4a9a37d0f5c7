//! Where rule files come from: the ones built into the binary, and a user's folder.

use std::io;
use std::path::{Path, PathBuf};

use crate::rule::Origin;

include!(concat!(env!("OUT_DIR"), "/embedded_rules.rs"));

/// Most files in a user's folder, and most bytes in one: loading must stay bounded.
const FILES_LIMIT: usize = 5_000;
const FILE_BYTES_LIMIT: u64 = 256 * 1024;

/// One file of rules, tests or shared predicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// Path below the rules folder with `/`: `aws/s3/bucket.public.rego`. Decides the id.
    pub path: String,
    /// Path as the user knows it, for messages.
    pub shown: String,
    /// The text.
    pub text: String,
    /// Who wrote it.
    pub origin: Origin,
}

/// The files a rule set is loaded from.
#[derive(Debug, Clone, Default)]
pub struct RuleSources {
    files: Vec<RuleFile>,
}

/// A user's rules folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFolderError {
    /// The operating system refused.
    #[error("read the rules folder at {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Too many files.
    #[error("the rules folder {0} holds more than {FILES_LIMIT} files (is it the right folder?)")]
    TooMany(PathBuf),
}

impl RuleSources {
    /// Our own rules, built into the binary.
    pub fn embedded() -> Self {
        let files = EMBEDDED_RULES
            .iter()
            .map(|(path, text)| RuleFile {
                path: (*path).to_owned(),
                shown: format!("rules/{path}"),
                text: (*text).to_owned(),
                origin: Origin::BuiltIn,
            })
            .collect();
        Self { files }
    }

    /// No rules at all.
    pub fn empty() -> Self {
        Self::default()
    }

    /// And one more file, given as text. `path` is relative to the rules folder.
    #[must_use]
    pub fn with_file(mut self, path: &str, text: &str, origin: Origin) -> Self {
        self.files.push(RuleFile {
            path: path.to_owned(),
            shown: path.to_owned(),
            text: text.to_owned(),
            origin,
        });
        self
    }

    /// And a user's folder: every `*.rego` below it.
    pub fn with_folder(mut self, folder: &Path) -> Result<Self, ReadFolderError> {
        let mut found = Vec::new();
        let mut pending = vec![folder.to_owned()];
        while let Some(directory) = pending.pop() {
            let fail = |source| ReadFolderError::Io {
                path: directory.clone(),
                source,
            };
            for entry in std::fs::read_dir(&directory).map_err(fail)? {
                let entry = entry.map_err(fail)?;
                let path = entry.path();
                // Follows no symbolic link to a folder, so that a loop cannot hang us.
                if entry.file_type().map_err(fail)?.is_dir() {
                    pending.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rego") {
                    found.push(path);
                }
                if found.len() + pending.len() > FILES_LIMIT {
                    return Err(ReadFolderError::TooMany(folder.to_owned()));
                }
            }
        }
        found.sort();
        for path in found {
            let fail = |source| ReadFolderError::Io {
                path: path.clone(),
                source,
            };
            let relative = path.strip_prefix(folder).unwrap_or(&path);
            let relative: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            // A file above the limit is kept with its first bytes only and refused by the loader with its name.
            let mut text = Vec::new();
            let file = std::fs::File::open(&path).map_err(fail)?;
            io::Read::read_to_end(&mut io::Read::take(file, FILE_BYTES_LIMIT + 1), &mut text).map_err(fail)?;
            self.files.push(RuleFile {
                path: relative.join("/"),
                shown: path.display().to_string(),
                text: String::from_utf8_lossy(&text).into_owned(),
                origin: Origin::User,
            });
        }
        Ok(self)
    }

    /// The files, ours first, each group by path.
    pub fn files(&self) -> &[RuleFile] {
        &self.files
    }
}

impl RuleFile {
    /// Whether the file holds tests.
    pub fn is_test(&self) -> bool {
        self.path.ends_with("_test.rego")
    }

    /// Whether the file holds predicates shared by rules: `lib/…`.
    pub fn is_library(&self) -> bool {
        self.path.starts_with("lib/")
    }

    pub(crate) fn is_too_long(&self) -> bool {
        self.text.len() as u64 > FILE_BYTES_LIMIT
    }
}
