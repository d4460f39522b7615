//! Statements: which one a text is.
//!
//! `CREATE STREAMING QUERY` is our own: Spark has no statement that starts a query.
//!
//! ```text
//! CREATE [OR REPLACE] TEMPORARY VIEW name [(schema)] USING format [OPTIONS (key 'value', ..)]
//! CREATE [OR REPLACE] TEMPORARY VIEW name AS query
//! CREATE STREAMING QUERY [name]
//!     [OUTPUT MODE append | update | complete]
//!     [TRIGGER PROCESSING TIME 'interval' | AVAILABLE NOW | ONCE]
//!     USING console | kafka | parquet | json | csv | memory | noop
//!     [PARTITIONED BY (column, ..)] [OPTIONS (key 'value', ..)]
//!     AS query
//! INSERT OVERWRITE [LOCAL] DIRECTORY ['path'] USING format [OPTIONS (key 'value', ..)] query
//! DROP VIEW [IF EXISTS] name
//! SET [name [= value]]          RESET name
//! SHOW TABLES | VIEWS           DESCRIBE [TABLE] name
//! EXPLAIN [EXTENDED] query      query
//! ```

use datafusion::sql::sqlparser::tokenizer::Token;

use super::script::Tokens;
use crate::error::Result;
use crate::sink::OutputMode;
use crate::trigger::Trigger;

/// A statement.
#[derive(Clone, Debug)]
pub(super) enum Statement {
    /// A view of what a source holds or will hold.
    CreateSourceView {
        name: String,
        replace: bool,
        schema: Option<String>,
        format: String,
        options: Vec<(String, String)>,
    },
    /// A view of what a query gives.
    CreateView {
        name: String,
        replace: bool,
        query: Vec<Token>,
    },
    /// A streaming query, started.
    CreateStreamingQuery(Box<NewQuery>),
    /// The rows of a query written to files, in place of what was there.
    OverwriteDirectory {
        format: String,
        options: Vec<(String, String)>,
        query: Vec<Token>,
    },
    /// A view forgotten.
    DropView { name: String, if_exists: bool },
    /// A configuration value set, or shown if there is none.
    Set {
        name: Option<String>,
        value: Option<String>,
    },
    /// A configuration value set back.
    Reset { name: String },
    /// The views.
    ShowTables,
    /// The columns of a view.
    Describe { name: String },
    /// How a query would be run.
    Explain { extended: bool, query: Vec<Token> },
    /// A query.
    Query(Vec<Token>),
}

/// A streaming query to be started.
#[derive(Clone, Debug)]
pub(super) struct NewQuery {
    pub name: Option<String>,
    pub mode: OutputMode,
    pub trigger: Trigger,
    pub format: String,
    pub partition_by: Vec<String>,
    pub options: Vec<(String, String)>,
    pub query: Vec<Token>,
}

/// The statement that `text` is.
///
/// # Errors
/// `PARSE_SYNTAX_ERROR`. What is no statement of ours is taken for a query, and judged later.
pub(super) fn parse(text: &str) -> Result<Statement> {
    let mut tokens = Tokens::of(text)?;
    if tokens.eat("create streaming query") {
        return new_query(tokens);
    }
    if tokens.at("create") {
        return create_view(tokens);
    }
    if tokens.eat("insert overwrite directory") || tokens.eat("insert overwrite local directory") {
        return overwrite_directory(tokens);
    }
    if tokens.eat("drop view") || tokens.eat("drop temporary view") {
        let if_exists = tokens.eat("if exists");
        let name = tokens.dotted_name()?;
        tokens.end()?;
        return Ok(Statement::DropView { name, if_exists });
    }
    if tokens.eat("set") {
        return set(tokens, text);
    }
    if tokens.eat("reset") {
        let name = tokens.dotted_name()?;
        tokens.end()?;
        return Ok(Statement::Reset { name });
    }
    if tokens.eat("show tables") || tokens.eat("show views") {
        tokens.end()?;
        return Ok(Statement::ShowTables);
    }
    if tokens.eat("describe") || tokens.eat("desc") {
        tokens.eat("table");
        let name = tokens.dotted_name()?;
        tokens.end()?;
        return Ok(Statement::Describe { name });
    }
    if tokens.eat("explain") {
        let extended = tokens.eat("extended");
        return Ok(Statement::Explain {
            extended,
            query: tokens.rest(),
        });
    }
    Ok(Statement::Query(tokens.rest()))
}

fn create_view(mut tokens: Tokens) -> Result<Statement> {
    tokens.expect("create")?;
    let replace = tokens.eat("or replace");
    if !tokens.eat("temporary view") && !tokens.eat("temp view") {
        return Err(tokens.error("TEMPORARY VIEW or STREAMING QUERY is expected"));
    }
    let name = tokens.dotted_name()?;
    let schema = match tokens.peek() {
        Some(Token::LParen) => Some(tokens.parenthesised()?),
        _ => None,
    };
    if tokens.eat("using") {
        let format = tokens.name()?;
        let options = if tokens.eat("options") {
            tokens.options()?
        } else {
            Vec::new()
        };
        tokens.end()?;
        return Ok(Statement::CreateSourceView {
            name,
            replace,
            schema,
            format,
            options,
        });
    }
    if schema.is_some() {
        return Err(tokens.error("USING is expected after a schema"));
    }
    tokens.expect("as")?;
    Ok(Statement::CreateView {
        name,
        replace,
        query: tokens.rest(),
    })
}

