//! Patterns side by side, as bits: how far a text that is read character by character has come in each of them.

use std::ops::Range;

use super::Token;

/// The tokens of all patterns, by their places in a state.
#[derive(Default)]
pub(super) struct Words {
    /// Where runs begin.
    pub(super) runs: Vec<u64>,
    /// Where any one character stands.
    ones: Vec<u64>,
    /// Where a certain character stands.
    pub(super) named: Vec<u64>,
    /// Which; by 64 times the word plus the bit.
    pub(super) characters: Vec<char>,
    /// The words of the patterns with several runs.
    of_several_runs: Vec<Range<usize>>,
}

impl Words {
    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    pub(super) fn reserve(&mut self, words: usize) {
        for masks in [&mut self.runs, &mut self.ones, &mut self.named] {
            masks.reserve(words);
        }
        self.characters.reserve(words * 64);
    }

    /// Adds the tokens of a pattern behind those that are there.
    pub(super) fn add(&mut self, tokens: impl Iterator<Item = Token>, length: usize) {
        let first = self.len();
        let begin = first * 64;
        let words = first + words_for(length);
        for masks in [&mut self.runs, &mut self.ones, &mut self.named] {
            masks.resize(words, 0);
        }
        self.characters.resize(words * 64, '\0');
        let mut runs = 0;
        for (place, token) in (begin..).zip(tokens) {
            let bit = 1 << (place % 64);
            match token {
                Token::Run => {
                    self.runs[place / 64] |= bit;
                    runs += 1;
                }
                Token::One => self.ones[place / 64] |= bit,
                Token::Character(character) => {
                    self.named[place / 64] |= bit;
                    self.characters[place] = character;
                }
            }
        }
        if runs > 1 {
            self.of_several_runs.push(first..words);
        }
    }

    /// Marks the places behind runs that may be empty; `carry` has a bit for the first place if the word before reaches into this one, and
    /// then says whether this one does. No pattern reaches into the next: nothing goes on from its last place.
    pub(super) fn close(&self, word: usize, mut places: u64, carry: &mut u64) -> u64 {
        places |= *carry;
        loop {
            let behind = (places & self.runs[word]) << 1;
            if behind & !places == 0 {
                *carry = (places & self.runs[word]) >> 63;
                return places;
            }
            places |= behind;
        }
    }

    /// The characters that stand at the places of a state.
    pub(super) fn characters_at<'s>(&'s self, state: &'s [u64]) -> impl Iterator<Item = char> + 's {
        let places = state.iter().zip(&self.named).map(|(word, named)| word & named);
        bits_of(places).map(|place| self.characters[place])
    }

    pub(super) fn step(&self, state: &[u64], character: char, following: &mut Vec<u64>) {
        following.clear();
        let mut carry = 0;
        for (word, &places) in state.iter().enumerate() {
            let mut taken = places & self.ones[word];
            let mut named = places & self.named[word];
            while named != 0 {
                let bit = named & named.wrapping_neg();
                if self.characters[word * 64 + bit.trailing_zeros() as usize] == character {
                    taken |= bit;
                }
                named ^= bit;
            }
            let next = self.close(word, places & self.runs[word] | taken << 1, &mut carry);
            carry |= taken >> 63;
            following.push(next);
        }
        for words in &self.of_several_runs {
            self.forget(words.clone(), following);
        }
    }

    /// Forgets the places of a pattern ahead of the last run that is being read: whatever leads on from them leads on from the run as well.
    /// Without this the states of patterns with several runs are many that accept the same. One run alone is never read beside what stands
    /// ahead.
    fn forget(&self, words: Range<usize>, state: &mut [u64]) {
        let mut is_behind = true;
        for word in words.rev() {
            let places = &mut state[word];
            let being_read = *places & self.runs[word];
            if !is_behind {
                *places = 0;
            } else if let Some(last) = being_read.checked_ilog2() {
                *places &= u64::MAX << last;
                is_behind = false;
            }
        }
    }
}

/// How many words the places of so many tokens take, with the one behind the last.
pub(super) fn words_for(tokens: usize) -> usize {
    tokens / 64 + 1
}

/// The places whose bits are set.
pub(super) fn bits_of(words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.enumerate().flat_map(|(word, mut bits)| {
        std::iter::from_fn(move || {
            (bits != 0).then(|| {
                let bit = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                word * 64 + bit
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Words;
    use crate::pattern::tokens;

    /// How many states texts of these letters lead to.
    fn states(pattern: &str, letters: &str) -> usize {
        let tokens = tokens(pattern);
        let mut words = Words::default();
        words.add(tokens.iter().copied(), tokens.len());
        let mut states = vec![vec![words.close(0, 1, &mut 0)]];
        let mut seen: HashSet<Vec<u64>> = states.iter().cloned().collect();
        while let Some(state) = states.pop() {
            for letter in letters.chars() {
                let mut following = Vec::new();
                words.step(&state, letter, &mut following);
                if seen.insert(following.clone()) {
                    states.push(following);
                }
            }
        }
        seen.len()
    }

    #[test]
    fn what_stands_ahead_of_a_later_run_makes_no_states() {
        // Behind each run the letter that was read or not, and the end.
        assert_eq!(states("*ab*", "abcd"), 3);
        assert_eq!(states("*ab*cb*", "abcd"), 5);
        assert_eq!(states("*ab*cb*db*", "abcd"), 7);
    }
}
