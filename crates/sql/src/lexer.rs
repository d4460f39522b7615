//! Text to tokens, by the rules of Spark's lexer.
//!
//! White space and comments are dropped. Bracketed comments nest; a comment that begins with `/*+` is a hint.

use crate::error::ParseError;
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// Symbols of more than one character, longest first. `>>` and `>>>` are put together by the parser.
const LONG_SYMBOLS: [&str; 14] = [
    "<=>", "<>", "<=", "<<", ">=", "!=", "!<", "!>", "==", "=>", "->", "::", "||", "|>",
];

/// Symbols of one character.
const SHORT_SYMBOLS: &str = "()[]{},.;:+-*/%&|^~<>=!?@$#";

/// The tokens of `text`. The last one is [`TokenKind::End`].
///
/// # Errors
/// `UNCLOSED_BRACKETED_COMMENT`.
pub(crate) fn tokenize(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut lexer = Lexer {
        text,
        at: 0,
        in_hint: false,
        unclosed: Vec::new(),
    };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next_token()?;
        tokens.push(token);
        if token.kind == TokenKind::End {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    in_hint: bool,
    /// Quotes that are opened and not closed. The text is wrong, and is not searched for their end again.
    unclosed: Vec<char>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next_token(&mut self) -> Result<Token, ParseError> {
        self.skip_space_and_comments()?;
        let start = self.at;
        let kind = self.read_token();
        let span = Span {
            start,
            end: self.at,
        };
        Ok(Token { kind, span })
    }

    fn skip_space_and_comments(&mut self) -> Result<(), ParseError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(is_space);
            self.at += rest.len() - trimmed.len();
            let rest = self.rest();
            if rest.starts_with("--") {
                self.skip_line_comment();
            } else if rest.starts_with("/*") && !rest.starts_with("/*+") {
                self.skip_bracketed_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    /// A `\` at the end of a line continues the comment on the next line.
    fn skip_line_comment(&mut self) {
        let rest = self.rest();
        let mut length = rest.len();
        for (at, _) in rest.match_indices('\n') {
            if !rest[..at].ends_with('\\') {
                length = at + 1;
                break;
            }
        }
        self.at += length;
    }

    fn skip_bracketed_comment(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Ok(());
                }
            } else if let Some(char) = rest.chars().next() {
                self.at += char.len_utf8();
            } else {
                return Err(ParseError::new(
                    "UNCLOSED_BRACKETED_COMMENT",
                    "Found an unclosed bracketed comment. Please, append */ at the end of the comment.",
                    self.text,
                    Span {
                        start,
                        end: self.at,
                    },
                ));
            }
        }
    }

    /// Reads the token that begins at `self.at` and steps over it.
    fn read_token(&mut self) -> TokenKind {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return TokenKind::End;
        };
        let (kind, length) = if rest.starts_with("/*+") {
            self.in_hint = true;
            (TokenKind::HintStart, 3)
        } else if self.in_hint && rest.starts_with("*/") {
            self.in_hint = false;
            (TokenKind::HintEnd, 2)
        } else if let Some(number) = number(rest) {
            number
        } else if let Some(length) = raw_string(rest) {
            (TokenKind::RawString, length)
        } else if let Some(length) = word(rest) {
            (TokenKind::Word, length)
        } else if matches!(first, '\'' | '"' | '`') && !self.unclosed.contains(&first) {
            match (first, quoted(rest)) {
                ('`', Some(length)) => (TokenKind::QuotedIdentifier, length),
                (_, Some(length)) => (TokenKind::String, length),
                (_, None) => {
                    self.unclosed.push(first);
                    (TokenKind::Unrecognized, 1)
                }
            }
        } else if let Some(symbol) = LONG_SYMBOLS
            .iter()
            .find(|symbol| rest.starts_with(**symbol))
        {
            (TokenKind::Symbol, symbol.len())
        } else if SHORT_SYMBOLS.contains(first) {
            (TokenKind::Symbol, 1)
        } else {
            (TokenKind::Unrecognized, first.len_utf8())
        };
        self.at += length;
        kind
    }
}

