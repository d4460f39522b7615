//! Ranges of versions, and the Rust conditions for them.

/// A range of versions, both ends included; `None` for no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions(Option<(i16, i16)>);

/// When a field exists, for code that runs in a known range of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    Always,
    Never,
    /// A Rust expression over `version`.
    When(String),
}

impl Versions {
    pub const NONE: Versions = Versions(None);

    /// Reads Kafka's notation: `none`, `3`, `0-4`, `2+`.
    pub fn parse(text: &str) -> Result<Versions, String> {
        let number = |digits: &str| {
            digits
                .parse::<i16>()
                .map_err(|_| format!("{text:?} is not a range of versions"))
        };
        if text == "none" {
            return Ok(Versions::NONE);
        }
        if let Some(first) = text.strip_suffix('+') {
            return Ok(Versions(Some((number(first)?, i16::MAX))));
        }
        match text.split_once('-') {
            Some((first, last)) => Ok(Versions(Some((number(first)?, number(last)?)))),
            None => Ok(Versions(Some((number(text)?, number(text)?)))),
        }
    }

    /// From one version to another; empty if the first is larger.
    pub fn between(first: i16, last: i16) -> Versions {
        Versions((first <= last).then_some((first, last)))
    }

    /// First and last version, if there are any.
    pub fn bounds(self) -> Option<(i16, i16)> {
        self.0
    }

    pub fn is_none(self) -> bool {
        self.0.is_none()
    }

    pub fn and(self, other: Versions) -> Versions {
        match (self.0, other.0) {
            (Some((a, b)), Some((c, d))) => Versions::between(a.max(c), b.min(d)),
            _ => Versions::NONE,
        }
    }

    pub fn contains(self, version: i16) -> bool {
        self.0
            .is_some_and(|(first, last)| (first..=last).contains(&version))
    }

    /// The condition for a version in this range, where `version` is known to be within `context`.
    pub fn within(self, context: Versions) -> Condition {
        let (Some((first, last)), Some((low, high))) = (self.and(context).0, context.0) else {
            return Condition::Never;
        };
        Condition::When(match (first > low, last < high) {
            (false, false) => return Condition::Always,
            _ if first == last => format!("version == {first}"),
            (true, false) => format!("version >= {first}"),
            (false, true) => format!("version <= {last}"),
            (true, true) => format!("({first}..={last}).contains(&version)"),
        })
    }

    /// The condition for a version outside of this range, where `version` is known to be within
    /// `context`.
    pub fn outside(self, context: Versions) -> Condition {
        let (Some((first, last)), Some((low, high))) = (self.and(context).0, context.0) else {
            return Condition::Always;
        };
        Condition::When(match (first > low, last < high) {
            (false, false) => return Condition::Never,
            _ if first == last => format!("version != {first}"),
            (true, false) => format!("version < {first}"),
            (false, true) => format!("version > {last}"),
            (true, true) => format!("!({first}..={last}).contains(&version)"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_say_only_what_the_context_leaves_open() {
        let context = Versions::between(3, 9);
        let within = |text: &str| Versions::parse(text).unwrap().within(context);
        assert_eq!(within("0+"), Condition::Always);
        assert_eq!(within("0-2"), Condition::Never);
        assert_eq!(within("none"), Condition::Never);
        assert_eq!(within("5+"), Condition::When("version >= 5".to_owned()));
        assert_eq!(within("0-7"), Condition::When("version <= 7".to_owned()));
        assert_eq!(
            within("4-5"),
            Condition::When("(4..=5).contains(&version)".to_owned())
        );
        assert_eq!(within("9+"), Condition::When("version == 9".to_owned()));
        let outside = |text: &str| Versions::parse(text).unwrap().outside(context);
        assert_eq!(outside("0+"), Condition::Never);
        assert_eq!(outside("none"), Condition::Always);
        assert_eq!(outside("5+"), Condition::When("version < 5".to_owned()));
    }
}
