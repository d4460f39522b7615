//! A position in the tokens of a text.

use crate::error::ParseError;
use crate::lexer::tokenize;
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// How deeply a statement may be nested: parentheses, subqueries, operators, types. The parser recurses once per level.
pub(crate) const DEPTH_MAX: usize = 250;

/// How many bytes of the stack a level may take.
const STACK_LEFT_MIN: usize = 128 << 10;

/// How many bytes the stack grows by.
const STACK_SEGMENT: usize = 1 << 20;

/// How many operators of one expression, or joins of one query, may follow each other: each makes the tree one level
/// deeper. `AND` and `OR` do not count.
const CHAIN_MAX: usize = 1000;

/// How many bytes of text the parts may have of which the tree has further copies. A copy in a copied part counts again.
const COPIES_MAX: usize = 4 << 20;

/// The tokens of a text and the next one to be read.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    /// For each token that is an opening parenthesis, the index of the closing one; the last token if there is none.
    closing: Vec<usize>,
    /// For each token, whether `ARRAY`, `MAP` or `STRUCT` came before it more often than `>` (Spark: the lexer's
    /// `complex_type_level_counter`).
    in_type: Vec<bool>,
    depth: usize,
    /// Operators applied one after the other, on the way from the root to here. See [`Cursor::chain`].
    chained: usize,
    /// The bytes of copied parts. See [`Cursor::copy`].
    copied: usize,
    /// The question marks read so far.
    pub(crate) positional_parameters: usize,
}

/// The result of parsing.
pub(crate) type Result<T, E = ParseError> = std::result::Result<T, E>;

impl<'a> Cursor<'a> {
    /// A cursor at the first token of `text`.
    ///
    /// # Errors
    /// `UNCLOSED_BRACKETED_COMMENT`.
    pub(crate) fn new(text: &'a str) -> Result<Cursor<'a>> {
        let tokens = tokenize(text)?;
        Ok(Cursor {
            text,
            closing: closing_parentheses(text, &tokens),
            in_type: in_types(text, &tokens),
            tokens,
            next: 0,
            depth: 0,
            chained: 0,
            copied: 0,
            positional_parameters: 0,
        })
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// The next token.
    pub(crate) fn peek(&self) -> Token {
        self.peek_at(0)
    }

    /// Whether the next token may belong to a type in angle brackets, where `>>` is two tokens. As in Spark, the word
    /// `ARRAY` of a call counts too: `array(4 >> 1)` is no query.
    pub(crate) fn is_in_type(&self) -> bool {
        self.in_type.get(self.next).is_some_and(|it| *it)
    }

    /// The token `ahead` tokens after the next one.
    pub(crate) fn peek_at(&self, ahead: usize) -> Token {
        let last = self.tokens.len() - 1;
        self.tokens[(self.next + ahead).min(last)]
    }

    /// Reads the next token.
    pub(crate) fn take(&mut self) -> Token {
        let token = self.peek();
        if token.kind != TokenKind::End {
            self.next += 1;
        }
        token
    }

    /// The text of a token.
    pub(crate) fn text_of(&self, token: Token) -> &'a str {
        token.span.of(self.text)
    }

    /// The start of the next token.
    pub(crate) fn here(&self) -> Span {
        self.peek().span
    }

    /// The range from `start` to the end of the last token read.
    pub(crate) fn since(&self, start: Span) -> Span {
        match self.next.checked_sub(1) {
            Some(last) => start.to(self.tokens[last].span),
            None => start,
        }
    }

    /// The distance of a closing parenthesis. The opening one is `ahead` tokens after the next token; the distance is
    /// counted from the next token, too.
    pub(crate) fn closing_of(&self, ahead: usize) -> usize {
        let at = (self.next + ahead).min(self.tokens.len() - 1);
        self.closing[at] - self.next
    }

    /// A mark to return to with [`Cursor::rewind`].
    pub(crate) fn mark(&self) -> usize {
        self.next
    }

    /// Returns to a mark.
    pub(crate) fn rewind(&mut self, mark: usize) {
        self.next = mark;
    }

    /// Whether the token `ahead` tokens after the next one is the keyword `word`.
    pub(crate) fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        let token = self.peek_at(ahead);
        token.kind == TokenKind::Word && self.text_of(token).eq_ignore_ascii_case(word)
    }

    /// Whether the next tokens are these keywords, separated by spaces.
    pub(crate) fn at(&self, words: &str) -> bool {
        words
            .split(' ')
            .enumerate()
            .all(|(ahead, word)| self.is_word_at(ahead, word))
    }

