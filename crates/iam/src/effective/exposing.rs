//! Actions that hand data out though AWS levels them otherwise than Read: `data/exposing.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

/// One of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exposing {
    /// `service:Name`.
    pub(super) name: String,
    /// What it does with data.
    #[cfg_attr(not(test), expect(dead_code, reason = "for people, and tested to be there"))]
    pub(super) why: String,
    /// The page of AWS that says so.
    #[cfg_attr(not(test), expect(dead_code, reason = "for people, and tested to be there"))]
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExposingFile {
    action: Vec<Exposing>,
}

/// All of them.
pub(super) fn exposing() -> &'static [Exposing] {
    static ACTIONS: OnceLock<Vec<Exposing>> = OnceLock::new();
    ACTIONS.get_or_init(|| {
        // The data is part of the program; that it reads is tested.
        toml::from_str::<ExposingFile>(include_str!("../../data/exposing.toml"))
            .map(|file| file.action)
            .unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::exposing;
    use crate::actions::{AccessLevel, list};

    #[test]
    fn what_exposes_data_is_published_and_not_of_level_read() {
        assert!(exposing().len() > 20);
        for action in exposing() {
            let info = list().find(&action.name);
            assert_eq!(
                info.map(super::super::ActionInfo::full_name).as_ref(),
                Some(&action.name)
            );
            assert_ne!(info.map(|info| info.level), Some(AccessLevel::Read), "{}", action.name);
            assert!(action.why.ends_with('.') && action.source.contains('"'), "{action:?}");
        }
    }
}
