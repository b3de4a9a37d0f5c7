//! Where in an answer the decoder is; costs nothing until somebody asks.

use std::fmt;

/// A path from the root, as a list of frames on the stack.
pub(super) enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    List(&'a Path<'a>),
    Map(&'a Path<'a>),
}

impl Path<'_> {
    pub(super) fn member<'b>(&'b self, name: &'b str) -> Path<'b> {
        Path::Member(self, name)
    }

    pub(super) fn list(&self) -> Path<'_> {
        Path::List(self)
    }

    pub(super) fn map(&self) -> Path<'_> {
        Path::Map(self)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Member(parent, name) => write!(formatter, "{parent}/{name}"),
            Path::List(parent) => write!(formatter, "{parent}[]"),
            Path::Map(parent) => write!(formatter, "{parent}{{}}"),
        }
    }
}
