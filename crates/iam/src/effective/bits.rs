//! A set of positions in the action list.

use std::ops::Range;

/// A fixed-size set of small numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    pub(super) fn new(size: usize) -> Self {
        Self {
            words: vec![0; size.div_ceil(64)],
        }
    }

    pub(super) fn set(&mut self, range: Range<usize>) {
        let (first, last) = (range.start / 64, range.end.saturating_sub(1) / 64);
        if range.is_empty() || last >= self.words.len() {
            return;
        }
        for word in first..=last {
            let from = range.start.max(word * 64) - word * 64;
            let to = range.end.min(word * 64 + 64) - word * 64;
            let mask = if to - from == 64 {
                u64::MAX
            } else {
                ((1u64 << (to - from)) - 1) << from
            };
            self.words[word] |= mask;
        }
    }

    pub(super) fn has(&self, position: usize) -> bool {
        self.words
            .get(position / 64)
            .is_some_and(|word| word & (1 << (position % 64)) != 0)
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word |= theirs;
        }
    }

    pub(super) fn keep(&mut self, other: &Self) {
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word &= theirs;
        }
    }

    pub(super) fn remove(&mut self, other: &Self) {
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word &= !theirs;
        }
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
        bits.set(199..200);
        let expected = |position: usize| (60..130).contains(&position) || position == 199;
        assert!((0..200).all(|position| bits.has(position) == expected(position)));
        assert!(!bits.has(500));
    }
}
