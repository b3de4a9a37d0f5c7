//! A scan before parsing: the engine's parser takes twice as long for each level of brackets (measured: 14 levels 0.6 s,
//! 18 levels 8.5 s), and no limit of its own applies there.

use crate::error::RuleError;

/// Deepest bracket nesting. Our own rules need six.
pub(super) const DEPTH_LIMIT: usize = 10;

pub(super) fn check(file: &str, text: &str) -> Result<(), RuleError> {
    let mut depth = 0_usize;
    for (index, line) in text.lines().enumerate() {
        // Raw strings may run over lines; they are rare in rules, and refusing them keeps this scan and the parser in step.
        let mut characters = line.chars().enumerate();
        while let Some((column, character)) = characters.next() {
            match character {
                '#' => break,
                '"' => {
                    while let Some((_, inner)) = characters.next() {
                        match inner {
                            '\\' => drop(characters.next()),
                            '"' => break,
                            _ => {}
                        }
                    }
                }
                '`' if !characters.any(|(_, inner)| inner == '`') => {
                    return Err(error(file, index, column, "a raw string runs over the end of its line")
                        .with_hint("close it on the same line, or use several strings with concat"));
                }
                '(' | '[' | '{' => {
                    depth += 1;
                    if depth > DEPTH_LIMIT {
                        return Err(error(
                            file,
                            index,
                            column,
                            format!("brackets are nested more than {DEPTH_LIMIT} deep"),
                        )
                        .with_hint("give the inner part a name of its own"));
                    }
                }
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    Ok(())
}

fn error(file: &str, index: usize, column: usize, message: impl Into<String>) -> RuleError {
    let number = |zero_based: usize| u32::try_from(zero_based + 1).unwrap_or(u32::MAX);
    RuleError::new(file, number(index), number(column), message)
}