fn is_space(char: char) -> bool {
    matches!(
        char,
        ' ' | '\t' | '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{feff}'
    ) || (char != '\u{85}' && char.is_whitespace())
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The length of the word that `text` begins with.
fn word(text: &str) -> Option<usize> {
    let length = text.find(|char| !is_word(char)).unwrap_or(text.len());
    (length > 0).then_some(length)
}

fn digits(text: &str) -> usize {
    text.find(|char: char| !char.is_ascii_digit())
        .unwrap_or(text.len())
}

/// The number that `text` begins with. `1a` is a word, and so is `1_000`.
fn number(text: &str) -> Option<(TokenKind, usize)> {
    let whole = digits(text);
    let mut length = whole;
    let mut kind = TokenKind::Integer;
    if text[length..].starts_with('.') {
        let fraction = digits(&text[length + 1..]);
        if whole + fraction > 0 {
            length += 1 + fraction;
            kind = TokenKind::Decimal;
        }
    }
    if length == 0 {
        return None;
    }
    if let Some(exponent) = exponent(&text[length..]) {
        length += exponent;
        kind = TokenKind::Exponent;
    }
    let tail = word(&text[length..]).unwrap_or(0);
    let suffix = &text[length..length + tail];
    let is_suffix = |suffixes: &[&str]| {
        suffixes
            .iter()
            .any(|known| suffix.eq_ignore_ascii_case(known))
    };
    if tail == 0 {
        Some((kind, length))
    } else if is_suffix(&["F", "D", "BD"])
        || (kind == TokenKind::Integer && is_suffix(&["L", "S", "Y"]))
    {
        Some((TokenKind::SuffixedNumber, length + tail))
    } else if whole > 0 && text[whole..].starts_with('.') {
        // `1.a`: the number ends before the point.
        Some((TokenKind::Integer, whole))
    } else {
        None
    }
}

/// The length of the exponent that `text` begins with.
fn exponent(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(['e', 'E'])?;
    let sign = usize::from(rest.starts_with(['+', '-']));
    match digits(&rest[sign..]) {
        0 => None,
        digits => Some(1 + sign + digits),
    }
}

/// The length of the raw string that `text` begins with.
fn raw_string(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(['r', 'R'])?;
    let quote = rest
        .chars()
        .next()
        .filter(|char| matches!(char, '\'' | '"'))?;
    let end = rest[1..].find(quote)?;
    Some(1 + 1 + end + 1)
}

/// The length of the string or quoted identifier that `text` begins with. In a string a backslash escapes the next
/// character; a doubled quote stands for the quote.
fn quoted(text: &str) -> Option<usize> {
    let quote = text
        .chars()
        .next()
        .filter(|char| matches!(char, '\'' | '"' | '`'))?;
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        if char == '\\' && quote != '`' {
            chars.next();
        } else if char == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens as text, with the first letters of their kinds.
    fn tokens(text: &str) -> Vec<String> {
        let tokens = tokenize(text).unwrap();
        let described = tokens.iter().map(|token| {
            let kind = format!("{:?}", token.kind);
            format!("{}:{}", &kind[..1], token.span.of(text))
        });
        described.filter(|token| token != "E:").collect()
    }

    #[test]
    fn numbers_words_and_what_looks_like_both() {
        assert_eq!(
            tokens("1 1.5 .5 1. 1e3 1.5E-3"),
            ["I:1", "D:1.5", "D:.5", "D:1.", "E:1e3", "E:1.5E-3"]
        );
        assert_eq!(
            tokens("1L 2s 3Y 1.5F 2e1d 12BD"),
            ["S:1L", "S:2s", "S:3Y", "S:1.5F", "S:2e1d", "S:12BD"]
        );
        assert_eq!(
            tokens("1a 1_000 t.1a 2x3"),
            ["W:1a", "W:1_000", "W:t", "S:.", "W:1a", "W:2x3"]
        );
        assert_eq!(
            tokens("1.a 1.5L 1.5e3x"),
            [
                "I:1", "S:.", "W:a", "I:1", "S:.", "S:5L", "I:1", "S:.", "W:5e3x"
            ]
        );
    }

    #[test]
    fn strings_end_at_a_quote_that_is_neither_escaped_nor_doubled() {
        assert_eq!(
            tokens(r#"'a\'b' 'it''s' "x""y" r'a\' R"b""#),
            [
                r"S:'a\'b'",
                "S:'it''s'",
                r#"S:"x""y""#,
                r"R:r'a\'",
                r#"R:R"b""#
            ]
        );
        assert_eq!(tokens("`a``b` 'open"), ["Q:`a``b`", "U:'", "W:open"]);
    }

    #[test]
    fn comments_nest_and_hints_are_tokens() {
        assert_eq!(
            tokens("a -- b\nc /* d /* e */ f */ g -- h \\\n i\nj"),
            ["W:a", "W:c", "W:g", "W:j"]
        );
        assert_eq!(tokens("/*+ x */ 1"), ["H:/*+", "W:x", "H:*/", "I:1"]);
        let error = tokenize("SELECT 1 /* a").unwrap_err();
        assert_eq!(error.condition(), "UNCLOSED_BRACKETED_COMMENT");
    }
}
