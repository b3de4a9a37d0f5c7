//! Accounts that are nobody's we know.

use std::cell::Cell;

use super::enumerate::account_ids;
use crate::arn::{Arn, is_account_id};
use crate::bound::{KEYS_OF_ACCOUNTS, compared, in_place_of};
use crate::directory::{AccountDirectory, Standing};
use crate::document::{Condition, Policy};
use crate::keys::{Authority, authority};
use crate::pattern::language::partition_of_digits;
use crate::pattern::{self, Case, Token, has_wildcard};

/// How many digits an account id has.
const DIGITS: usize = 12;
/// The most account ids that are left out of what patterns of them match.
const MOST_NAMED: usize = 64;

/// Account ids that nobody has in mind, of different beginnings and ends.
const FRESH_ACCOUNTS: [&str; 9] = [
    "999988887777",
    "888877776666",
    "777766665555",
    "666655554444",
    "555544443333",
    "444433332222",
    "333322221111",
    "222211110000",
    "111100009999",
];

/// Accounts that stand for "any account": one that nobody names, and one for each combination of the patterns of account ids.
#[derive(Debug, Clone)]
pub(crate) struct Strangers {
    pub(crate) accounts: Vec<String>,
    /// Whether they stand for all.
    pub(crate) are_all: bool,
}

impl Strangers {
    /// Strangers to the directory whom the policies do not name.
    pub(crate) fn of(policies: &[&Policy], directory: &AccountDirectory) -> Self {
        let statements = || policies.iter().flat_map(|policy| &policy.statements);
        let conditions = || statements().flat_map(|statement| &statement.conditions);
        let values = conditions().flat_map(|condition| &condition.values);
        let principals = statements()
            .filter_map(|statement| statement.principal.as_ref())
            .flat_map(|element| &element.entries);
        let all = policies.iter().flat_map(|policy| {
            let statements = policy.statements.iter();
            statements.map(|statement| (statement, policy.version))
        });
        let compared = compared(all);
        let in_place = KEYS_OF_ACCOUNTS
            .iter()
            .flat_map(|key| in_place_of(key, &compared).texts);
        let texts: Vec<&str> = values
            .map(|value| value.text.as_str())
            .chain(principals.map(|entry| entry.value.as_str()))
            .chain(in_place)
            .collect();
        let is_stranger = |account: &String| {
            directory.standing(account) == Standing::Unknown
                && !texts.iter().any(|text| text.contains(account.as_str()))
        };
        let patterns = patterns_of_ids(&texts);
        // One that no pattern of account ids matches, and one for each pattern.
        let is_plain = |account: &&str| !patterns.iter().any(|pattern| is_matched(pattern, account));
        // Numbers tell accounts apart by their size.
        let numbers: Vec<&Condition> = conditions().filter(|condition| compares_numbers(condition)).collect();
        let most = if numbers.is_empty() { 1 } else { FRESH_ACCOUNTS.len() };
        let mut accounts: Vec<String> = FRESH_ACCOUNTS
            .iter()
            .filter(|account| is_plain(account))
            .map(|account| (*account).to_owned())
            .filter(is_stranger)
            .take(most)
            .collect();
        for pattern in &patterns {
            accounts.extend(instance(pattern).filter(is_stranger));
        }
        let beside = beside(&numbers);
        // What numbers tell apart together with patterns, or with accounts that are known, is not looked for.
        let is_number = |condition: &&Condition| condition.values.iter().all(|value| number(&value.text).is_some());
        let are_told_apart = beside.len() < MOST_NAMED
            && patterns.is_empty()
            && numbers.iter().all(is_number)
            && beside.iter().all(is_stranger);
        accounts.extend(beside.into_iter().filter(is_stranger));
        accounts.dedup();
        let mut strangers = Self {
            accounts,
            are_all: numbers.is_empty() || are_told_apart,
        };
        if !patterns.is_empty() || strangers.accounts.is_empty() {
            let ids = texts.iter().flat_map(|text| account_ids(text));
            let known = patterns.iter().flat_map(|pattern| directory.accounts_like(pattern));
            strangers.complete(&patterns, ids.chain(known).collect(), is_stranger);
        }
        strangers.are_all &= !strangers.accounts.is_empty();
        strangers
    }

