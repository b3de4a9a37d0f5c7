//! The HTML form, as mail readers understand it: tables and inline styles, nothing remote, nothing that runs.

use std::fmt::Write as _;

use security_monkey_model::Severity;

use super::Letter;

const HEAD: &str = "<!doctype html><html><head><meta charset=\"utf-8\"></head>\
     <body style=\"font-family:sans-serif;font-size:14px;color:#1a1a1a;max-width:760px\">\n";

/// A list of headlines with their links.
pub(super) fn list(headline: &str, lines: &[(String, Option<String>)]) -> String {
    let mut out = String::from(HEAD);
    let _ = writeln!(out, "<h2 style=\"font-size:18px\">{}</h2>\n<ul>", escaped(headline));
    for (text, link) in lines {
        let text = escaped(text);
        let _ = match link {
            Some(link) => writeln!(out, "<li><a href=\"{}\">{text}</a></li>", escaped(link)),
            None => writeln!(out, "<li>{text}</li>"),
        };
    }
    out.push_str("</ul></body></html>\n");
    out
}

pub(super) fn form(letter: &Letter) -> String {
    let mut out = String::from(HEAD);
    let colour = letter.severity.map_or("#334155", severity_colour);
    let _ = writeln!(
        out,
        "<h2 style=\"border-left:6px solid {colour};padding-left:10px;font-size:18px\">{}</h2>",
        escaped(&letter.headline)
    );
    out.push_str("<table style=\"border-collapse:collapse\">\n");
    for (label, value) in &letter.facts {
        let _ = writeln!(
            out,
            "<tr><th style=\"text-align:left;padding:2px 16px 2px 0;vertical-align:top\">{}</th><td>{}</td></tr>",
            escaped(label),
            escaped(value)
        );
    }
    out.push_str("</table>\n");
    for (title, text) in &letter.paragraphs {
        let _ = writeln!(
            out,
            "<h3>{}</h3><p style=\"white-space:pre-wrap\">{}</p>",
            escaped(title),
            escaped(text)
        );
    }
    if !letter.changes.is_empty() {
        out.push_str("<h3>What changed</h3>\n");
        for change in &letter.changes {
            let _ = writeln!(
                out,
                "<p style=\"margin:8px 0 2px\"><code>{}</code></p>",
                escaped(&change.path)
            );
            for (mark, colour, side) in [("-", "#fde8e8", &change.before), ("+", "#e3f6e8", &change.after)] {
                if let Some(side) = side {
                    let _ = writeln!(
                        out,
                        "<pre style=\"background:{colour};margin:0;padding:4px 8px;white-space:pre-wrap\">{mark} {}</pre>",
                        escaped(side)
                    );
                }
            }
        }
        if letter.left_out > 0 {
            let _ = writeln!(out, "<p>… and {} more differences</p>", letter.left_out);
        }
    }
    if !letter.references.is_empty() {
        out.push_str("<h3>Read more</h3><ul>\n");
        for reference in &letter.references {
            let text = escaped(reference);
            if reference.starts_with("https://") {
                let _ = writeln!(out, "<li><a href=\"{text}\">{text}</a></li>");
            } else {
                let _ = writeln!(out, "<li>{text}</li>");
            }
        }
        out.push_str("</ul>\n");
    }
    if let Some(link) = &letter.link {
        let _ = writeln!(
            out,
            "<p><a href=\"{}\">Look at it in Security Monkey</a></p>",
            escaped(link)
        );
    }
    out.push_str("</body></html>\n");
    out
}

/// The text with everything that HTML reads as markup replaced, for element content and quoted attributes alike.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

const fn severity_colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "#64748b",
        Severity::Low => "#2563eb",
        Severity::Medium => "#d97706",
        Severity::High => "#dc2626",
        Severity::Critical => "#7f1d1d",
    }
}
