//! Sets of positions in a list.

use std::ops::Range;

/// A set of small numbers below a size that is fixed. Up to 64 take no allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits {
    first: u64,
    rest: Vec<u64>,
}

impl Bits {
    /// The empty set of numbers below `size`.
    pub(crate) fn new(size: usize) -> Self {
        Self {
            first: 0,
            rest: vec![0; size.div_ceil(64).saturating_sub(1)],
        }
    }

    /// All numbers below `size`.
    pub(crate) fn all(size: usize) -> Self {
        let mut bits = Self::new(size);
        bits.set(0..size);
        bits
    }

    fn words(&self) -> impl Iterator<Item = u64> + '_ {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }

    fn words_mut(&mut self) -> impl Iterator<Item = &mut u64> {
        std::iter::once(&mut self.first).chain(&mut self.rest)
    }

    /// Adds the numbers of a range; those that are not below the size are left out.
    pub(crate) fn set(&mut self, range: Range<usize>) {
        let words = range.start / 64..range.end.div_ceil(64);
        let changed = self.words_mut().enumerate().skip(words.start).take(words.len());
        for (word, bits) in changed {
            let from = range.start.max(word * 64);
            let to = range.end.min(word * 64 + 64);
            if from < to {
                *bits |= (u64::MAX >> (64 - (to - from))) << (from - word * 64);
            }
        }
    }

    pub(crate) fn has(&self, position: usize) -> bool {
        let word = match position / 64 {
            0 => Some(&self.first),
            word => self.rest.get(word - 1),
        };
        word.is_some_and(|word| word & (1 << (position % 64)) != 0)
    }

    /// The numbers, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words().enumerate().flat_map(|(word, mut bits)| {
            std::iter::from_fn(move || {
                (bits != 0).then(|| {
                    let bit = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    word * 64 + bit
                })
            })
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words().all(|word| word == 0)
    }

    /// Changes each word by that of the other set.
    fn combine(&mut self, other: &Self, change: impl Fn(&mut u64, u64)) {
        change(&mut self.first, other.first);
        let rest = self.rest.iter_mut().zip(&other.rest);
        rest.for_each(|(word, theirs)| change(word, *theirs));
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.combine(other, |word, theirs| *word |= theirs);
    }

    pub(crate) fn keep(&mut self, other: &Self) {
        self.combine(other, |word, theirs| *word &= theirs);
    }

    pub(crate) fn remove(&mut self, other: &Self) {
        self.combine(other, |word, theirs| *word &= !theirs);
    }

    /// Whether a number is in both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let mut rest = self.rest.iter().zip(&other.rest);
        self.first & other.first != 0 || rest.any(|(word, theirs)| word & theirs != 0)
    }

    /// Whether a number is here and not there.
    pub(crate) fn exceeds(&self, other: &Self) -> bool {
        let theirs = other.rest.iter().chain(std::iter::repeat(&0));
        let mut rest = self.rest.iter().zip(theirs);
        self.first & !other.first != 0 || rest.any(|(word, theirs)| word & !theirs != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn ranges_across_words() {
        let mut bits = Bits::new(200);
        bits.set(60..130);
        bits.set(0..0);
        bits.set(5..5);
        bits.set(199..200);
        let expected = |position: usize| (60..130).contains(&position) || position == 199;
        assert!((0..200).all(|position| bits.has(position) == expected(position)));
        assert!(!bits.has(500));
        let listed: Vec<usize> = (0..200).filter(|position| expected(*position)).collect();
        assert_eq!(bits.iter().collect::<Vec<_>>(), listed);
    }

    #[test]
    fn all_of_a_size_and_what_is_left_of_them() {
        for size in [0, 1, 63, 64, 65, 128, 130] {
            let mut bits = Bits::all(size);
            assert_eq!(bits.iter().collect::<Vec<_>>(), (0..size).collect::<Vec<_>>());
            let mut odd = Bits::new(size);
            (1..size)
                .step_by(2)
                .for_each(|position| odd.set(position..position + 1));
            assert_eq!(odd.is_empty(), size < 2);
            bits.remove(&odd);
            assert_eq!(
                bits.iter().collect::<Vec<_>>(),
                (0..size).step_by(2).collect::<Vec<_>>()
            );
            assert!(!bits.meets(&odd));
            assert_eq!(bits.exceeds(&odd), size > 0);
            assert_eq!(Bits::all(size).meets(&odd), size > 1);
            assert!(!odd.exceeds(&Bits::all(size)));
            bits.keep(&odd);
            assert!(bits.is_empty());
            bits.add(&odd);
            assert_eq!(bits, odd);
        }
    }
}
