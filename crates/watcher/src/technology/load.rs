//! Reads technology files: those in the program, then the user's, which add to them or replace them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path as FilePath;
use std::sync::Arc;

use security_monkey_aws::models::Models;
use security_monkey_model::TechnologyId;
use security_monkey_model::document::{DocumentRules, Path};

use super::check::{Checked, check};
use super::file::TechnologyFile;
use super::locate::{Key, locate, position};
use super::{Technology, embedded};

/// A technology file's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path below the technologies folder, with slashes: `aws/s3/bucket.toml`.
    pub path: String,
    /// What to call it in messages: the path as the user knows it.
    pub display_name: String,
    /// Its text.
    pub text: String,
    /// Whether it comes with the program.
    pub is_built_in: bool,
}

impl SourceFile {
    /// The id that belongs to the path.
    fn id(&self) -> String {
        self.path.trim_end_matches(".toml").replace('/', ".")
    }

    /// The files that come with the program.
    pub fn built_in() -> Vec<Self> {
        embedded::FILES
            .iter()
            .map(|(path, text)| Self {
                path: (*path).to_owned(),
                display_name: format!("technologies/{path}"),
                text: (*text).to_owned(),
                is_built_in: true,
            })
            .collect()
    }

    /// All `.toml` files below a folder of the user's, in order of their paths.
    pub fn read_folder(folder: &FilePath) -> io::Result<Vec<Self>> {
        fn collect(root: &FilePath, folder: &FilePath, files: &mut Vec<SourceFile>) -> io::Result<()> {
            let named = |path: &FilePath, error: &io::Error| {
                io::Error::new(error.kind(), format!("{}: {error}", path.display()))
            };
            for entry in std::fs::read_dir(folder).map_err(|error| named(folder, &error))? {
                let path = entry?.path();
                if path.is_dir() {
                    collect(root, &path, files)?;
                } else if path.extension().is_some_and(|extension| extension == "toml") {
                    let below = path.strip_prefix(root).unwrap_or(&path);
                    files.push(SourceFile {
                        path: below.to_string_lossy().replace('\\', "/"),
                        display_name: path.display().to_string(),
                        // What is no text is this file's mistake, found with its line: it stops no other file.
                        text: String::from_utf8_lossy(&std::fs::read(&path).map_err(|error| named(&path, &error))?)
                            .into_owned(),
                        is_built_in: false,
                    });
                }
            }
            Ok(())
        }
        let mut files = Vec::new();
        collect(folder, folder, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }
}

/// What is wrong with a technology file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}{}", .hint.as_ref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default())]
pub struct TechnologyFileError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do, where we know.
    pub hint: Option<String>,
}

/// All technologies, by id.
#[derive(Debug, Clone, Default)]
pub struct Technologies {
    by_id: BTreeMap<TechnologyId, Arc<Technology>>,
    left_out: BTreeSet<TechnologyId>,
}

impl Technologies {
    /// Reads and checks files. A file that is wrong is reported and left out, the others work; a user's file replaces the program's
    /// file of the same id, and where the user's is wrong the program's stays.
    pub fn load(
        files: impl IntoIterator<Item = SourceFile>,
        models: &'static Models,
    ) -> (Self, Vec<TechnologyFileError>) {
        let mut by_id: BTreeMap<TechnologyId, Arc<Technology>> = BTreeMap::new();
        let (mut errors, mut left_out) = (Vec::new(), BTreeSet::new());
        for file in files {
            match read(&file, models) {
                Ok(technology) => {
                    let known = by_id.get(technology.id());
                    if known.is_some_and(|known| known.is_built_in == technology.is_built_in) {
                        let (line, column) = locate(&file.text, &[Key::Name("id")]);
                        errors.push(TechnologyFileError {
                            line,
                            column,
                            message: format!(
                                "the id `{}` is taken by {}",
                                technology.id(),
                                known.map_or("", |known| known.file_name())
                            ),
                            hint: Some("one id, one file".to_owned()),
                            file: file.display_name,
                        });
                    } else {
                        by_id.insert(technology.id().clone(), Arc::new(technology));
                    }
                }
                Err(problems) => {
                    errors.extend(problems);
                    left_out.extend(TechnologyId::parse(&file.id()));
                }
            }
        }
        left_out.retain(|id| !by_id.contains_key(id));
        let loaded = Self { by_id, left_out };
        loaded.check_links(&mut errors);
        (loaded, errors)
    }

