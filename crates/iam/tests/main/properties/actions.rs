//! Expanding and minimising actions keeps what they mean.

use proptest::prelude::*;
use security_monkey_iam::actions::{ActionInfo, expand, list, minimise, minimise_readably};
use security_monkey_iam::pattern::{self, Case};

use super::config;

fn all() -> Vec<String> {
    list().all().map(ActionInfo::full_name).collect()
}

/// A pattern made from an action's name: a piece of it replaced by a wildcard.
fn action_pattern() -> impl Strategy<Value = String> {
    (
        0usize..20_000,
        0usize..40,
        0usize..40,
        prop::sample::select(&["*", "?", ""][..]),
    )
        .prop_map(|(position, start, length, wildcard)| {
            let all = all();
            let name = &all[position % all.len()];
            let service = name.find(':').unwrap() + 1;
            let start = (service + start).min(name.len());
            let end = if wildcard == "?" {
                (start + 1).min(name.len())
            } else {
                (start + length).min(name.len())
            };
            format!("{}{wildcard}{}", &name[..start], &name[end..])
        })
}

proptest! {
    #![proptest_config(config(20))]

    #[test]
    fn minimised_actions_expand_to_the_same(picks in prop::collection::vec(0usize..20_000, 1..40), shortest in 0usize..6) {
        let all = all();
        let mut wanted: Vec<String> = picks.into_iter().filter_map(|position| all.get(position).cloned()).collect();
        wanted.sort();
        wanted.dedup();
        let minimised = minimise(wanted.iter().map(String::as_str), shortest);
        prop_assert_eq!(&expand(minimised.patterns.iter().map(String::as_str)).actions, &wanted);
        let readable = minimise_readably(wanted.iter().map(String::as_str));
        prop_assert!(readable.patterns.len() <= wanted.len());
        for pattern in &readable.patterns {
            let count = expand([pattern.as_str()]).actions.len();
            prop_assert!(wanted.contains(pattern) || count > 1, "{} stands for {}", pattern, count);
        }
        prop_assert_eq!(&expand(readable.patterns.iter().map(String::as_str)).actions, &wanted);
        let others: Vec<String> = all.iter().filter(|name| !wanted.contains(name)).map(|name| name.to_ascii_lowercase()).collect();
        // None could be shorter: that would match an action that is not wanted.
        for pattern in minimised.patterns.iter().filter(|pattern| !pattern.ends_with(":*")) {
            let prefix = pattern.trim_end_matches('*');
            let shorter = &prefix[..prefix.len() - 1];
            let matches_another = others.iter().any(|name| name.starts_with(shorter));
            let length = prefix.len() - prefix.find(':').unwrap() - 1;
            prop_assert!(length <= shortest.max(1) || matches_another, "{} of {:?}", pattern, wanted);
        }
    }

    /// All that a service has is one pattern.
    #[test]
    fn a_whole_service_is_one_pattern(position in 0usize..20_000) {
        let all = all();
        let (service, _) = all[position % all.len()].split_once(':').unwrap();
        let names: Vec<String> = list().of_service(service).iter().map(ActionInfo::full_name).collect();
        prop_assert_eq!(minimise(names.iter().map(String::as_str), 0).patterns, vec![format!("{service}:*")]);
    }

    /// Patterns, expanded and minimised, match the same published actions as before: no more, no fewer.
    #[test]
    fn expanded_and_minimised_patterns_match_the_same(patterns in prop::collection::vec(action_pattern(), 1..6), shortest in 0usize..6) {
        let expansion = expand(patterns.iter().map(String::as_str));
        let minimised = minimise(expansion.actions.iter().map(String::as_str), shortest);
        let readable = minimise_readably(expansion.actions.iter().map(String::as_str));
        prop_assert!(minimised.unknown.is_empty() && readable.unknown.is_empty());
        let matches = |patterns: &[String], action: &str| patterns.iter().any(|pattern| pattern::matches(pattern, action, Case::Insensitive));
        for action in all() {
            for written in [&minimised.patterns, &readable.patterns] {
                prop_assert_eq!(matches(&patterns, &action), matches(written, &action), "{} by {:?}", action, written);
            }
        }
    }
}
