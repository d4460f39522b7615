//! Tokens.

use crate::span::Span;

/// A token and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

/// The kinds of tokens. Content is read from the text by the token's span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or an unquoted identifier.
    Word,
    /// `` `name` ``.
    QuotedIdentifier,
    /// `'text'` or `"text"`.
    String,
    /// `r'text'` or `R"text"`: without escapes.
    RawString,
    /// Digits.
    Integer,
    /// Digits with a point.
    Decimal,
    /// Digits with an exponent.
    Exponent,
    /// A number with one of the suffixes `L`, `S`, `Y`, `F`, `D`, `BD`.
    SuffixedNumber,
    /// `/*+`.
    HintStart,
    /// `*/` after a hint.
    HintEnd,
    /// An operator or a bracket. `>` is always one character, so that `ARRAY<ARRAY<INT>>` needs no rule of its own.
    Symbol,
    /// A character that begins no token.
    Unrecognized,
    /// The end of the text; its span is empty.
    End,
}
