//! The technology files compiled into the program: (path below the technologies folder, text).

pub(super) static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/technologies.rs"));
