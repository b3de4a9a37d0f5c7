//! Wildcard patterns: `*` is any run of characters, `?` any one. Matching takes linear memory and time
//! proportional to pattern × text at worst; there is no backtracking blow-up.

mod form;
pub(crate) mod language;
mod states;

/// Whether letter case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Resources, principals, most strings.
    Sensitive,
    /// Actions, condition keys.
    Insensitive,
}

/// Whether the text holds a wildcard.
pub fn has_wildcard(text: &str) -> bool {
    memchr::memchr2(b'*', b'?', text.as_bytes()).is_some()
}

/// Whether the pattern matches the whole text.
pub fn matches(pattern: &str, text: &str, case: Case) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    // What stands before the first wildcard, in one pass: most texts that do not match differ there, and early.
    let fixed = match case {
        Case::Sensitive => alike(pattern, text, |left, right| left == right),
        Case::Insensitive => alike(pattern, text, |left, right| left.eq_ignore_ascii_case(&right)),
    };
    if !matches!(pattern.get(fixed), Some(b'*' | b'?')) {
        return fixed == pattern.len() && fixed == text.len();
    }
    let same = |left: u8, right: u8| match case {
        Case::Sensitive => left == right,
        Case::Insensitive => left.eq_ignore_ascii_case(&right),
    };
    // The greedy algorithm for globs: remember the last star and retry one byte further. The retry never goes
    // back behind a later star, so the work is bounded by pattern × text. '?' takes a whole UTF-8 character.
    let (mut at, mut place) = (fixed, fixed);
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                star = Some((at, place));
                continue;
            }
            Some(b'?') => {
                at += 1;
                place = next_character(text, place);
                continue;
            }
            Some(&byte) if same(byte, text[place]) => {
                at += 1;
                place += 1;
                continue;
            }
            _ => {}
        }
        let Some((behind_star, tried)) = star else {
            return false;
        };
        at = behind_star;
        place = next_character(text, tried);
        star = Some((at, place));
    }
    pattern[at.min(pattern.len())..].iter().all(|byte| *byte == b'*')
}

/// How many bytes are the same from the start, up to the first wildcard.
#[inline]
fn alike(pattern: &[u8], text: &[u8], same: impl Fn(u8, u8) -> bool) -> usize {
    let is_alike = |(wanted, byte): &(&u8, &u8)| !matches!(wanted, b'*' | b'?') && same(**wanted, **byte);
    pattern.iter().zip(text).take_while(is_alike).count()
}

/// One element of a pattern whose variables were replaced: what a variable stood for is never a wildcard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Token {
    /// Any run of characters.
    Run,
    /// Any one character.
    One,
    /// This character.
    Character(char),
}

/// The tokens of a pattern; runs of `*` become one.
pub fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(pattern.len());
    for character in pattern.chars() {
        let token = match character {
            '*' => Token::Run,
            '?' => Token::One,
            other => Token::Character(other),
        };
        if token != Token::Run || tokens.last() != Some(&Token::Run) {
            tokens.push(token);
        }
    }
    tokens
}

/// Whether the tokens match the whole text.
pub fn tokens_match(tokens: &[Token], text: &str, case: Case) -> bool {
    let text: Vec<char> = text.chars().collect();
    let same = |left: char, right: char| match case {
        Case::Sensitive => left == right,
        Case::Insensitive => left.eq_ignore_ascii_case(&right),
    };
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match tokens.get(at) {
            Some(Token::Run) => {
                at += 1;
                star = Some((at, place));
                continue;
            }
            Some(Token::One) => {
                at += 1;
                place += 1;
                continue;
            }
            Some(Token::Character(character)) if same(*character, text[place]) => {
                at += 1;
                place += 1;
                continue;
            }
            _ => {}
        }
        let Some((behind_run, tried)) = star else {
            return false;
        };
        at = behind_run;
        place = tried + 1;
        star = Some((at, place));
    }
    tokens
        .get(at..)
        .is_some_and(|rest| rest.iter().all(|token| *token == Token::Run))
}

