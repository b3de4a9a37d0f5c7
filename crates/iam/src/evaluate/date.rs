//! Dates as conditions compare them: W3C profiles of ISO 8601, or seconds since 1970.
//! Source: IAM User Guide, "Condition operators", section "Date condition operators".

use jiff::Timestamp;
use jiff::civil::{Date, Time, date};
use jiff::fmt::temporal::Pieces;

/// Milliseconds since 1970-01-01T00:00Z; `None` if the text is no date.
pub(crate) fn read(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && text.len() != 4 {
        return text.parse::<i64>().ok()?.checked_mul(1000);
    }
    // The library also reads dates without hyphens, longer years and annotations, which the profiles do not have.
    if text.contains('[') || text.as_bytes().get(4).is_some_and(|byte| *byte != b'-') {
        return None;
    }
    if text.contains(['T', 't']) {
        let pieces = Pieces::parse(text).ok()?;
        let offset = pieces.to_numeric_offset()?;
        let moment = at(pieces.date(), pieces.time()?)?;
        return moment.checked_sub(i64::from(offset.seconds()) * 1000);
    }
    let day = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    at(day.parse::<Date>().ok()?, Time::midnight())
}

/// Counted here and not by the library, whose moments end before those of years with four digits: policies write the last of them for "never".
fn at(day: Date, time: Time) -> Option<i64> {
    let days = date(1970, 1, 1).until(day).ok()?.get_days();
    let of_day = Time::midnight().until(time).ok()?.total(jiff::Unit::Millisecond).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "below a day's 86,400,000")]
    Some(i64::from(days) * 86_400_000 + of_day as i64)
}

/// The date so many milliseconds after 1970-01-01T00:00Z, as policies write it.
pub(crate) fn write(millisecond: i64) -> Option<String> {
    Timestamp::from_millisecond(millisecond)
        .ok()
        .map(|moment| moment.to_string())
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn reads_what_it_writes() {
        for moment in [0, 1_709_209_815_250, -1, 253_402_300_799_000 / 2] {
            assert_eq!(read(&write(moment).unwrap()), Some(moment));
        }
        assert_eq!(write(i64::MAX), None);
    }

    #[test]
    fn reads_every_form_the_guide_lists() {
        assert_eq!(read("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(read("2000-03-01"), Some(951_868_800_000));
        assert_eq!(read("2024-02-29T12:30:15.250Z"), Some(1_709_209_815_250));
        assert_eq!(read("2024-02-29T12:30+02:00"), Some(1_709_202_600_000));
        assert_eq!(read("2024-02-29T12:30-02:00"), Some(1_709_217_000_000));
        assert_eq!(read("2024-02-29t12:30:15z"), Some(1_709_209_815_000));
        assert_eq!(read("1709209815"), Some(1_709_209_815_000));
        assert_eq!(read("12024"), Some(12_024_000));
        assert_eq!(read("2024"), Some(1_704_067_200_000));
        assert_eq!(read("2024-07"), Some(1_719_792_000_000));
        // The last days that can be written.
        assert_eq!(read("9999-12-31T23:59:59Z"), Some(253_402_300_799_000));
        assert_eq!(read("9999-12-31T23:59:59-12:00"), Some(253_402_343_999_000));
        assert_eq!(read("9999-12-31"), Some(253_402_214_400_000));
        assert_eq!(read("0001-01-01T00:00:00Z"), Some(-62_135_596_800_000));
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "2023-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-01-32",
            "yesterday",
            "20240101T100000Z",
            "+002024-01-01",
            "2024-01-01T24:00:00Z",
            "2024-01-01T10:60:00Z",
            "2024-01-01T10:00:00:00Z",
            "2024-01-01T10:00",
            "2024-01-01T10:00Z[UTC]",
            "2024-01-01-01",
            "99999999999999999999",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
