//! Dates and times as Spark prints them: `2024-01-02`, `2024-01-02 03:04:05.6`, `03:04:05.6`.

use super::{Date, MICROS_PER_DAY, MICROS_PER_SECOND};

/// Appends a date given in days since 1970-01-01; years beyond 9999 have a sign.
pub fn push_date(out: &mut String, days: i64) {
    let date = Date::from_days(days);
    let sign = match date.year {
        ..0 => "-",
        10_000.. => "+",
        _ => "",
    };
    out.push_str(sign);
    push_number(out, date.year.unsigned_abs(), 4);
    out.push('-');
    push_number(out, u64::from(date.month), 2);
    out.push('-');
    push_number(out, u64::from(date.day), 2);
}

/// Appends a local date and time in microseconds since 1970-01-01T00:00:00.
pub fn push_timestamp(out: &mut String, local: i64) {
    push_date(out, local.div_euclid(MICROS_PER_DAY));
    out.push(' ');
    push_time(out, local.rem_euclid(MICROS_PER_DAY));
}

/// Appends a time of day in microseconds since midnight; zeros at the end of the fraction are left out.
pub fn push_time(out: &mut String, micros: i64) {
    let seconds = (micros / MICROS_PER_SECOND).unsigned_abs();
    push_number(out, seconds / 3600, 2);
    out.push(':');
    push_number(out, seconds / 60 % 60, 2);
    out.push(':');
    push_number(out, seconds % 60, 2);
    push_fraction(out, micros % MICROS_PER_SECOND);
}

/// Appends `.` and the digits of a part of a second, without the zeros at the end; nothing for none.
pub fn push_fraction(out: &mut String, micros: i64) {
    let mut fraction = micros.unsigned_abs();
    if fraction == 0 {
        return;
    }
    let mut width = 6;
    while fraction.is_multiple_of(10) {
        fraction /= 10;
        width -= 1;
    }
    out.push('.');
    push_number(out, fraction, width);
}

/// Appends a number with zeros before it, up to this width.
pub fn push_number(out: &mut String, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = number;
    while rest > 0 || digits.len() - at < width {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_spark_does() {
        let timestamp = |local: i64| {
            let mut out = String::new();
            push_timestamp(&mut out, local);
            out
        };
        assert_eq!(timestamp(0), "1970-01-01 00:00:00");
        assert_eq!(timestamp(-1), "1969-12-31 23:59:59.999999");
        assert_eq!(timestamp(1_500_000), "1970-01-01 00:00:01.5");
        assert_eq!(timestamp(i64::MAX), "+294247-01-10 04:00:54.775807");
        assert_eq!(timestamp(i64::MIN), "-290308-12-21 19:59:05.224192");
    }
}
