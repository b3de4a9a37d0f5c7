//! Whom policies mean by variables: elsewhere they have names and accounts in their place. Two texts that may match the same thing are laid
//! side by side, and what of the one falls to a variable of the other tells the variable's values apart. It is a fact of texts alone: which
//! callers there are for such values is asked elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::{Arn, complete};
use crate::document::{Condition, OperatorKind, Statement, Version};
use crate::evaluate::{self, Part, parts};
use crate::keys::{Authority, authority, follows_from_caller};

/// The most texts that are found for one variable.
const MOST: usize = 256;
/// The most steps of laying texts side by side for one variable.
const MOST_STEPS: usize = 1_000_000;

/// Keys whose values are accounts of who asks, and of whose the resource is.
pub(crate) const KEYS_OF_ACCOUNTS: [&str; 4] = [
    "aws:PrincipalAccount",
    "kms:CallerAccount",
    "aws:ResourceAccount",
    "s3:ResourceAccount",
];

/// Texts with which policies compare the same thing: resources, or the values of one condition key.
#[derive(Default)]
pub(crate) struct Compared<'p> {
    texts: BTreeSet<(&'p str, bool)>,
    /// The key, in lower case; none for resources.
    key: Option<String>,
    ignores_case: bool,
    /// Whether something is compared as no text.
    has_others: bool,
}

/// What stands in the place of a variable, perhaps with wildcards.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InPlace<'p> {
    pub(crate) texts: Vec<&'p str>,
    /// Whether values that the same of these match, and that match what policies ask of the key itself alike, are alike to all texts.
    pub(crate) are_all: bool,
}

/// The texts of statements by what is compared with them; none where no text has a variable.
pub(crate) fn compared<'p>(statements: impl Iterator<Item = (&'p Statement, Version)> + Clone) -> Vec<Compared<'p>> {
    let has_variable = |(statement, version): (&Statement, Version)| {
        let mut texts = statement.texts_with_variables();
        texts.any(|text| evaluate::has_variable(&text.text, version))
    };
    if !statements.clone().any(has_variable) {
        return Vec::new();
    }
    let mut resources = Compared::default();
    let mut by_key: BTreeMap<String, Compared<'p>> = BTreeMap::new();
    for (statement, version) in statements {
        let may_vary = version == Version::V2012;
        let patterns = statement.resource.iter().flat_map(|element| &element.patterns);
        resources
            .texts
            .extend(patterns.map(|pattern| (pattern.text.as_str(), may_vary)));
        for condition in &statement.conditions {
            let key = condition.key.to_ascii_lowercase();
            let of_key = by_key.entry(key).or_insert_with_key(|key| Compared {
                key: Some(key.clone()),
                ..Compared::default()
            });
            of_key.add(condition, may_vary);
        }
    }
    std::iter::once(resources).chain(by_key.into_values()).collect()
}

/// What stands in the place of `${key}` in other texts that are compared with the same.
pub(crate) fn in_place_of<'p>(key: &str, compared: &[Compared<'p>]) -> InPlace<'p> {
    let mut found = BTreeSet::new();
    let mut are_all = true;
    let mut steps = MOST_STEPS;
    for alike in compared {
        are_all &= alike.in_place_of(key, &mut found, &mut steps);
    }
    are_all &= found.len() <= MOST;
    InPlace {
        texts: found.into_iter().take(MOST).collect(),
        are_all,
    }
}

