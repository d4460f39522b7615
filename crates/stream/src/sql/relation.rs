//! Tables of a query that are no views: streams, topics and files named in place.
//!
//! ```text
//! FROM STREAM t [WATERMARK column DELAY OF INTERVAL 10 SECONDS] [[AS] alias]
//! FROM STREAM(t) ..             FROM t WATERMARK ..
//! FROM kafka.`topic`            FROM parquet.`path`
//! ```
//!
//! Each is made known to the planner under a name of its own while the query is planned.

use std::sync::Arc;

use datafusion::datasource::ViewTable;
use datafusion::sql::sqlparser::tokenizer::{Token, Word};

use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::plan::{BoundedTable, StreamTable};
use crate::reader;
use crate::session::{Session, table_not_found};

/// Names that exist while a query is planned.
pub(super) struct Scope {
    session: Session,
    names: Vec<String>,
}

impl Scope {
    /// A scope without names.
    pub(super) fn new(session: &Session) -> Scope {
        Scope {
            session: session.clone(),
            names: Vec::new(),
        }
    }

    /// Makes `frame` known, and gives the name it is known by.
    fn bind(&mut self, frame: &DataFrame) -> Result<String> {
        let name = self.session.next_read_name();
        let view = ViewTable::new(frame.plan().clone(), None);
        self.session.register_table(&name, Arc::new(view))?;
        self.names.push(name.clone());
        Ok(name)
    }

    /// Replaces the tables that are no views by names.
    ///
    /// # Errors
    /// `TABLE_OR_VIEW_NOT_FOUND`, what is no stream, or a watermark that is none.
    pub(super) fn bind_tables(&mut self, tokens: Vec<Token>) -> Result<Vec<Token>> {
        let mut bound = Vec::with_capacity(tokens.len());
        let mut next = 0;
        // After FROM and JOIN, and after a comma in a FROM, comes a table.
        let mut in_from = false;
        while next < tokens.len() {
            let token = &tokens[next];
            let table_follows = match keyword(token).as_deref() {
                Some("FROM") => {
                    in_from = true;
                    true
                }
                Some("JOIN") => true,
                Some(
                    "WHERE" | "GROUP" | "ORDER" | "HAVING" | "LIMIT" | "SELECT" | "ON" | "UNION",
                ) => {
                    in_from = false;
                    false
                }
                _ => in_from && *token == Token::Comma,
            };
            bound.push(match keyword(token).as_deref() {
                // Quoted, it is a function like others; the parser's own form knows no `*`.
                Some("STRUCT") if tokens.get(next + 1) == Some(&Token::LParen) => quoted("struct"),
                _ => token.clone(),
            });
            next += 1;
            if table_follows {
                next = self.bind_table(&tokens, next, &mut bound)?;
            }
        }
        Ok(bound)
    }

    /// Reads the table at `tokens[at]`, if it is one of ours; gives where the query goes on.
    fn bind_table(&mut self, tokens: &[Token], at: usize, bound: &mut Vec<Token>) -> Result<usize> {
        let mut next = at;
        let is = |next: usize, word: &str| {
            tokens
                .get(next)
                .and_then(keyword)
                .is_some_and(|found| found == word)
        };
        let stream = is(next, "STREAM") && tokens.get(next + 1).is_some_and(starts_table);
        let mut parenthesis = false;
        if stream {
            next += 1;
            if tokens.get(next) == Some(&Token::LParen) {
                parenthesis = true;
                next += 1;
            }
        }
        let Some(parts) = table_name(tokens, &mut next) else {
            return Ok(at);
        };
        if parenthesis {
            if tokens.get(next) != Some(&Token::RParen) {
                return Err(syntax("STREAM(", ") is expected"));
            }
            next += 1;
        }
        let watermark = if is(next, "WATERMARK") {
            Some(read_watermark(tokens, &mut next)?)
        } else {
            None
        };
        let in_place = parts.len() == 2;
        if !stream && watermark.is_none() && !in_place {
            return Ok(at);
        }
        let mut frame = self.table(&parts, stream)?;
        if let Some((column, delay)) = watermark {
            frame = frame.with_watermark(&column, &delay)?;
        }
        let name = self.bind(&frame)?;
        bound.push(quoted(&name));
        // Columns are told apart by the table's name, unless there is an alias.
        let aliased = is(next, "AS") || tokens.get(next).is_some_and(is_alias);
        if !aliased && let Some(alias) = parts.last() {
            bound.push(quoted(alias));
        }
        Ok(next)
    }