fn next_character(text: &[u8], mut at: usize) -> usize {
    at += 1;
    while at < text.len() && (text[at] & 0b1100_0000) == 0b1000_0000 {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{Case, Token, has_wildcard, matches, tokens, tokens_match};

    /// Both matchers, which must agree.
    fn both(pattern: &str, text: &str, case: Case) -> bool {
        let direct = matches(pattern, text, case);
        assert_eq!(
            tokens_match(&tokens(pattern), text, case),
            direct,
            "{pattern:?} on {text:?}"
        );
        direct
    }

    #[test]
    fn wildcards_are_told_from_plain_text() {
        for text in ["a*", "?", "*", "a?b"] {
            assert!(has_wildcard(text), "{text}");
        }
        assert!(!has_wildcard("") && !has_wildcard("arn:aws:s3:::a"));
    }

    #[test]
    fn a_run_is_tried_at_every_place_and_a_question_mark_is_one_character() {
        let cases = [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("**", "abc", true),
            ("?", "", false),
            ("?", "a", true),
            ("?", "ab", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?", "a", false),
            ("?*", "", false),
            ("?*", "abc", true),
            ("*?", "a", true),
            ("*ab", "aab", true),
            ("*ab", "aaba", false),
            ("*aab", "aaaab", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*a?b", "xaab", true),
            ("*a?b", "aacb", true),
            ("*a?b", "ab", false),
            ("abc", "abcd", false),
            ("abcd", "abc", false),
            ("abc*", "abc", true),
            ("*x*", "aaa", false),
            ("*b", "bbbb", true),
            // A character of several bytes is one.
            ("?", "\u{e9}", true),
            ("??", "\u{e9}", false),
            ("a?b", "a\u{1f512}b", true),
            ("*?b", "\u{1f512}b", true),
            ("*\u{e9}", "\u{1f512}\u{e8}\u{e9}", true),
            ("?\u{e9}?", "\u{1f512}\u{e9}\u{e8}", true),
            ("?\u{e9}?", "\u{1f512}\u{e9}", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(
                both(pattern, text, Case::Sensitive),
                expected,
                "{pattern:?} on {text:?}"
            );
        }
        assert!(both("S3:get*", "s3:GetObject", Case::Insensitive));
        assert!(!both("S3:get*", "s3:GetObject", Case::Sensitive));
    }

    #[test]
    fn what_a_variable_stands_for_is_no_wildcard() {
        let literal = [Token::Character('*'), Token::Run];
        assert!(tokens_match(&literal, "*x", Case::Sensitive) && !tokens_match(&literal, "xx", Case::Sensitive));
        assert_eq!(tokens("a**?"), [Token::Character('a'), Token::Run, Token::One]);
    }

    /// The greedy matcher against the definition, for every short pattern and text.
    #[test]
    fn short_patterns_match_as_defined() {
        fn defined(pattern: &[u8], text: &[u8]) -> bool {
            match (pattern.split_first(), text.split_first()) {
                (None, None) => true,
                (Some((b'*', rest)), _) => (0..=text.len()).any(|skip| defined(rest, &text[skip..])),
                (Some((b'?', rest)), Some((_, tail))) => defined(rest, tail),
                (Some((wanted, rest)), Some((found, tail))) => wanted == found && defined(rest, tail),
                (None, Some(_)) | (Some(_), None) => false,
            }
        }
        let words = |alphabet: &[char], longest: u32| {
            let mut words = vec![String::new()];
            let mut from = 0;
            for _ in 0..longest {
                let to = words.len();
                for at in from..to {
                    for character in alphabet {
                        words.push(format!("{}{character}", words[at]));
                    }
                }
                from = to;
            }
            words
        };
        for pattern in words(&['a', 'b', '*', '?'], 5) {
            for text in words(&['a', 'b'], 5) {
                assert_eq!(
                    both(&pattern, &text, Case::Sensitive),
                    defined(pattern.as_bytes(), text.as_bytes()),
                    "{pattern:?} on {text:?}"
                );
            }
        }
    }
}