/// Whether what stands in resources in the place of callers' variables tells all callers apart.
pub(crate) fn are_callers_told(compared: &[Compared<'_>]) -> bool {
    const KEYS: [&str; 3] = ["aws:username", "aws:PrincipalAccount", "aws:PrincipalType"];
    let resources = compared.get(..1).unwrap_or_default();
    KEYS.iter().all(|key| in_place_of(key, resources).are_all)
}

/// Whether some text has the variable.
pub(crate) fn speak_of(key: &str, compared: &[Compared<'_>]) -> bool {
    compared.iter().any(|alike| alike.with(key).next().is_some())
}

/// The ARNs of users of a name: without a path, and in any.
pub(crate) fn user_arns(name: &str, partition: &str) -> [String; 2] {
    ["", "*/"].map(|path| format!("arn:{partition}:iam::*:user/{path}{name}"))
}

impl<'p> Compared<'p> {
    fn add(&mut self, condition: &'p Condition, may_vary: bool) {
        let kind = condition.operator.kind;
        if kind == OperatorKind::Null {
            return;
        }
        let is_of_texts = kind.name().starts_with("String") || kind.name().starts_with("Arn");
        self.ignores_case |= kind.name().ends_with("IgnoreCase");
        self.has_others |= !is_of_texts;
        let values = condition.values.iter().map(|value| value.text.as_str());
        // Variables stand in texts only.
        self.texts.extend(values.map(|text| (text, may_vary && is_of_texts)));
    }

    /// The texts that have the variable.
    fn with(&self, key: &str) -> impl Iterator<Item = &'p str> {
        let texts = self.texts.iter().filter(|(_, may_vary)| *may_vary);
        texts
            .map(|(text, _)| *text)
            .filter(move |text| evaluate::variables(text).any(|name| name.eq_ignore_ascii_case(key)))
    }

    /// Adds what stands in the variable's place; whether that is all.
    fn in_place_of(&self, key: &str, found: &mut BTreeSet<&'p str>, steps: &mut usize) -> bool {
        let mut are_all = true;
        let mut others: Option<Vec<Line<'p>>> = None;
        for text in self.with(key) {
            are_all &= !self.has_others && self.is_free_of(key, text);
            let line = Line::of(text, true);
            let others = others.get_or_insert_with(|| {
                let mut texts = self.texts.iter();
                are_all &= !texts.any(|(text, may_vary)| *may_vary && has_odd_default(text));
                let lines = self.texts.iter().map(|(text, may_vary)| Line::of(text, *may_vary));
                lines.collect()
            });
            for other in others.iter().filter(|other| other.symbols != line.symbols) {
                let mut beside = Beside {
                    line: &line,
                    other,
                    ignores_case: self.ignores_case,
                    steps,
                };
                let before = found.len();
                are_all &= beside.in_place_of(key, found);
                are_all &= !self.ignores_case || found.len() == before;
            }
        }
        are_all && *steps > 0
    }

    /// Whether what is compared does not follow from whoever has the variable's value; an account in the place of an ARN's is taken for
    /// what it is.
    fn is_free_of(&self, key: &str, text: &str) -> bool {
        let is_of_caller = |of: &str| {
            let of_whom = authority(of);
            of_whom == Authority::CallerId || follows_from_caller(of) && of_whom != Authority::Resource
        };
        let is_of_account = || {
            let account = Arn::read(text).map_or(text, |arn| arn.account);
            let mut all = parts(account);
            let is_key = all
                .next()
                .and_then(|part| part.key())
                .is_some_and(|name| name.eq_ignore_ascii_case(key));
            is_key && all.next().is_none() && evaluate::variables(text).count() == 1
        };
        !self.key.as_deref().is_some_and(is_of_caller) || is_of_account()
    }
}

/// Whether a variable's default is nothing that its values may be: where it stands is not looked at.
fn has_odd_default(text: &str) -> bool {
    parts(text).any(|part| {
        let (key, default) = (part.key().unwrap_or_default(), part.written().split_once(','));
        let default = default.map_or("", |(_, default)| default.trim_matches(['}', ' ', '\'']));
        !default.chars().all(|character| may_hold(key, character))
    })
}

/// What a text has in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symbol<'t> {
    Character(char),
    One,
    Run,
    /// A variable, by its key.
    Variable(&'t str),
}

/// A text, symbol by symbol.
struct Line<'t> {
    text: &'t str,
    symbols: Vec<Symbol<'t>>,
    /// Where in the text each symbol begins, and the end.
    starts: Vec<usize>,
}

