//! Decimal digits of numbers, rounded and grouped.

use format::number::push_decimal;

/// A finite number as digits: `0.d₁d₂d₃.. · 10^point`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    pub(super) is_negative: bool,
    /// Values 0 to 9, without zeros at either end; none for zero.
    pub(super) digits: Vec<u8>,
    /// Where the point is, from the first digit.
    pub(super) point: i32,
}

/// How the last digit is rounded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    HalfUp,
    HalfEven,
}

impl Digits {
    /// The shortest digits that stand for the double.
    pub(super) fn of_double(value: f64) -> Digits {
        Digits::of_text(&format!("{:e}", value))
    }

    /// All digits of the double.
    pub(super) fn of_exact_double(value: f64) -> Digits {
        // 1074 is the longest fraction of a double.
        let digits = Digits::of_text(&format!("{:e}", value));
        if digits.digits.len() < 15 && digits.point.abs() < 15 && value.fract() == 0.0 {
            return digits;
        }
        Digits::of_text(&format!("{value:.1074}"))
    }

    /// A decimal.
    pub(super) fn of_decimal(unscaled: i128, scale: i8) -> Digits {
        let mut text = String::new();
        push_decimal(&mut text, unscaled, scale);
        Digits::of_text(&text)
    }

    /// A number in Rust's or Java's notation.
    fn of_text(text: &str) -> Digits {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i32 = exponent.trim_start_matches('+').parse().unwrap_or(0);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = whole
            .bytes()
            .chain(fraction.bytes())
            .map(|byte| byte - b'0')
            .collect();
        let mut result = Digits {
            is_negative,
            digits,
            point: whole.len() as i32 + exponent,
        };
        result.normalize();
        result
    }

    fn normalize(&mut self) {
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        self.point -= zeros as i32;
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
    }

    /// Whether the number is zero.
    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Rounds to so many digits behind the point.
    pub(super) fn round(&mut self, fraction: i32, rounding: Rounding) {
        let keep = i64::from(self.point) + i64::from(fraction);
        if keep >= self.digits.len() as i64 {
            return;
        }
        if keep < 0 {
            self.digits.clear();
            self.point = 0;
            return;
        }
        let keep = keep as usize;
        let next = self.digits[keep];
        let is_half = next == 5 && self.digits.len() == keep + 1;
        let is_odd = keep > 0 && self.digits[keep - 1] % 2 == 1;
        let is_up = match rounding {
            Rounding::HalfEven if is_half => is_odd,
            _ => next >= 5,
        };
        self.digits.truncate(keep);
        if is_up {
            let mut at = keep;
            loop {
                if at == 0 {
                    self.digits.insert(0, 1);
                    self.point += 1;
                    break;
                }
                at -= 1;
                if self.digits[at] < 9 {
                    self.digits[at] += 1;
                    break;
                }
                self.digits[at] = 0;
            }
        }
        self.normalize();
    }

    /// The digits before the point, `0` if there are none.
    pub(super) fn whole(&self) -> String {
        if self.point <= 0 {
            return "0".to_owned();
        }
        (0..self.point as usize).map(|at| self.digit(at)).collect()
    }

    /// So many digits behind the point.
    pub(super) fn fraction(&self, count: usize) -> String {
        let first = i64::from(self.point);
        let digit = |at: i64| usize::try_from(at).map_or('0', |at| self.digit(at));
        (first..first + count as i64).map(digit).collect()
    }

    /// How many digits there are behind the point.
    pub(super) fn fraction_length(&self) -> usize {
        (self.digits.len() as i64 - i64::from(self.point)).max(0) as usize
    }

    fn digit(&self, at: usize) -> char {
        char::from(b'0' + self.digits.get(at).copied().unwrap_or(0))
    }
}

/// Digits with a comma after every group of `size`, from the right.
pub(super) fn grouped(digits: &str, size: usize) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && size > 0 && (digits.len() - at).is_multiple_of(size) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding() {
        let rounded = |value: f64, fraction: i32, rounding: Rounding| {
            let mut digits = Digits::of_exact_double(value);
            digits.round(fraction, rounding);
            format!("{}.{}", digits.whole(), digits.fraction(fraction as usize))
        };
        assert_eq!(rounded(2.675, 2, Rounding::HalfEven), "2.67");
        assert_eq!(rounded(0.125, 2, Rounding::HalfEven), "0.12");
        assert_eq!(rounded(0.375, 2, Rounding::HalfEven), "0.38");
        assert_eq!(rounded(9.99, 1, Rounding::HalfUp), "10.0");
        assert_eq!(rounded(0.001, 1, Rounding::HalfUp), "0.0");
    }
}
