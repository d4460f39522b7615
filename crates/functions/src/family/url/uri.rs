//! The parts of a URI as Java's `URI` finds them (RFC 2396, and characters that are not ASCII).

/// The parts, as they are written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Uri<'a> {
    pub(super) scheme: Option<&'a str>,
    pub(super) authority: Option<&'a str>,
    pub(super) user_info: Option<&'a str>,
    pub(super) host: Option<&'a str>,
    /// None if the URI has a scheme that is not followed by `/`.
    pub(super) path: Option<&'a str>,
    pub(super) query: Option<&'a str>,
    pub(super) fragment: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// Reads a URI; none if the text is none.
    pub(super) fn parse(text: &'a str) -> Option<Uri<'a>> {
        let mut uri = Uri::default();
        let (rest, fragment) = cut(text, '#');
        uri.fragment = fragment;
        if let Some(fragment) = fragment {
            check(fragment, "?/")?;
        }
        let mut rest = rest;
        // A colon before any `/` and `?` ends the scheme.
        let end = rest.find(['/', '?', ':']).unwrap_or(rest.len());
        if rest[end..].starts_with(':') {
            let scheme = &rest[..end];
            let mut characters = scheme.chars();
            let is_scheme = characters.next().is_some_and(|c| c.is_ascii_alphabetic())
                && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
            if !is_scheme {
                return None;
            }
            uri.scheme = Some(scheme);
            rest = &rest[end + 1..];
            if rest.is_empty() {
                return None;
            }
            if !rest.starts_with('/') {
                // Opaque: only the scheme is known.
                check(rest, "?/")?;
                return Some(uri);
            }
        }
        let (hierarchy, query) = cut(rest, '?');
        uri.query = query;
        if let Some(query) = query {
            check(query, "?/[]")?;
        }
        let path = match hierarchy.strip_prefix("//") {
            Some(after) => {
                let end = after.find('/').unwrap_or(after.len());
                let (authority, path) = after.split_at(end);
                if authority.is_empty() {
                    // `file:///x` has none; `//` alone is no URI.
                    if path.is_empty() && query.is_none() {
                        return None;
                    }
                } else {
                    uri.authority(authority)?;
                }
                path
            }
            None => hierarchy,
        };
        check(path, "/")?;
        uri.path = Some(path);
        Some(uri)
    }

    /// Reads `[user@]host[:port]`. Another authority is taken as it is.
    fn authority(&mut self, authority: &'a str) -> Option<()> {
        self.authority = Some(authority);
        let (user_info, rest) = match authority.rsplit_once('@') {
            Some((user_info, rest)) => (Some(user_info), rest),
            None => (None, authority),
        };
        if rest.starts_with('[') {
            let end = rest.find(']')?;
            let address = rest[1..end].split('%').next().unwrap_or_default();
            address.parse::<std::net::Ipv6Addr>().ok()?;
            if !is_port(&rest[end + 1..]) {
                return None;
            }
            self.user_info = user_info;
            self.host = Some(&rest[..=end]);
            return Some(());
        }
        check(authority, "[]")?;
        let (host, port) = match rest.find(':') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if is_port(port) && (is_host_name(host) || host.parse::<std::net::Ipv4Addr>().is_ok()) {
            self.user_info = user_info;
            self.host = Some(host);
        }
        Some(())
    }
}

/// What is before a character, and what is after it.
fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// Nothing, or `:` and digits.
fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        Some(port) => port.bytes().all(|byte| byte.is_ascii_digit()),
        None => text.is_empty(),
    }
}

/// Labels of ASCII letters and digits between points; the last one begins with a letter.
fn is_host_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.split('.').all(is_label) && last.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Whether all characters may be in a URI; `more` are those that may be in this part of it.
fn check(text: &str, more: &str) -> Option<()> {
    let bytes = text.as_bytes();
    let mut at = 0;
    for c in text.chars() {
        let is_allowed = match c {
            '%' => {
                let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
                digits.len() == 2 && digits.iter().all(u8::is_ascii_hexdigit)
            }
            c if c.is_ascii_alphanumeric() => true,
            '_' | '-' | '!' | '.' | '~' | '\'' | '(' | ')' | '*' => true,
            ';' | ':' | '@' | '&' | '=' | '+' | '$' | ',' => true,
            c if !c.is_ascii() => !c.is_control() && !c.is_whitespace(),
            c => more.contains(c),
        };
        if !is_allowed {
            return None;
        }
        at += c.len_utf8();
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_as_java_finds_them() {
        let uri = Uri::parse("http://user:pass@host:80/p/a?q=1&r=2#f").unwrap();
        assert_eq!(uri.host, Some("host"));
        assert_eq!(uri.user_info, Some("user:pass"));
        assert_eq!(uri.path, Some("/p/a"));
        for (text, host) in [
            ("http://1.2.3.4:99/x", Some("1.2.3.4")),
            ("http://1.2.3.4.5/x", None),
            ("http://a.b-/x", None),
            ("http://a:/x", Some("a")),
            ("http://@a/x", Some("a")),
            ("http://a:b/x", None),
            ("http:///x", None),
            ("http://h_x/p", None),
        ] {
            assert_eq!(Uri::parse(text).unwrap().host, host, "{text}");
        }
        for text in [
            "inva lid://x",
            "http:",
            "http://h/a b",
            "http://h/p?a={",
            "http://h/%zz",
        ] {
            assert_eq!(Uri::parse(text), None, "{text}");
        }
    }
}
