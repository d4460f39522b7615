//! Java's syntax of regular expressions (`java.util.regex.Pattern`), as the syntax of the crate `regex`.
//!
//! What only `fancy_regex` can do (look-around, back-references, possessive quantifiers) is marked. The differences
//! that matter: `.` matches no end of line, and Java has five of them; `$` matches before the last end of line; `\d`,
//! `\w`, `\s` and case-insensitivity are ASCII only, unless flags say otherwise; unions and intersections of classes
//! are alike.

use super::property::property;

/// A pattern in the syntax of the crate `regex`.
#[derive(Debug)]
pub(super) struct Translated {
    /// What finds the same, as long as the text does not end with an end of line; none if the pattern needs more than
    /// the crate `regex` can do.
    pub(super) plain: Option<String>,
    /// What always finds the same, for the crate `fancy_regex`; none if `plain` does.
    pub(super) full: Option<String>,
    /// How many groups there are.
    pub(super) groups: usize,
    /// The groups with names.
    pub(super) names: Vec<(String, usize)>,
}

/// The pattern is not one of Java's.
#[derive(Debug)]
pub(super) struct Invalid;

/// The flags that hold at a place of the pattern.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    /// `i`: letters match in both cases; those of ASCII only without `unicode_case`.
    pub(super) ignores_case: bool,
    unicode_case: bool,
    multi_line: bool,
    dot_all: bool,
    comments: bool,
    unix_lines: bool,
    unicode_classes: bool,
}

const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";
/// Before the last end of line, or at the end.
const DOLLAR: &str = r"(?:(?<!\r(?=\n))(?=(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z))";
const MULTI_LINE_DOLLAR: &str = r"(?:(?<!\r(?=\n))(?=[\n\r\x{85}\x{2028}\x{2029}]|\z))";
const MULTI_LINE_CARET: &str = r"(?:\A|(?<=[\n\r\x{85}\x{2028}\x{2029}])(?<!\r(?=\n))(?!\z))";
/// Groups and classes within one another.
const DEPTH_MAX: usize = 100;

/// Translates a pattern.
pub(super) fn translate(pattern: &str) -> Result<Translated, Invalid> {
    let mut translator = Translator {
        characters: pattern.chars().collect(),
        at: 0,
        plain: String::with_capacity(pattern.len()),
        full: String::with_capacity(pattern.len()),
        needs_full: false,
        has_dollar: false,
        flags: Flags::default(),
        groups: 0,
        names: Vec::new(),
    };
    translator.run()?;
    let needs_full = translator.needs_full;
    let is_same = !needs_full && !translator.has_dollar;
    Ok(Translated {
        plain: (!needs_full).then_some(translator.plain),
        full: (!is_same).then_some(translator.full),
        groups: translator.groups,
        names: translator.names,
    })
}

struct Translator {
    characters: Vec<char>,
    at: usize,
    plain: String,
    full: String,
    needs_full: bool,
    has_dollar: bool,
    flags: Flags,
    groups: usize,
    names: Vec<(String, usize)>,
}