    /// The table that `parts` name.
    fn table(&self, parts: &[String], stream: bool) -> Result<DataFrame> {
        if let [format, place] = parts {
            return self.place(format, place, stream);
        }
        let name = parts.join(".");
        let provider = self
            .session
            .find_table(&name)?
            .ok_or_else(|| table_not_found(&name))?;
        if !stream {
            return self.session.table(&name);
        }
        if let Some(table) = provider.downcast_ref::<BoundedTable>()
            && let Some(spec) = table.stream()
        {
            return reader::stream_of(&self.session, spec.clone());
        }
        if let Some(table) = provider.downcast_ref::<StreamTable>() {
            return reader::stream_of(&self.session, table.spec().clone());
        }
        let frame = self.session.table(&name)?;
        if frame.is_streaming() {
            return Ok(frame);
        }
        Err(Error::new(
            ErrorKind::Analysis,
            format!("`{name}` cannot be read as a stream."),
        ))
    }

    /// A topic of the default cluster, or files.
    fn place(&self, format: &str, place: &str, stream: bool) -> Result<DataFrame> {
        let mut options = Options::new();
        if format.eq_ignore_ascii_case("kafka") {
            let servers = self.session.conf().get("spark.vltava.bootstrap.servers");
            options.set(
                "kafka.bootstrap.servers",
                servers.unwrap_or_else(|| "localhost:9092".to_owned()),
            );
            options.set("subscribe", place);
        } else {
            options.set("path", place);
        }
        if stream {
            let reader = self.session.read_stream().format(format);
            return reader.options(options.iter()).load();
        }
        let reader = self.session.read().format(format);
        reader.options(options.iter()).load()
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        for name in &self.names {
            // A name that is gone already is what is wanted.
            let _ = self.session.drop_view(name);
        }
    }
}

/// The word of a token, if it is one without quotes, in upper case.
fn keyword(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_uppercase()),
        _ => None,
    }
}

fn quoted(name: &str) -> Token {
    Token::make_word(name, Some('`'))
}

/// Whether a table's name can begin with this token: then `STREAM` before it is no name.
fn starts_table(token: &Token) -> bool {
    match token {
        Token::LParen => true,
        Token::Word(word) => !is_clause(word),
        _ => false,
    }
}

/// Whether a token after a table is its alias.
fn is_alias(token: &Token) -> bool {
    matches!(token, Token::Word(word) if !is_clause(word))
}

/// Whether an unquoted word begins what may follow a table.
fn is_clause(word: &Word) -> bool {
    word.quote_style.is_none()
        && matches!(
            word.value.to_uppercase().as_str(),
            "WHERE"
                | "GROUP"
                | "HAVING"
                | "ORDER"
                | "LIMIT"
                | "JOIN"
                | "INNER"
                | "LEFT"
                | "RIGHT"
                | "FULL"
                | "CROSS"
                | "SEMI"
                | "ANTI"
                | "NATURAL"
                | "ON"
                | "USING"
                | "UNION"
                | "EXCEPT"
                | "INTERSECT"
                | "WINDOW"
                | "SORT"
                | "CLUSTER"
                | "DISTRIBUTE"
                | "LATERAL"
                | "AS"
                | "WATERMARK"
                | "OFFSET"
                | "QUALIFY"
                | "TABLESAMPLE"
                | "PIVOT"
                | "UNPIVOT"
        )
}

/// The parts of the table's name at `tokens[*next]`.
fn table_name(tokens: &[Token], next: &mut usize) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    loop {
        match tokens.get(*next) {
            Some(Token::Word(word)) => parts.push(word.value.clone()),
            _ => return None,
        }
        *next += 1;
        if tokens.get(*next) != Some(&Token::Period) {
            return Some(parts);
        }
        *next += 1;
    }
}

/// `WATERMARK column DELAY OF INTERVAL 10 SECONDS`: the column and the delay.
fn read_watermark(tokens: &[Token], next: &mut usize) -> Result<(String, String)> {
    *next += 1;
    let Some(column) = table_name(tokens, next) else {
        return Err(syntax("WATERMARK", "a column is expected"));
    };
    for word in ["DELAY", "OF", "INTERVAL"] {
        if tokens.get(*next).and_then(keyword).as_deref() != Some(word) {
            return Err(syntax("WATERMARK", "DELAY OF INTERVAL is expected"));
        }
        *next += 1;
    }
    let mut delay = Vec::new();
    while let Some(token) = tokens.get(*next) {
        match token {
            Token::Number(digits, _) => delay.push(digits.clone()),
            Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) => {
                delay.push(text.clone())
            }
            Token::Word(word)
                if crate::options::parse_duration(&format!("1 {}", word.value)).is_some() =>
            {
                delay.push(word.value.clone());
            }
            _ => break,
        }
        *next += 1;
    }
    Ok((column.join("."), delay.join(" ")))
}

fn syntax(near: &str, problem: &str) -> Error {
    Error::with_condition(
        ErrorKind::Parse,
        "PARSE_SYNTAX_ERROR",
        format!("Syntax error at or near '{near}': {problem}."),
    )
}