impl<'t> Line<'t> {
    fn of(text: &'t str, may_vary: bool) -> Self {
        let mut line = Self {
            text,
            symbols: Vec::new(),
            starts: Vec::new(),
        };
        if may_vary {
            let mut at = 0;
            for part in parts(text) {
                line.add(part, at);
                at += part.written().len();
            }
        } else {
            line.add(Part::Plain(text), 0);
        }
        // What is missing of an ARN may be anything, and stands nowhere in the text.
        for character in complete(text).get(text.len()..).unwrap_or_default().chars() {
            line.push(text.len(), symbol(character));
        }
        line.starts.push(text.len());
        line
    }

    fn add(&mut self, part: Part<'t>, at: usize) {
        match (part, part.key()) {
            (Part::Variable(_), Some(key)) => self.push(at, Symbol::Variable(key)),
            // An escape stands for the character in it.
            (Part::Variable(written), None) => {
                self.push(at, Symbol::Character(written.chars().nth(2).unwrap_or_default()));
            }
            (Part::Plain(written), _) => {
                for (place, character) in written.char_indices() {
                    self.push(at + place, symbol(character));
                }
            }
        }
    }

    fn push(&mut self, at: usize, symbol: Symbol<'t>) {
        self.starts.push(at);
        self.symbols.push(symbol);
    }

    fn is(&self, place: usize, wanted: Symbol<'_>) -> bool {
        self.symbols.get(place).is_some_and(|symbol| *symbol == wanted)
    }

    /// The text from one symbol up to another.
    fn between(&self, from: usize, to: usize) -> Option<&'t str> {
        self.text.get(*self.starts.get(from)?..*self.starts.get(to)?)
    }
}

fn symbol<'t>(character: char) -> Symbol<'t> {
    match character {
        '*' => Symbol::Run,
        '?' => Symbol::One,
        character => Symbol::Character(character),
    }
}

/// Whether values of a key may have a character. Sources: IAM API Reference, "CreateUser", on the characters of `UserName`; IAM User Guide,
/// "IAM policy elements: Variables and tags", table "Principal key values".
fn may_hold(key: &str, character: char) -> bool {
    let is_of_name = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
    match key.to_ascii_lowercase().as_str() {
        "aws:username" => is_of_name(character),
        "aws:userid" => is_of_name(character) || character == ':',
        "aws:principalaccount" | "kms:calleraccount" | "aws:resourceaccount" | "s3:resourceaccount" => {
            character.is_ascii_digit()
        }
        "aws:principaltype" | "aws:principalisawsservice" => character.is_ascii_alphabetic(),
        _ => true,
    }
}

/// Two texts side by side, of which the first has a variable. Places are those between the symbols of the other.
struct Beside<'b, 't, 'p> {
    line: &'b Line<'t>,
    other: &'b Line<'p>,
    ignores_case: bool,
    steps: &'b mut usize,
}

impl<'p> Beside<'_, '_, 'p> {
    /// Adds what of the other text falls to a variable; whether that is all. Not where variables of both overlap: that one's value is the
    /// other's, or a part of it.
    fn in_place_of(&mut self, key: &str, found: &mut BTreeSet<&'p str>) -> bool {
        if self.begin_differently() {
            return true;
        }
        let mut are_all = true;
        // By symbol of the first: where in the other a text that both match may have come to.
        let mut start = vec![false; self.other.symbols.len() + 1];
        start[0] = true;
        self.skip_runs(&mut start);
        let mut heads = vec![start];
        for symbol in &self.line.symbols {
            let next = heads.last().map(|head| self.after(*symbol, head)).unwrap_or_default();
            if !next.contains(&true) {
                // Nothing matches both; or that is not known.
                return *self.steps > 0;
            }
            heads.push(next);
        }
        are_all &= !self.may_overlap(key);
        let mut behind = self.ends();
        for (symbol, head) in self.line.symbols.iter().zip(&heads).rev() {
            if let Symbol::Variable(name) = symbol
                && name.eq_ignore_ascii_case(key)
            {
                let starts = head.iter().enumerate().filter(|(_, is_there)| **is_there);
                for (from, _) in starts {
                    are_all &= self.slices(key, from, &behind, found);
                }
            }
            behind = self.before(*symbol, &behind);
        }
        are_all && *self.steps > 0
    }