impl Translator {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let is_next = self.peek() == Some(c);
        self.at += usize::from(is_next);
        is_next
    }

    fn push(&mut self, text: &str) {
        self.plain.push_str(text);
        self.full.push_str(text);
    }

    /// Appends what the crate `regex` does not have.
    fn push_full(&mut self, text: &str) {
        self.needs_full = true;
        self.full.push_str(text);
    }

    fn run(&mut self) -> Result<(), Invalid> {
        // The flags outside of each group that is open.
        let mut open = Vec::new();
        let mut can_repeat = false;
        while let Some(c) = self.next() {
            match c {
                '(' => {
                    if open.len() >= DEPTH_MAX {
                        return Err(Invalid);
                    }
                    let outside = self.flags;
                    if self.group()? {
                        open.push(outside);
                    }
                    can_repeat = false;
                }
                ')' => {
                    self.flags = open.pop().ok_or(Invalid)?;
                    self.push(")");
                    can_repeat = true;
                }
                '|' => {
                    self.push("|");
                    can_repeat = false;
                }
                '*' | '+' | '?' | '{' => {
                    if !can_repeat {
                        return Err(Invalid);
                    }
                    self.quantifier(c)?;
                    can_repeat = false;
                }
                '[' => {
                    let class = self.class(0)?;
                    self.push_class(&class);
                    can_repeat = true;
                }
                '\\' => {
                    self.escape()?;
                    can_repeat = true;
                }
                '.' => {
                    match (self.flags.dot_all, self.flags.unix_lines) {
                        (true, _) => self.push("(?s:.)"),
                        (false, true) => self.push(r"[^\n]"),
                        (false, false) => self.push(&format!("[^{LINE_ENDS}]")),
                    }
                    can_repeat = true;
                }
                '^' => {
                    match self.flags.multi_line {
                        true => self.push_full(MULTI_LINE_CARET),
                        false => self.push(r"\A"),
                    }
                    can_repeat = true;
                }
                '$' => {
                    match self.flags.multi_line {
                        true => self.push_full(MULTI_LINE_DOLLAR),
                        false => self.dollar(),
                    }
                    can_repeat = true;
                }
                ' ' | '\t' | '\n' | '\x0B' | '\x0C' | '\r' if self.flags.comments => {}
                '#' if self.flags.comments => while self.next().is_some_and(|c| c != '\n') {},
                c => {
                    self.literal(c);
                    can_repeat = true;
                }
            }
        }
        match open.is_empty() {
            true => Ok(()),
            false => Err(Invalid),
        }
    }

    fn dollar(&mut self) {
        self.has_dollar = true;
        self.plain.push_str(r"\z");
        self.full.push_str(DOLLAR);
    }

    fn literal(&mut self, c: char) {
        let text = literal(c);
        if !self.flags.ignores_case {
            self.push(&text);
        } else if self.flags.unicode_case {
            self.push(&format!("(?i:{text})"));
        } else if let Some(other) = other_case(c) {
            self.push(&format!("[{c}{other}]"));
        } else {
            self.push(&text);
        }
    }

    fn push_class(&mut self, class: &str) {
        match self.flags.ignores_case && self.flags.unicode_case {
            true => self.push(&format!("(?i:{class})")),
            false => self.push(class),
        }
    }

    /// What follows `(`. False if no group was opened.
    fn group(&mut self) -> Result<bool, Invalid> {
        if !self.eat('?') {
            self.groups += 1;
            self.push("(");
            return Ok(true);
        }
        match self.next().ok_or(Invalid)? {
            ':' => self.push("(?:"),
            '=' => self.push_full("(?="),
            '!' => self.push_full("(?!"),
            '>' => self.push_full("(?>"),
            '<' if self.eat('=') => self.push_full("(?<="),
            '<' if self.eat('!') => self.push_full("(?<!"),
            '<' => {
                let name = self.name()?;
                self.groups += 1;
                if self.names.iter().any(|(other, _)| *other == name) {
                    return Err(Invalid);
                }
                self.names.push((name, self.groups));
                self.push("(");
            }
            first => return self.flags(first),
        }
        Ok(true)
    }

    /// A name and `>`.
    fn name(&mut self) -> Result<String, Invalid> {
        let mut name = String::new();
        loop {
            match self.next().ok_or(Invalid)? {
                '>' if !name.is_empty() => return Ok(name),
                c if c.is_ascii_alphabetic() || c.is_ascii_digit() && !name.is_empty() => {
                    name.push(c);
                }
                _ => return Err(Invalid),
            }
        }
    }

    /// `(?i)`, or `(?i:`, which opens a group.
    fn flags(&mut self, first: char) -> Result<bool, Invalid> {
        let outside = self.flags;
        let mut flags = self.flags;
        let mut is_on = true;
        let mut c = first;
        loop {
            match c {
                '-' if is_on => is_on = false,
                'i' => flags.ignores_case = is_on,
                'u' => flags.unicode_case = is_on,
                'm' => flags.multi_line = is_on,
                's' => flags.dot_all = is_on,
                'x' => flags.comments = is_on,
                'd' => flags.unix_lines = is_on,
                'U' => {
                    flags.unicode_classes = is_on;
                    flags.unicode_case |= is_on;
                }
                ')' => {
                    self.flags = flags;
                    return Ok(false);
                }
                ':' => {
                    // The caller keeps the flags of the outside.
                    debug_assert_eq!(outside.ignores_case, self.flags.ignores_case);
                    self.flags = flags;
                    self.push("(?:");
                    return Ok(true);
                }
                _ => return Err(Invalid),
            }
            c = self.next().ok_or(Invalid)?;
        }
    }

    fn quantifier(&mut self, c: char) -> Result<(), Invalid> {
        if c == '{' {
            let least = self.number()?.ok_or(Invalid)?;
            let mut text = format!("{{{least}");
            if self.eat(',') {
                text.push(',');
                if let Some(most) = self.number()? {
                    if most < least {
                        return Err(Invalid);
                    }
                    text.push_str(&most.to_string());
                }
            }
            if !self.eat('}') {
                return Err(Invalid);
            }
            text.push('}');
            self.push(&text);
        } else {
            self.push(c.encode_utf8(&mut [0; 4]));
        }
        if self.eat('?') {
            self.push("?");
        } else if self.eat('+') {
            self.push_full("+");
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Option<u32>, Invalid> {
        let mut number = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            self.at += 1;
            let before: u32 = number.unwrap_or(0);
            let with = before.checked_mul(10).and_then(|n| n.checked_add(digit));
            number = Some(with.ok_or(Invalid)?);
        }
        Ok(number)
    }

    /// What follows `\` outside of a class.
    fn escape(&mut self) -> Result<(), Invalid> {
        let c = self.peek().ok_or(Invalid)?;
        match c {
            'Q' => {
                self.at += 1;
                while let Some(c) = self.next() {
                    if c == '\\' && self.eat('E') {
                        break;
                    }
                    self.literal(c);
                }
            }
            'E' => self.at += 1,
            'b' | 'B' | 'A' | 'z' => {
                self.at += 1;
                self.push(&format!("\\{c}"));
            }
            'G' => {
                self.at += 1;
                self.push_full(r"\G");
            }
            'Z' => {
                self.at += 1;
                self.dollar();
            }
            'R' => {
                self.at += 1;
                self.push(r"(?:\r\n|[\n\x0B\x0C\r\x{85}\x{2028}\x{2029}])");
            }
            'X' => {
                self.at += 1;
                self.push(r"(?:\r\n|\P{M}\p{M}*|\p{M}+)");
            }
            'k' => {
                self.at += 1;
                if !self.eat('<') {
                    return Err(Invalid);
                }
                let name = self.name()?;
                let group = self.names.iter().find(|(other, _)| *other == name);
                let number = group.ok_or(Invalid)?.1;
                self.push_full(&format!("(?:\\{number})"));
            }
            '1'..='9' => {
                self.at += 1;
                let mut number = c as usize - '0' as usize;
                // More digits belong to it as long as there is such a group.
                while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
                    let longer = number * 10 + digit as usize;
                    if longer > self.groups {
                        break;
                    }
                    number = longer;
                    self.at += 1;
                }
                self.push_full(&format!("(?:\\{number})"));
            }
            _ => match self.class_escape()? {
                Item::Class(class) => self.push_class(&class),
                Item::Character(c) => self.literal(c),
            },
        }
        Ok(())
    }

    /// What follows `\`: a class such as `\d`, or one character.
    fn class_escape(&mut self) -> Result<Item, Invalid> {
        let unicode = self.flags.unicode_classes;
        let class = |text: &str| Ok(Item::Class(text.to_owned()));
        let c = self.next().ok_or(Invalid)?;
        Ok(Item::Character(match c {
            'd' if unicode => return class(r"\p{Nd}"),
            'D' if unicode => return class(r"\P{Nd}"),
            's' if unicode => return class(r"\p{White_Space}"),
            'S' if unicode => return class(r"\P{White_Space}"),
            'w' if unicode => return class(r"\w"),
            'W' if unicode => return class(r"\W"),
            'd' => return class("[0-9]"),
            'D' => return class("[^0-9]"),
            's' => return class(r"[ \t\n\x0B\x0C\r]"),
            'S' => return class(r"[^ \t\n\x0B\x0C\r]"),
            'w' => return class("[a-zA-Z0-9_]"),
            'W' => return class("[^a-zA-Z0-9_]"),
            'h' => return class(&format!("[{BLANKS}]")),
            'H' => return class(&format!("[^{BLANKS}]")),
            'v' => return class(r"[\n\x0B\x0C\r\x{85}\x{2028}\x{2029}]"),
            'V' => return class(r"[^\n\x0B\x0C\r\x{85}\x{2028}\x{2029}]"),
            'p' | 'P' => {
                let name = if self.eat('{') {
                    let mut name = String::new();
                    loop {
                        match self.next().ok_or(Invalid)? {
                            '}' => break name,
                            c => name.push(c),
                        }
                    }
                } else {
                    self.next().ok_or(Invalid)?.to_string()
                };
                return match property(&name, c == 'P', self.flags) {
                    Some(text) => class(&text),
                    None => Err(Invalid),
                };
            }
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\x0C',
            'a' => '\x07',
            'e' => '\x1B',
            'c' => {
                let control = self.next().ok_or(Invalid)? as u32 ^ 64;
                char::from_u32(control).ok_or(Invalid)?
            }
            '0' => self.octal()?,
            'x' if self.eat('{') => {
                let mut code = 0_u32;
                loop {
                    match self.next().ok_or(Invalid)? {
                        '}' => break char::from_u32(code).ok_or(Invalid)?,
                        c => {
                            let digit = c.to_digit(16).ok_or(Invalid)?;
                            code = code.checked_mul(16).ok_or(Invalid)? + digit;
                        }
                    }
                }
            }
            'x' => char::from_u32(self.hexadecimal(2)?).ok_or(Invalid)?,
            'u' => {
                let unit = self.hexadecimal(4)?;
                match char::from_u32(unit) {
                    Some(c) => c,
                    // Two halves of one character.
                    None => {
                        if !(self.eat('\\') && self.eat('u')) {
                            return Err(Invalid);
                        }
                        let units = [unit as u16, self.hexadecimal(4)? as u16];
                        let mut decoded = char::decode_utf16(units);
                        match (decoded.next(), decoded.next()) {
                            (Some(Ok(c)), None) => c,
                            _ => return Err(Invalid),
                        }
                    }
                }
            }
            c if c.is_ascii_alphanumeric() => return Err(Invalid),
            c => c,
        }))
    }

    fn octal(&mut self) -> Result<char, Invalid> {
        let mut code = None;
        for place in 0..3 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else {
                break;
            };
            let before: u32 = code.unwrap_or(0);
            // Three digits only up to `0377`.
            if place == 2 && before >= 0o40 {
                break;
            }
            self.at += 1;
            code = Some(before * 8 + digit);
        }
        code.and_then(char::from_u32).ok_or(Invalid)
    }

    fn hexadecimal(&mut self, digits: usize) -> Result<u32, Invalid> {
        let mut code = 0;
        for _ in 0..digits {
            let digit = self.next().and_then(|c| c.to_digit(16)).ok_or(Invalid)?;
            code = code * 16 + digit;
        }
        Ok(code)
    }

    /// What follows `[`, to the `]` that ends it.
    fn class(&mut self, depth: usize) -> Result<String, Invalid> {
        if depth >= DEPTH_MAX {
            return Err(Invalid);
        }
        let mut out = String::from("[");
        if self.eat('^') {
            out.push('^');
        }
        let mut is_empty = true;
        loop {
            let c = self.next().ok_or(Invalid)?;
            match c {
                ']' if !is_empty => break,
                '[' => {
                    let inner = self.class(depth + 1)?;
                    out.push_str(&inner);
                }
                '&' if self.peek() == Some('&') => {
                    self.at += 1;
                    match is_empty {
                        true => continue,
                        false => out.push_str("&&"),
                    }
                }
                ' ' | '\t' | '\n' | '\x0B' | '\x0C' | '\r' if self.flags.comments => continue,
                '\\' if self.eat('Q') => {
                    while let Some(c) = self.next() {
                        if c == '\\' && self.eat('E') {
                            break;
                        }
                        self.push_range(&mut out, c, c);
                    }
                }
                '\\' => match self.class_escape()? {
                    Item::Class(class) => out.push_str(&class),
                    Item::Character(first) => self.range(&mut out, first)?,
                },
                first => self.range(&mut out, first)?,
            }
            is_empty = false;
        }
        out.push(']');
        Ok(out)
    }

    /// A character of a class, or a range that begins with it.
    fn range(&mut self, out: &mut String, first: char) -> Result<(), Invalid> {
        let is_range = self.peek() == Some('-')
            && !matches!(self.characters.get(self.at + 1), None | Some(']' | '['));
        if !is_range {
            self.push_range(out, first, first);
            return Ok(());
        }
        self.at += 1;
        let last = match self.next().ok_or(Invalid)? {
            '\\' => match self.class_escape()? {
                Item::Character(last) => last,
                Item::Class(_) => return Err(Invalid),
            },
            last => last,
        };
        if last < first {
            return Err(Invalid);
        }
        self.push_range(out, first, last);
        Ok(())
    }

    fn push_range(&self, out: &mut String, first: char, last: char) {
        out.push_str(&literal(first));
        if first != last {
            out.push('-');
            out.push_str(&literal(last));
        }
        if self.flags.ignores_case && !self.flags.unicode_case {
            let letters = ('a'..='z').chain('A'..='Z');
            let others = letters.filter(|letter| (first..=last).contains(letter));
            out.extend(others.filter_map(other_case));
        }
    }
}

enum Item {
    Character(char),
    /// Text that stands inside of a class and outside.
    Class(String),
}

const BLANKS: &str = r" \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";

/// A character that stands for itself, inside of a class and outside.
fn literal(c: char) -> String {
    match c {
        c if c.is_ascii_alphanumeric() || !c.is_ascii() => c.to_string(),
        c => format!("\\x{:02X}", c as u32),
    }
}

/// A letter of ASCII in the other case.
fn other_case(c: char) -> Option<char> {
    if c.is_ascii_lowercase() {
        Some(c.to_ascii_uppercase())
    } else if c.is_ascii_uppercase() {
        Some(c.to_ascii_lowercase())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_java_refuses_is_invalid() {
        for pattern in [
            "(", ")", "*a", "a{2,1}", r"\y", "a{", "[", "[b-a]", r"\p{Foo}", "a**", "(?z)",
        ] {
            assert!(translate(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn only_what_needs_it_goes_to_the_slower_engine() {
        let needs = |pattern: &str| translate(pattern).unwrap().plain.is_none();
        assert!(!needs(r"^(\d+)-[a-z&&[^x]]\.$"));
        assert!(needs("a(?=b)"));
        assert!(needs(r"(a)\1"));
        assert!(needs("a++"));
    }
}
