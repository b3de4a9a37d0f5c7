//! What a policy asks about each condition key, and the values of it that are worth trying: worked out once for all who ask alike.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::candidates::{Asker, Values, is_of_networks};
use super::known::{Known, known};
use crate::bits::Bits;
use crate::document::{Condition, Version};
use crate::evaluate::{self, Arranged, Caller};
use crate::keys::{Authority, authority, follows_by, is_of_credentials, needs_no_account};

/// A condition of so many values is worth arranging.
const LONG: usize = 8;

/// A key that an Allow or the Denies ask for.
pub(super) struct AskedKey<'p> {
    pub(super) name: &'p str,
    pub(super) authority: Authority,
    /// The conditions on it: those of the Allow first, then those of the Denies.
    pub(super) conditions: Vec<&'p Condition>,
    /// How many of them are the Allow's.
    pub(super) own: usize,
    /// Whether a condition has a variable: what it means differs from request to request.
    pub(super) has_variable: bool,
    /// Whether its value, absence included, follows from who calls and what is called.
    pub(super) follows_from_caller: bool,
    /// Whether what is left of its values needs no request: neither do its conditions read differently for some, nor may a request have a
    /// value of it from the start.
    pub(super) is_free: bool,
    pub(super) needs: Needs,
    known: Known<Asker<'static>, Rc<Choices>>,
    /// The conditions, arranged for many values.
    arranged: Vec<OnceCell<Box<Arranged>>>,
}

/// What a request needs to have a key, or to have it as it may be; each has what stands before it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needs {
    Nothing,
    /// To say who asks: a service or a token will do.
    Identity,
    /// Credentials of an account.
    Account,
}

impl<'p> AskedKey<'p> {
    pub(super) fn new(name: &'p str, conditions: Vec<&'p Condition>, own: usize, version: Version) -> Self {
        let mut values = conditions.iter().flat_map(|condition| &condition.values);
        // The call of a service on somebody's behalf.
        let is_on_behalf = name.eq_ignore_ascii_case("aws:ViaAWSService");
        let has_variable = values.any(|value| evaluate::has_variable(&value.text, version));
        let is_given = evaluate::may_be_derived(name) || name.eq_ignore_ascii_case("aws:ResourceOrgID");
        let authority = authority(name);
        Self {
            name,
            authority,
            needs: if is_on_behalf { Needs::Account } else { Needs::of(name) },
            has_variable,
            is_free: !has_variable && !is_given,
            follows_from_caller: follows_by(authority, name),
            arranged: conditions.iter().map(|_| OnceCell::new()).collect(),
            conditions,
            own,
            known: RefCell::default(),
        }
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether an Allow asks for it by these conditions.
    pub(super) fn is_asked_alike(&self, name: &str, own: &[&Condition]) -> bool {
        let is_alike = |left: &Condition, right: &Condition| {
            left.operator == right.operator
                && left.values.len() == right.values.len()
                && left
                    .values
                    .iter()
                    .zip(&right.values)
                    .all(|(left, right)| left.text == right.text)
        };
        self.own == own.len()
            && self.is(name)
            && self
                .conditions
                .iter()
                .zip(own)
                .all(|(left, right)| is_alike(left, right))
    }

    /// Whether it follows from who the caller is and differs between principals of one account.
    pub(super) fn depends_on_name(&self) -> bool {
        match self.authority {
            Authority::CallerArn | Authority::CallerId => true,
            // Access keys of users are no token.
            Authority::Time => self.is("aws:TokenIssueTime"),
            Authority::CallerAccount | Authority::CallerIsService | Authority::Resource => false,
            _ => self.follows_from_caller,
        }
    }

    /// The condition at the place, arranged for many values: where it has no variable, and lists many texts, or networks, which would be
    /// read each time.
    pub(super) fn arranged(&self, place: usize) -> Option<&Arranged> {
        let condition = *self.conditions.get(place)?;
        let is_dear = condition.values.len() >= LONG || is_of_networks(condition.operator.kind);
        (is_dear && !self.has_variable)
            .then(|| &**self.arranged[place].get_or_init(|| Box::new(Arranged::new(condition))))
    }

    /// The choices of those who ask alike, as they were worked out before or are now. Only for keys without variables.
    pub(super) fn choices(&self, asker: &Asker<'_>, work_out: impl FnOnce() -> Choices) -> Rc<Choices> {
        known(
            &self.known,
            |known| known == asker,
            || (asker.clone().into_owned(), Rc::new(work_out())),
        )
    }
}

impl Needs {
    /// By the key.
    pub(super) fn of(key: &str) -> Self {
        match is_of_credentials(key) {
            true if needs_no_account(key) => Self::Identity,
            true => Self::Account,
            false => Self::Nothing,
        }
    }

    /// The most that requests of the caller have.
    pub(super) fn met_by(caller: &Caller) -> Self {
        match caller {
            Caller::Anonymous => Self::Nothing,
            caller if caller.account().is_some() => Self::Account,
            _ => Self::Identity,
        }
    }

    /// Whether requests of the caller have it.
    pub(super) fn has(self, caller: &Caller) -> bool {
        self == Self::Nothing || self <= Self::met_by(caller)
    }
}

/// The values of a key that are worth trying, and what its conditions said of them.
pub(super) struct Choices {
    pub(super) values: Vec<Values>,
    /// Whether they stand for all.
    pub(super) are_all: bool,
    /// By the place of the condition among the key's.
    held: RefCell<BTreeMap<usize, Held>>,
}

/// For which values a condition holds, as far as it was asked.
struct Held {
    asked: Bits,
    holds: Bits,
}

impl Choices {
    pub(super) fn new(values: Vec<Values>, are_all: bool) -> Self {
        Self {
            values,
            are_all,
            held: RefCell::default(),
        }
    }

    /// Those of the values for which the condition at the place holds. `holds` is asked once for each value.
    pub(super) fn held(&self, place: usize, among: &Bits, holds: impl Fn(&Values) -> bool) -> Bits {
        let mut held = self.held.borrow_mut();
        let known = held.entry(place).or_insert_with(|| Held {
            asked: Bits::new(self.values.len()),
            holds: Bits::new(self.values.len()),
        });
        let mut left = among.clone();
        left.remove(&known.asked);
        for position in left.iter() {
            if holds(&self.values[position]) {
                known.holds.set(position..position + 1);
            }
        }
        known.asked.add(among);
        let mut found = among.clone();
        found.keep(&known.holds);
        found
    }
}