    /// Adds one for each combination of the patterns that is missing.
    fn complete(&mut self, patterns: &[&str], mut named: Vec<&str>, is_stranger: impl Fn(&String) -> bool) {
        named.sort_unstable();
        named.dedup();
        // Those that patterns match come first: the others are told by a look.
        let is_open = |id: &&str| patterns.iter().any(|pattern| is_matched(pattern, id));
        named.sort_by_key(|id| !is_open(id));
        named.truncate(MOST_NAMED);
        let tokens = |texts: &[&str]| -> Vec<Vec<Token>> { texts.iter().map(|text| pattern::tokens(text)).collect() };
        let work = Cell::new(0);
        let (found, are_all) = partition_of_digits(DIGITS, &tokens(&named), &tokens(patterns), &work);
        self.are_all &= are_all;
        let combination = |id: &str| -> Vec<bool> { patterns.iter().map(|pattern| is_matched(pattern, id)).collect() };
        for id in found {
            let own = combination(&id);
            let is_there = self.accounts.iter().any(|known| combination(known) == own);
            if is_there {
                continue;
            }
            if is_stranger(&id) {
                self.accounts.push(id);
            } else {
                self.are_all = false;
            }
        }
    }
}

fn is_matched(pattern: &str, id: &str) -> bool {
    pattern::matches(pattern, id, Case::Sensitive)
}

/// The patterns of account ids among the texts, each once: those of ids alone, and those of the account in an ARN.
fn patterns_of_ids<'t>(texts: &[&'t str]) -> Vec<&'t str> {
    let is_of_ids = |part: &&str| {
        let mut bytes = part.bytes();
        let is_open = has_wildcard(part) && part.bytes().any(|byte| byte.is_ascii_digit());
        is_open && bytes.all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'?'))
    };
    let with_wildcards = texts.iter().filter(|text| has_wildcard(text));
    let parts = with_wildcards.map(|text| Arn::read(text).map_or(*text, |arn| arn.account));
    let mut found = Vec::new();
    for pattern in parts.filter(is_of_ids) {
        if !found.contains(&pattern) {
            found.push(pattern);
        }
    }
    found
}

/// Whether a condition compares account ids as numbers.
fn compares_numbers(condition: &Condition) -> bool {
    let of_accounts = [
        Authority::CallerAccount,
        Authority::SourceAccount,
        Authority::ThroughAccount,
    ];
    condition.operator.kind.name().starts_with("Numeric") && of_accounts.contains(&authority(&condition.key))
}

/// Account ids beside and between the numbers that conditions name, and those that are named with fewer digits.
fn beside(conditions: &[&Condition]) -> Vec<String> {
    let texts = conditions.iter().flat_map(|condition| &condition.values);
    let mut numbers: Vec<u64> = texts.filter_map(|value| number(&value.text)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let between = numbers.windows(2).map(|pair| u64::midpoint(pair[0], pair[1]));
    let around = |number: &u64| [*number, number.saturating_sub(1), number.saturating_add(1)];
    let ids = numbers.iter().flat_map(around).chain(between);
    let ids = ids.map(|number| format!("{number:0DIGITS$}"));
    let is_named = |id: &String| numbers.iter().any(|number| number.to_string() == *id);
    let ids = ids.filter(|id| is_account_id(id) && !is_named(id));
    ids.take(MOST_NAMED).collect()
}

fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Twelve digits that a pattern of account ids matches.
fn instance(pattern: &str) -> Option<String> {
    let fixed = pattern.bytes().filter(|byte| *byte != b'*').count();
    let filler = "9".repeat(DIGITS.checked_sub(fixed)?);
    let text = pattern.replacen('*', &filler, 1).replace('*', "").replace('?', "5");
    is_account_id(&text).then_some(text)
}
