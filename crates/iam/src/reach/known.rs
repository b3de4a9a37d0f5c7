//! What was worked out before, kept by what it was asked for.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::hash::Hash;

use foldhash::HashMap;

/// For questions that are few and are told apart by a look.
pub(super) type Known<Q, A> = RefCell<Vec<(Q, A)>>;

/// The answer to a question that is alike, or the one that is worked out now. Nothing is held while it is.
pub(super) fn known<Q, A: Clone>(
    known: &Known<Q, A>,
    is_alike: impl Fn(&Q) -> bool,
    work_out: impl FnOnce() -> (Q, A),
) -> A {
    if let Some((_, answer)) = known.borrow().iter().find(|(question, _)| is_alike(question)) {
        return answer.clone();
    }
    let (question, answer) = work_out();
    known.borrow_mut().push((question, answer.clone()));
    answer
}

/// For questions that may be many.
pub(super) type Table<Q, A> = RefCell<HashMap<Q, A>>;

/// The answer to the question that was found before, or is now. Nothing is held while it is.
pub(super) fn looked_up<K, A>(table: &Table<K::Owned, A>, question: &K, work_out: impl FnOnce() -> A) -> A
where
    K: ToOwned + Hash + Eq + ?Sized,
    K::Owned: Borrow<K> + Hash + Eq,
    A: Clone,
{
    if let Some(answer) = table.borrow().get(question) {
        return answer.clone();
    }
    let answer = work_out();
    table.borrow_mut().insert(question.to_owned(), answer.clone());
    answer
}
