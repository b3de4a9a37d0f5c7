//! What a misspelt name most likely means.

use super::{MOST_PROBLEMS, Reader};

impl Reader {
    /// What a misspelt name most likely means, in words.
    pub(super) fn hint(&self, name: &str, known: &[&str]) -> String {
        // Past the last problem that is listed nobody sees it.
        if self.problems.len() >= MOST_PROBLEMS {
            return String::new();
        }
        nearest(name, known)
            .map(|name| format!("; did you mean {name:?}?"))
            .unwrap_or_default()
    }
}

/// The known name that a misspelt one most likely means.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    if name.len() > 64 {
        return None;
    }
    known
        .iter()
        .map(|candidate| {
            (
                distance(&name.to_ascii_lowercase(), &candidate.to_ascii_lowercase()),
                *candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in bytes.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in right.bytes().enumerate() {
            let cost = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}