    /// The technologies that come with the program.
    pub fn built_in(models: &'static Models) -> (Self, Vec<TechnologyFileError>) {
        Self::load(SourceFile::built_in(), models)
    }

    /// The technology with this id.
    pub fn get(&self, id: &TechnologyId) -> Option<&Arc<Technology>> {
        self.by_id.get(id)
    }

    /// Whether there is a file for this id that is wrong, and none that works.
    pub fn is_left_out(&self, id: &TechnologyId) -> bool {
        self.left_out.contains(id)
    }

    /// All technologies, in order of their ids.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Arc<Technology>> {
        self.by_id.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Links may point to technologies that nobody has written yet only if their service is one of AWS's; a mistyped id of a known
    /// one is an error.
    fn check_links(&self, errors: &mut Vec<TechnologyFileError>) {
        for technology in self.all() {
            for (index, link) in technology.file.links.iter().enumerate() {
                if self.by_id.contains_key(&link.to) {
                    continue;
                }
                let nearest = self.by_id.keys().find(|id| {
                    id.service() == link.to.service()
                        && id.as_str().replace('-', "") == link.to.as_str().replace('-', "")
                });
                let is_known_service = technology.models.service(link.to.service()).is_ok();
                if nearest.is_some() || !is_known_service {
                    let (line, column) = locate(
                        &technology.text,
                        &[Key::Name("link"), Key::Index(index), Key::Name("to")],
                    );
                    errors.push(TechnologyFileError {
                        file: technology.file_name().to_owned(),
                        line,
                        column,
                        message: format!("there is no technology `{}`", link.to),
                        hint: nearest.map(|id| format!("did you mean `{id}`?")),
                    });
                }
            }
        }
    }
}

fn read(source: &SourceFile, models: &'static Models) -> Result<Technology, Vec<TechnologyFileError>> {
    let error = |(line, column): (usize, usize), message: String, hint: Option<String>| TechnologyFileError {
        file: source.display_name.clone(),
        line,
        column,
        message,
        hint,
    };
    let file: TechnologyFile = toml::from_str(&source.text).map_err(|problem| {
        let place = position(&source.text, problem.span().map_or(0, |span| span.start));
        let message = problem.message().lines().collect::<Vec<_>>().join(" ");
        vec![error(place, message, None)]
    })?;
    let wanted = source.id();
    if file.id.as_str() != wanted {
        let place = locate(&source.text, &[Key::Name("id")]);
        return Err(vec![error(
            place,
            format!("the id `{}` does not fit the file's path", file.id),
            Some(format!("write id = \"{wanted}\", or move the file")),
        )]);
    }
    let checked = check(&file, models).map_err(|problems| {
        problems
            .into_iter()
            .map(|problem| error(locate(&source.text, &problem.at), problem.message, problem.hint))
            .collect::<Vec<_>>()
    })?;
    let Checked {
        shape,
        join_fields,
        detail_steps,
        detail_fields,
    } = checked;
    // Inner lists are sorted before the lists they stand in, or the outer order would depend on the inner one.
    let mut unordered: Vec<Path> = file.document.unordered.clone();
    unordered.sort_by_key(|path| std::cmp::Reverse(path.segments().len()));
    Ok(Technology {
        rules: DocumentRules {
            ephemeral: file.document.ephemeral.clone(),
            secret: file.document.secret.clone(),
            unordered,
        },
        file,
        shape,
        join_fields,
        detail_steps,
        detail_fields,
        models,
        is_built_in: source.is_built_in,
        file_name: source.display_name.as_str().into(),
        text: source.text.as_str().into(),
    })
}
