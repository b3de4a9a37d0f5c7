//! Wildcard patterns: `*` is any run of characters, `?` any one. Matching takes linear memory and time
//! proportional to pattern × text at worst; there is no backtracking blow-up.

pub(crate) mod language;

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
    text.bytes().any(|byte| byte == b'*' || byte == b'?')
}

/// Whether the pattern matches the whole text.
pub fn matches(pattern: &str, text: &str, case: Case) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let same = |left: u8, right: u8| match case {
        Case::Sensitive => left == right,
        Case::Insensitive => left.eq_ignore_ascii_case(&right),
    };
    // The greedy algorithm for globs: remember the last star and retry one byte further. The retry never goes
    // back behind a later star, so the work is bounded by pattern × text. '?' takes a whole UTF-8 character.
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, place));
                at += 1;
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
        let Some((star_at, star_place)) = star else {
            return false;
        };
        let retry = next_character(text, star_place);
        star = Some((star_at, retry));
        at = star_at + 1;
        place = retry;
    }
    pattern[at.min(pattern.len())..].iter().all(|byte| *byte == b'*')
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
                star = Some((at, place));
                at += 1;
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
        let Some((star_at, star_place)) = star else {
            return false;
        };
        star = Some((star_at, star_place + 1));
        at = star_at + 1;
        place = star_place + 1;
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
