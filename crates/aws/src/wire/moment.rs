//! Moments: every way AWS writes one, to RFC 3339 in UTC and back. Exact: no floating-point arithmetic.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::models::TimestampFormat;

/// RFC 3339 in UTC without trailing zeros; `None` if the text is no moment.
///
/// Understands ISO 8601 with and without offset (none means UTC), seconds since 1970 with a fraction or an exponent, and
/// RFC 822. botocore's parser does the same, whatever format the model names.
pub(super) fn normalise(text: &str) -> Option<String> {
    let text = text.trim();
    if is_normal(text) {
        return Some(text.to_owned());
    }
    from_seconds(text)
        .or_else(|| iso8601(text))
        .or_else(|| {
            rfc2822::DateTimeParser::new()
                .relaxed_weekday(true)
                .parse_timestamp(text)
                .ok()
        })
        .map(|moment| moment.to_string())
}

/// `2026-01-02T03:04:05Z`, by far the most common: nothing to do.
fn is_normal(text: &str) -> bool {
    let pattern = b"dddd-dd-ddTdd:dd:ddZ";
    text.len() == pattern.len()
        && text.bytes().zip(pattern).all(|(byte, kind)| match kind {
            b'd' => byte.is_ascii_digit(),
            fixed => byte == *fixed,
        })
        && text.parse::<Timestamp>().is_ok()
}

fn iso8601(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    if let Ok(moment) = text.parse::<jiff::civil::DateTime>() {
        return moment
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp());
    }
    // `+0000`, `+00` and a blank before the offset, which jiff does not take.
    let at = text.rfind(['+', '-']).filter(|at| *at > 10)?;
    let (moment, offset) = (text[..at].trim_end(), &text[at..]);
    if !offset[1..].bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let offset = match offset.len() {
        5 => format!("{}:{}", &offset[..3], &offset[3..]),
        3 => format!("{offset}:00"),
        _ => return None,
    };
    format!("{moment}{offset}").parse().ok()
}

/// Decimal seconds since 1970.
fn from_seconds(text: &str) -> Option<Timestamp> {
    let (digits, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (is_negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty()
        || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    if whole.len() > 15 || fraction.len() > 40 || !(-40..=15).contains(&exponent) {
        return None;
    }
    // Nanoseconds = digits × 10^(9 + exponent - fraction's length); what is below a nanosecond is cut off.
    let places = 9 + exponent - i32::try_from(fraction.len()).ok()?;
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let nanoseconds: i128 = if places >= 0 {
        format!("{digits}{}", "0".repeat(usize::try_from(places).ok()?))
    } else {
        let keep = digits.len().saturating_sub(usize::try_from(-places).ok()?);
        digits[..keep].to_owned()
    }
    .parse()
    .or_else(|error: std::num::ParseIntError| match error.kind() {
        std::num::IntErrorKind::Empty => Ok(0),
        _ => Err(error),
    })
    .ok()?;
    Timestamp::from_nanosecond(if is_negative { -nanoseconds } else { nanoseconds }).ok()
}

/// A moment as a request has it; `None` if the text is no moment.
pub(super) fn for_request(text: &str, format: TimestampFormat) -> Option<String> {
    let moment: Timestamp = normalise(text)?.parse().ok()?;
    Some(match format {
        TimestampFormat::Iso8601 => moment.to_string(),
        TimestampFormat::UnixSeconds => seconds(moment),
        TimestampFormat::Rfc822 => moment
            .to_zoned(jiff::tz::TimeZone::UTC)
            .strftime("%a, %d %b %Y %H:%M:%S GMT")
            .to_string(),
    })
}

/// Seconds since 1970 in decimal.
fn seconds(moment: Timestamp) -> String {
    let nanoseconds = moment.as_nanosecond();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let (whole, fraction) = (
        nanoseconds.unsigned_abs() / 1_000_000_000,
        nanoseconds.unsigned_abs() % 1_000_000_000,
    );
    let text = format!("{sign}{whole}.{fraction:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_moment_becomes_the_same() {
        let same = [
            "2026-11-22T10:59:37.52Z",
            "2026-11-22T10:59:37.520Z",
            "2026-11-22T10:59:37.520000+00:00",
            "2026-11-22T10:59:37.52",
            "2026-11-22T10:59:37.520+0000",
            "2026-11-22T11:59:37.520+0100",
            "1795345177.52",
            "1.79534517752E9",
            "1795345177520e-3",
        ];
        for text in same {
            assert_eq!(normalise(text).as_deref(), Some("2026-11-22T10:59:37.52Z"), "{text}");
        }
        assert_eq!(
            normalise("Sun, 22 Nov 2026 10:59:37 GMT").as_deref(),
            Some("2026-11-22T10:59:37Z")
        );
        assert_eq!(normalise("1795345177").as_deref(), Some("2026-11-22T10:59:37Z"));
        assert_eq!(normalise("0").as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(normalise("-1.5").as_deref(), Some("1969-12-31T23:59:58.5Z"));
        assert_eq!(normalise("2026-11-22").as_deref(), Some("2026-11-22T00:00:00Z"));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "1795345177520000000",
            "-",
            ".",
            "e5",
            "+-1",
            "é-0000",
        ] {
            assert_eq!(normalise(text), None, "{text}");
        }
    }

    #[test]
    fn requests_have_the_format_asked_for() {
        let text = "2026-11-22T10:59:37.5Z";
        let write = |format| for_request(text, format).unwrap();
        assert_eq!(write(TimestampFormat::Iso8601), text);
        assert_eq!(write(TimestampFormat::UnixSeconds), "1795345177.5");
        assert_eq!(write(TimestampFormat::Rfc822), "Sun, 22 Nov 2026 10:59:37 GMT");
    }
}