    /// Whether the variable of the one may take a part of the same of the other: not where both begin at the same place, nor where both
    /// stand between characters that no value has.
    fn may_overlap(&self, key: &str) -> bool {
        let places = |symbols: &[Symbol<'_>]| -> Vec<usize> {
            let all = symbols.iter().enumerate();
            let same =
                all.filter(|(_, symbol)| matches!(symbol, Symbol::Variable(name) if name.eq_ignore_ascii_case(key)));
            same.map(|(place, _)| place).collect()
        };
        let ends_values = |symbol: Option<&Symbol<'_>>| match symbol {
            None => true,
            Some(Symbol::Character(character)) => !may_hold(key, *character),
            Some(_) => false,
        };
        let is_apart = |symbols: &[Symbol<'_>], place: usize| {
            ends_values(place.checked_sub(1).and_then(|before| symbols.get(before)))
                && ends_values(symbols.get(place + 1))
        };
        let (own, theirs) = (&self.line.symbols, &self.other.symbols);
        let begins_alike = |place: usize, other: usize| {
            let head = own.get(..place).unwrap_or_default();
            place == other && Some(head) == theirs.get(..other) && !head.iter().any(|symbol| is_open(*symbol))
        };
        places(own).iter().any(|place| {
            places(theirs)
                .iter()
                .any(|other| !(begins_alike(*place, *other) || is_apart(own, *place) && is_apart(theirs, *other)))
        })
    }

    /// Whether what the texts spell in the beginning tells that nothing matches both.
    fn begin_differently(&self) -> bool {
        let mut pairs = self.line.symbols.iter().zip(&self.other.symbols);
        let first = pairs.find_map(|pair| match pair {
            (Symbol::Character(one), Symbol::Character(other)) => (!self.are_alike(*one, *other)).then_some(true),
            _ => Some(false),
        });
        first == Some(true)
    }

    /// What the other text has from a place on, as far as the variable may reach and what is behind it fits.
    fn slices(&mut self, key: &str, from: usize, behind: &[bool], found: &mut BTreeSet<&'p str>) -> bool {
        let is_run = |place: usize| self.other.is(place, Symbol::Run);
        let is_fit = |place: usize| behind.get(place).is_some_and(|fits| *fits);
        // What begins behind a wildcard begins in it as well.
        if self.is_same_variable(key, from) || from > 0 && is_run(from - 1) {
            return true;
        }
        let mut are_all = true;
        let mut meets_variable = false;
        let mut is_spelled = false;
        for (at, symbol) in self.other.symbols.iter().enumerate().skip(from) {
            if *self.steps == 0 {
                return false;
            }
            *self.steps -= 1;
            match symbol {
                Symbol::Character(character) if !may_hold(key, *character) => break,
                Symbol::Variable(_) => meets_variable = true,
                Symbol::Run => {}
                Symbol::Character(_) | Symbol::One => is_spelled = true,
            }
            let end = at + 1;
            // Up to and with a wildcard that may go on behind it.
            if is_run(end) || !(is_fit(end) || is_run(at) && is_fit(at)) {
                continue;
            }
            if meets_variable {
                are_all = false;
            } else if is_spelled && found.len() <= MOST {
                found.extend(self.other.between(from, end).filter(|text| !text.is_empty()));
            }
        }
        are_all
    }

    fn is_same_variable(&self, key: &str, place: usize) -> bool {
        matches!(self.other.symbols.get(place), Some(Symbol::Variable(name)) if name.eq_ignore_ascii_case(key))
    }

    fn are_alike(&self, one: char, other: char) -> bool {
        one == other || self.ignores_case && one.eq_ignore_ascii_case(&other)
    }

    /// Adds the places behind wildcards, which may be empty.
    fn skip_runs(&self, places: &mut [bool]) {
        for (place, symbol) in self.other.symbols.iter().enumerate() {
            if *symbol == Symbol::Run && places.get(place) == Some(&true) {
                mark(places, place + 1);
            }
        }
    }

    /// Where in the other text one is behind a symbol of the first; nowhere where there are no steps left.
    fn after(&mut self, symbol: Symbol<'_>, places: &[bool]) -> Vec<bool> {
        let mut next = vec![false; places.len()];
        if *self.steps < places.len() {
            *self.steps = 0;
            return next;
        }
        *self.steps -= places.len();
        let mut is_within = false;
        for (at, is_there) in places.iter().enumerate() {
            let is_there = *is_there;
            if symbol == Symbol::Run {
                is_within |= is_there;
                if is_within {
                    mark(&mut next, at);
                }
                continue;
            }
            let Some(other) = self.other.symbols.get(at) else {
                break;
            };
            if let Symbol::Variable(key) = symbol {
                let is_same = is_there && self.is_same_variable(key, at);
                is_within |= is_there && !is_same;
                is_within &= self.may_meet(symbol, *other);
                if is_same {
                    mark(&mut next, at + 1);
                }
            } else {
                is_within = is_there && self.may_meet(symbol, *other);
            }
            if is_within {
                mark(&mut next, at + 1);
                if is_open(*other) {
                    mark(&mut next, at);
                }
            }
        }
        self.skip_runs(&mut next);
        next
    }

    /// Whether a character may be of both symbols.
    fn may_meet(&self, one: Symbol<'_>, other: Symbol<'_>) -> bool {
        match (one, other) {
            (Symbol::Character(one), Symbol::Character(other)) => self.are_alike(one, other),
            (Symbol::Character(character), Symbol::Variable(key))
            | (Symbol::Variable(key), Symbol::Character(character)) => may_hold(key, character),
            _ => true,
        }
    }

    /// By place: whether nothing need be behind it.
    fn ends(&self) -> Vec<bool> {
        let length = self.other.symbols.len();
        let runs = self.other.symbols.iter().rev();
        let open = runs.take_while(|symbol| **symbol == Symbol::Run).count();
        (0..=length).map(|place| place + open >= length).collect()
    }

    /// By place: whether a text may go on from it with the symbol and what is behind that.
    fn before(&mut self, symbol: Symbol<'_>, behind: &[bool]) -> Vec<bool> {
        *self.steps = self.steps.saturating_sub(behind.len());
        let mut fits = vec![false; behind.len()];
        // Whether what is behind fits at the place, and at the one behind it; and whether the variable may go on there.
        let (mut is_fit_next, mut goes_on) = (false, false);
        let mut skips = false;
        for (at, is_fit) in behind.iter().enumerate().rev() {
            let is_fit = *is_fit;
            if symbol == Symbol::Run {
                goes_on |= is_fit;
                skips = goes_on;
            } else if let Some(other) = self.other.symbols.get(at) {
                let stays = is_open(*other) && is_fit;
                let is_variable = matches!(symbol, Symbol::Variable(_));
                goes_on = self.may_meet(symbol, *other) && (is_fit_next || stays || is_variable && goes_on);
                let is_same = matches!(symbol, Symbol::Variable(key) if self.is_same_variable(key, at));
                let begins = if is_same { is_fit_next } else { goes_on };
                skips = begins || *other == Symbol::Run && skips;
            }
            if skips {
                mark(&mut fits, at);
            }
            is_fit_next = is_fit;
        }
        fits
    }
}

/// Whether more than one character may be of the symbol.
fn is_open(symbol: Symbol<'_>) -> bool {
    matches!(symbol, Symbol::Run | Symbol::Variable(_))
}

fn mark(places: &mut [bool], place: usize) {
    if let Some(is_there) = places.get_mut(place) {
        *is_there = true;
    }
}

#[cfg(test)]
mod tests;
