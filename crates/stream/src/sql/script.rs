//! Text of several statements, and the tokens of one.

use datafusion::sql::sqlparser::dialect::DatabricksDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer, TokenizerError};

use crate::error::{Error, ErrorKind, Result};

/// The statements of a script: parts divided by `;` outside of strings, names and comments.
///
/// # Errors
/// `PARSE_SYNTAX_ERROR` if a string, name or comment does not end.
pub fn split_statements(script: &str) -> Result<Vec<String>> {
    let mut statements = vec![String::new()];
    for token in tokenize(script)? {
        let last = statements.last_mut().expect("there is a statement");
        match token {
            Token::SemiColon => statements.push(String::new()),
            Token::Whitespace(_) => last.push(' '),
            token => *last += &token.to_string(),
        }
    }
    let statements = statements
        .into_iter()
        .map(|statement| statement.trim().to_owned());
    Ok(statements
        .filter(|statement| !statement.is_empty())
        .collect())
}

/// The tokens of a text, white space and comments included as white space.
fn tokenize(text: &str) -> Result<Vec<Token>> {
    let dialect = DatabricksDialect {};
    Tokenizer::new(&dialect, text)
        .with_unescape(false)
        .tokenize()
        .map_err(no_token)
}

fn no_token(error: TokenizerError) -> Error {
    let message = format!(
        "Syntax error at line {}: {}.",
        error.location.line, error.message
    );
    Error::with_condition(ErrorKind::Parse, "PARSE_SYNTAX_ERROR", message)
}

/// The tokens of a statement, read one by one.
#[derive(Clone, Debug)]
pub(super) struct Tokens {
    tokens: Vec<Token>,
    next: usize,
}

impl Tokens {
    /// The tokens of `text`, without white space and comments.
    pub(super) fn of(text: &str) -> Result<Tokens> {
        let dialect = DatabricksDialect {};
        let mut tokens = Tokenizer::new(&dialect, text)
            .tokenize()
            .map_err(no_token)?;
        tokens.retain(|token| !matches!(token, Token::Whitespace(_)));
        if tokens.last() == Some(&Token::SemiColon) {
            tokens.pop();
        }
        Ok(Tokens { tokens, next: 0 })
    }

    /// The token that comes next.
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    /// The next token, which is then behind us.
    pub(super) fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += usize::from(token.is_some());
        token
    }

    /// All tokens not yet read.
    pub(super) fn rest(self) -> Vec<Token> {
        self.tokens.into_iter().skip(self.next).collect()
    }

    /// Whether the next tokens are these words, unquoted and in any case.
    pub(super) fn at(&self, words: &str) -> bool {
        let ahead = self.tokens[self.next..].iter().map(word);
        let mut wanted = 0;
        for (word, token) in words.split(' ').zip(ahead) {
            if token.is_none_or(|token| !token.eq_ignore_ascii_case(word)) {
                return false;
            }
            wanted += 1;
        }
        wanted == words.split(' ').count()
    }

    /// Steps over `words` if they come next.
    pub(super) fn eat(&mut self, words: &str) -> bool {
        let found = self.at(words);
        if found {
            self.next += words.split(' ').count();
        }
        found
    }

    /// Steps over `token` if it comes next.
    pub(super) fn eat_token(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.next += usize::from(found);
        found
    }

    /// Steps over `words`, which must come next.
    pub(super) fn expect(&mut self, words: &str) -> Result<()> {
        if self.eat(words) {
            Ok(())
        } else {
            Err(self.error(&format!("{words} is expected")))
        }
    }

    /// A name, quoted or not.
    pub(super) fn name(&mut self) -> Result<String> {
        match self.take() {
            Some(Token::Word(word)) => Ok(word.value),
            Some(Token::DoubleQuotedString(text) | Token::SingleQuotedString(text)) => Ok(text),
            _ => {
                self.next = self.next.saturating_sub(1);
                Err(self.error("a name is expected"))
            }
        }
    }

    /// A string in quotes.
    pub(super) fn string(&mut self) -> Result<String> {
        match self.peek() {
            Some(Token::SingleQuotedString(text) | Token::DoubleQuotedString(text)) => {
                let text = text.clone();
                self.next += 1;
                Ok(text)
            }
            _ => Err(self.error("a string is expected")),
        }
    }

    /// A name of words with dots, or a string: `kafka.bootstrap.servers`.
    pub(super) fn dotted_name(&mut self) -> Result<String> {
        let mut name = self.name()?;
        while self.eat_token(&Token::Period) {
            name = format!("{name}.{}", self.name()?);
        }
        Ok(name)
    }

    /// `(name 'value', name = 'value', ..)`.
    pub(super) fn options(&mut self) -> Result<Vec<(String, String)>> {
        if !self.eat_token(&Token::LParen) {
            return Err(self.error("( is expected"));
        }
        let mut options = Vec::new();
        while !self.eat_token(&Token::RParen) {
            let name = self.dotted_name()?;
            self.eat_token(&Token::Eq);
            let value = match self.take() {
                Some(Token::SingleQuotedString(text) | Token::DoubleQuotedString(text)) => text,
                Some(Token::Number(digits, _)) => digits,
                Some(Token::Word(word)) => word.value,
                _ => return Err(self.error("a value is expected")),
            };
            options.push((name, value));
            if !self.eat_token(&Token::Comma) && self.peek() != Some(&Token::RParen) {
                return Err(self.error(", or ) is expected"));
            }
        }
        Ok(options)
    }

    /// The text between `(`, which must come next, and its `)`.
    pub(super) fn parenthesised(&mut self) -> Result<String> {
        if !self.eat_token(&Token::LParen) {
            return Err(self.error("( is expected"));
        }
        let mut depth = 1;
        let mut text = String::new();
        while let Some(token) = self.take() {
            match token {
                Token::LParen => depth += 1,
                Token::RParen => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(text);
            }
            text += &format!("{token} ");
        }
        Err(self.error(") is expected"))
    }

    /// That everything was read.
    pub(super) fn end(&self) -> Result<()> {
        if self.peek().is_none() {
            Ok(())
        } else {
            Err(self.error("the end is expected"))
        }
    }

    /// What is wrong at the next token.
    pub(super) fn error(&self, problem: &str) -> Error {
        let near = match self.peek() {
            Some(token) => format!("'{token}'"),
            None => "end of input".to_owned(),
        };
        Error::with_condition(
            ErrorKind::Parse,
            "PARSE_SYNTAX_ERROR",
            format!("Syntax error at or near {near}: {problem}."),
        )
    }
}

fn word(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(&word.value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_divide_outside_of_strings_and_comments() {
        let script = "SELECT ';' AS `a;b`; -- no; end\n\n/* ; */ SET x=1 ;;";
        let statements = split_statements(script).unwrap();
        assert_eq!(statements, ["SELECT ';' AS `a;b`", "SET x=1"]);
    }

    #[test]
    fn options_are_names_with_values() {
        let mut tokens = Tokens::of("(kafka.bootstrap.servers 'h:1', path = \"p\", n 5)").unwrap();
        let options = tokens.options().unwrap();
        assert_eq!(
            options,
            [
                ("kafka.bootstrap.servers", "h:1"),
                ("path", "p"),
                ("n", "5")
            ]
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
        );
    }
}