    /// Whether the next token is one of these keywords.
    pub(crate) fn at_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word_at(0, word))
    }

    /// Reads these keywords if they come next.
    pub(crate) fn eat(&mut self, words: &str) -> bool {
        let found = self.at(words);
        if found {
            self.next += words.split(' ').count();
        }
        found
    }

    /// Reads one of these keywords if it comes next, and returns it as it is in the list.
    pub(crate) fn eat_any<'w>(&mut self, words: &[&'w str]) -> Option<&'w str> {
        let found = words.iter().find(|word| self.is_word_at(0, word))?;
        self.next += 1;
        Some(found)
    }

    /// Reads these keywords.
    pub(crate) fn expect(&mut self, words: &str) -> Result<()> {
        for word in words.split(' ') {
            if !self.eat(word) {
                return Err(self.mismatch(|cursor, ahead| cursor.is_word_at(ahead, word), word));
            }
        }
        Ok(())
    }

    /// Whether the token `ahead` tokens after the next one is `symbol`.
    pub(crate) fn is_symbol_at(&self, ahead: usize, symbol: &str) -> bool {
        let token = self.peek_at(ahead);
        token.kind == TokenKind::Symbol && self.text_of(token) == symbol
    }

    /// Whether the next token is `symbol`.
    pub(crate) fn at_symbol(&self, symbol: &str) -> bool {
        self.is_symbol_at(0, symbol)
    }

    /// Reads `symbol` if it comes next.
    pub(crate) fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.at_symbol(symbol);
        self.next += usize::from(found);
        found
    }

    /// Reads `symbol`.
    pub(crate) fn expect_symbol(&mut self, symbol: &str) -> Result<()> {
        match self.eat_symbol(symbol) {
            true => Ok(()),
            false => Err(self.mismatch(|cursor, ahead| cursor.is_symbol_at(ahead, symbol), symbol)),
        }
    }

    /// The error for a next token that is not `expected`. As in ANTLR the token is superfluous if the one after it is
    /// expected; some tokens are called missing.
    fn mismatch(
        &self,
        is_expected: impl Fn(&Cursor<'_>, usize) -> bool,
        expected: &str,
    ) -> ParseError {
        if self.peek().kind != TokenKind::End && is_expected(self, 1) {
            return self.superfluous();
        }
        match (self.peek().kind, expected) {
            (TokenKind::End, _) => self.unexpected(),
            (_, ")" | "]" | "AND") => self.syntax_error(&format!(": missing '{expected}'")),
            _ => self.unexpected(),
        }
    }

    /// The error for a next token without which the text would be right.
    pub(crate) fn superfluous(&self) -> ParseError {
        let extra = self.text_of(self.peek());
        self.syntax_error(&format!(": extra input '{extra}'"))
    }

    /// The error for a next token that is not expected.
    pub(crate) fn unexpected(&self) -> ParseError {
        self.syntax_error("")
    }

    fn syntax_error(&self, hint: &str) -> ParseError {
        let token = self.peek();
        let near = match token.kind {
            TokenKind::End => "end of input".to_owned(),
            _ => format!("'{}'", self.text_of(token)),
        };
        self.error_at(
            "PARSE_SYNTAX_ERROR",
            format!("Syntax error at or near {near}{hint}."),
            token.span,
        )
    }

    /// An error of `condition` at `span`.
    pub(crate) fn error_at(
        &self,
        condition: &'static str,
        message: impl Into<String>,
        span: Span,
    ) -> ParseError {
        ParseError::new(condition, message, self.text, span)
    }

    /// Whether the text ends here, but for semicolons.
    pub(crate) fn at_end(&self) -> bool {
        let mut ahead = 0;
        while self.is_symbol_at(ahead, ";") {
            ahead += 1;
        }
        self.peek_at(ahead).kind == TokenKind::End
    }

    /// Reads the end of the text, with semicolons before it.
    pub(crate) fn expect_end(&mut self) -> Result<()> {
        let mut is_separated = false;
        while self.eat_symbol(";") {
            is_separated = true;
        }
        if self.peek().kind == TokenKind::End {
            return Ok(());
        }
        let ends_after = self.peek_at(1).kind == TokenKind::End || self.is_symbol_at(1, ";");
        Err(match is_separated || ends_after {
            true => self.superfluous(),
            false => self.unexpected(),
        })
    }

    /// Reads up to the end of the statement, and returns the text of it.
    pub(crate) fn take_statement(&mut self) -> &'a str {
        let start = self.here();
        let mut span = Span {
            start: start.start,
            end: start.start,
        };
        while self.peek().kind != TokenKind::End && !self.at_symbol(";") {
            span = start.to(self.take().span);
        }
        span.of(self.text)
    }

    /// Runs `parse` one level deeper.
    ///
    /// # Errors
    /// `FAILED_TO_PARSE_TOO_COMPLEX` below [`DEPTH_MAX`] levels.
    pub(crate) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.check_limit(self.depth, DEPTH_MAX)?;
        self.depth += 1;
        // A level takes 20 KiB in a debug build, and threads have 2 MiB.
        let parsed = stacker::maybe_grow(STACK_LEFT_MIN, STACK_SEGMENT, || parse(self));
        self.depth -= 1;
        parsed
    }

    /// Counts an operator that is applied to the tree so far, without recursion of the parser.
    ///
    /// # Errors
    /// `FAILED_TO_PARSE_TOO_COMPLEX` above [`CHAIN_MAX`].
    pub(crate) fn chain(&mut self) -> Result<()> {
        self.chained += 1;
        self.check_limit(self.chained, CHAIN_MAX)
    }

    fn check_limit(&self, levels: usize, max: usize) -> Result<()> {
        match levels < max {
            true => Ok(()),
            false => Err(self.too_complex(&format!("it is more than {max} levels deep"))),
        }
    }

    /// The bytes up to the next token, with those of copies. The difference of two weights is that of the part between.
    pub(crate) fn weight(&self) -> usize {
        self.here().start + self.copied
    }

    /// Counts a further copy of a part of this weight.
    ///
    /// # Errors
    /// `FAILED_TO_PARSE_TOO_COMPLEX` above [`COPIES_MAX`].
    pub(crate) fn copy(&mut self, weight: usize) -> Result<()> {
        self.copied = self.copied.saturating_add(weight);
        match self.copied <= COPIES_MAX {
            true => Ok(()),
            false => {
                Err(self.too_complex("it repeats parts, such as the value of a CASE, too often"))
            }
        }
    }

    fn too_complex(&self, why: &str) -> ParseError {
        self.error_at(
            "FAILED_TO_PARSE_TOO_COMPLEX",
            format!(
                "The statement, including potential SQL functions and referenced views, was too complex to parse: {why}. \
                 To mitigate this error divide the statement into multiple, less complex chunks."
            ),
            self.here(),
        )
    }

    /// Reads a list of one or more items, separated by commas.
    pub(crate) fn comma_separated<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.separated(item, |cursor| cursor.eat_symbol(","))
    }

    /// Reads a list of one or more items; `separator` reads what is between them.
    pub(crate) fn separated<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T>,
        separator: impl Fn(&mut Self) -> bool,
    ) -> Result<Vec<T>> {
        // Items lie beside each other in the tree, not below each other.
        let before = self.chained;
        let mut most = before;
        let mut items = Vec::new();
        loop {
            self.chained = before;
            items.push(item(self)?);
            most = most.max(self.chained);
            if !separator(self) {
                self.chained = most;
                return Ok(items);
            }
        }
    }

    /// Reads a list of one or more items in parentheses.
    pub(crate) fn parenthesized<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.expect_symbol("(")?;
        let items = self.comma_separated(item)?;
        self.expect_symbol(")")?;
        Ok(items)
    }

    /// Reads a list of zero or more items in parentheses.
    pub(crate) fn parenthesized_or_empty<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        if self.at_symbol("(") && self.is_symbol_at(1, ")") {
            self.take();
            self.take();
            return Ok(Vec::new());
        }
        self.parenthesized(item)
    }

    /// Reads a list of one or more items in parentheses, or one item without them.
    pub(crate) fn parenthesized_or_one<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        match self.at_symbol("(") {
            true => self.parenthesized(item),
            false => Ok(vec![item(self)?]),
        }
    }
}

fn in_types(text: &str, tokens: &[Token]) -> Vec<bool> {
    let mut open = 0_usize;
    let mut in_types = Vec::with_capacity(tokens.len());
    for token in tokens {
        in_types.push(open > 0);
        let word = token.span.of(text);
        let is_word = |name: &str| word.eq_ignore_ascii_case(name);
        match token.kind {
            TokenKind::Word if ["ARRAY", "MAP", "STRUCT"].into_iter().any(is_word) => open += 1,
            TokenKind::Symbol if word == ">" => open = open.saturating_sub(1),
            _ => {}
        }
    }
    in_types
}

/// For each opening parenthesis the index of the closing one.
fn closing_parentheses(text: &str, tokens: &[Token]) -> Vec<usize> {
    let mut closing = vec![tokens.len() - 1; tokens.len()];
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match (token.kind, token.span.of(text)) {
            (TokenKind::Symbol, "(") => open.push(at),
            (TokenKind::Symbol, ")") => {
                if let Some(opening) = open.pop() {
                    closing[opening] = at;
                }
            }
            _ => {}
        }
    }
    closing
}
