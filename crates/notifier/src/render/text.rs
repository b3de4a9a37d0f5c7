//! The plain-text form.

use std::fmt::Write as _;

use super::{Letter, ShownDifference};

pub(super) fn form(letter: &Letter) -> String {
    let mut out = String::new();
    line(&mut out, &letter.headline);
    line(&mut out, &"=".repeat(letter.headline.chars().count().min(78)));
    line(&mut out, "");
    let width = letter.facts.iter().map(|(label, _)| label.len()).max().unwrap_or(0) + 1;
    for (label, value) in &letter.facts {
        let _ = writeln!(out, "{:<width$} {value}", format!("{label}:"));
    }
    for (title, text) in &letter.paragraphs {
        let _ = write!(out, "\n{title}\n");
        for part in text.lines() {
            let _ = writeln!(out, "  {part}");
        }
    }
    if !letter.changes.is_empty() {
        line(&mut out, "\nWhat changed");
        for change in &letter.changes {
            difference(&mut out, change);
        }
        if letter.left_out > 0 {
            let _ = writeln!(out, "  … and {} more differences", letter.left_out);
        }
    }
    if !letter.references.is_empty() {
        line(&mut out, "\nRead more");
        for reference in &letter.references {
            let _ = writeln!(out, "  {reference}");
        }
    }
    if let Some(link) = &letter.link {
        let _ = writeln!(out, "\n{link}");
    }
    out
}

/// A list of headlines with their links.
pub(super) fn list(headline: &str, lines: &[(String, Option<String>)]) -> String {
    let mut out = format!("{headline}\n{}\n\n", "=".repeat(headline.chars().count().min(78)));
    for (text, link) in lines {
        let _ = writeln!(out, "* {text}");
        if let Some(link) = link {
            let _ = writeln!(out, "  {link}");
        }
    }
    out
}

fn difference(out: &mut String, change: &ShownDifference) {
    let _ = writeln!(out, "  {}", change.path);
    for (mark, side) in [('-', &change.before), ('+', &change.after)] {
        for part in side.iter().flat_map(|text| text.split('\n')) {
            let _ = writeln!(out, "    {mark} {part}");
        }
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}