fn overwrite_directory(mut tokens: Tokens) -> Result<Statement> {
    let path = match tokens.at("using") {
        true => None,
        false => Some(tokens.string()?),
    };
    tokens.expect("using")?;
    let format = tokens.name()?;
    let mut options = if tokens.eat("options") {
        tokens.options()?
    } else {
        Vec::new()
    };
    options.extend(path.map(|path| ("path".to_owned(), path)));
    Ok(Statement::OverwriteDirectory {
        format,
        options,
        query: tokens.rest(),
    })
}

fn new_query(mut tokens: Tokens) -> Result<Statement> {
    let unnamed = ["output", "trigger", "using"]
        .iter()
        .any(|word| tokens.at(word));
    let name = if unnamed { None } else { Some(tokens.name()?) };
    let mut mode = OutputMode::Append;
    let mut trigger = Trigger::Default;
    loop {
        if tokens.eat("output mode") {
            mode = match tokens.name()?.to_lowercase().as_str() {
                "append" => OutputMode::Append,
                "update" => OutputMode::Update,
                "complete" => OutputMode::Complete,
                _ => return Err(tokens.error("the output mode is append, update or complete")),
            };
        } else if tokens.eat("trigger") {
            trigger = if tokens.eat("processing time") {
                Trigger::processing_time(&tokens.string()?)?
            } else if tokens.eat("available now") {
                Trigger::AvailableNow
            } else if tokens.eat("once") {
                Trigger::Once
            } else {
                return Err(tokens.error("PROCESSING TIME, AVAILABLE NOW or ONCE is expected"));
            };
        } else {
            break;
        }
    }
    tokens.expect("using")?;
    let format = tokens.name()?;
    let mut partition_by = Vec::new();
    if tokens.eat("partitioned by") {
        let list = tokens.parenthesised()?;
        partition_by.extend(
            list.split(',')
                .map(|name| name.trim().trim_matches('`').to_owned()),
        );
    }
    let options = if tokens.eat("options") {
        tokens.options()?
    } else {
        Vec::new()
    };
    tokens.expect("as")?;
    let query = tokens.rest();
    let new = NewQuery {
        name,
        mode,
        trigger,
        format,
        partition_by,
        options,
        query,
    };
    Ok(Statement::CreateStreamingQuery(Box::new(new)))
}

/// `SET name = value`, where the value is everything up to the end, as it stands.
fn set(mut tokens: Tokens, text: &str) -> Result<Statement> {
    if tokens.peek().is_none() {
        return Ok(Statement::Set {
            name: None,
            value: None,
        });
    }
    let name = tokens.dotted_name()?;
    if tokens.peek().is_none() {
        return Ok(Statement::Set {
            name: Some(name),
            value: None,
        });
    }
    match text.split_once('=') {
        Some((_, value)) => {
            let value = value
                .trim()
                .trim_end_matches(';')
                .trim()
                .trim_matches('\'')
                .to_owned();
            Ok(Statement::Set {
                name: Some(name),
                value: Some(value),
            })
        }
        None => Err(tokens.error("= is expected")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_streaming_query_is_read_with_all_its_clauses() {
        let statement = parse(
            "CREATE STREAMING QUERY delays OUTPUT MODE update TRIGGER PROCESSING TIME '1 second'
             USING parquet PARTITIONED BY (day, `hour`)
             OPTIONS (path '/out', checkpointLocation = '/ck') AS SELECT 1",
        );
        let Statement::CreateStreamingQuery(query) = statement.unwrap() else {
            panic!("another statement")
        };
        assert_eq!(query.name.as_deref(), Some("delays"));
        assert_eq!(query.mode, OutputMode::Update);
        assert_eq!(query.trigger, Trigger::processing_time("1 second").unwrap());
        assert_eq!(query.partition_by, ["day", "hour"]);
        assert_eq!(
            query.options[1],
            ("checkpointLocation".to_owned(), "/ck".to_owned())
        );
        assert_eq!(query.query.len(), 2);
    }

    #[test]
    fn a_view_may_have_a_schema() {
        let statement = parse(
            "create or replace temp view f (a INT, b STRUCT<c: DECIMAL(5, 2)>) using json options (path 'x')",
        );
        let Statement::CreateSourceView {
            schema, replace, ..
        } = statement.unwrap()
        else {
            panic!("another statement")
        };
        assert!(replace);
        let schema = crate::dialect::parse_schema(&schema.unwrap()).unwrap();
        assert_eq!(schema.fields().len(), 2);
    }

    #[test]
    fn a_value_is_taken_as_it_stands() {
        let Statement::Set { name, value } = parse("SET spark.x.y = a, b;").unwrap() else {
            panic!("another statement")
        };
        assert_eq!(
            (name.as_deref(), value.as_deref()),
            (Some("spark.x.y"), Some("a, b"))
        );
    }
}
