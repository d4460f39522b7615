//! `vltava sql`: runs SQL statements from a file, from the command line, from standard input, or from a prompt.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use io::{Io, Pool};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use stream::{DataFrame, Parameters, Session, SqlResult, StreamingQuery, split_statements};
use tokio::sync::oneshot;

use super::{Cluster, Output, key_value};
use crate::Failure;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    cluster: Cluster,
    /// Run the statements of this file, and wait for the streaming queries that they start.
    #[arg(short, long, conflicts_with = "execute")]
    file: Option<PathBuf>,
    /// Run this statement, and wait for the streaming queries that it starts. Can be repeated. Without -e and -f, statements are read from standard input; a prompt reads them if that is a terminal.
    #[arg(short, long, value_name = "SQL")]
    execute: Vec<String>,
    /// Set a session configuration or a variable: ${KEY} in a statement is replaced by VALUE. Can be repeated.
    #[arg(short, long = "define", value_name = "KEY=VALUE", value_parser = key_value)]
    define: Vec<(String, String)>,
    /// Give the parameter :NAME a value: a SQL literal, such as 5, 'text' or DATE '2024-01-01'. Can be repeated.
    #[arg(short, long = "parameter", value_name = "NAME=LITERAL", value_parser = key_value)]
    parameter: Vec<(String, String)>,
    /// Format of the output. text: tables; json: one object per row.
    #[arg(short, long, value_enum, default_value = "text")]
    output: Output,
}

/// The stack of the thread that plans statements. A page of it takes memory when it is used.
const STACK_BYTES: usize = 64 << 20;

/// How long streaming queries may take to stop after a signal.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let (io, executors) = Io::real(1);
    let executors = Arc::new(executors);
    // Planning a statement can take long and does not wait for anything: it has a thread of its own, so that this one
    // hears a signal.
    let session = session(&io, &arguments)?;
    let (done, is_done) = oneshot::channel();
    let work = execute(session.clone(), arguments);
    let runner = Arc::clone(&executors);
    let thread = std::thread::Builder::new()
        .name("sql".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            // The receiver is gone after a signal.
            let _ = done.send(runner.block_on(work));
        })?;
    let done = executors.block_on(async {
        tokio::select! {
            biased;
            _ = io.shutdown_signal() => {
                let _ = io.clock.timeout(STOP_TIMEOUT, stop_all(&session)).await;
                None
            }
            done = is_done => Some(done),
        }
    });
    let Some(done) = done else {
        // The thread may still plan: the process ends without it.
        return Ok(());
    };
    let panicked = thread.join().is_err();
    drop(session);
    if let Some(executors) = Arc::into_inner(executors) {
        executors.shutdown();
    }
    match done {
        Ok(done) if !panicked => done,
        _ => Err("the statement ended with a panic".into()),
    }
}

fn session(io: &Io, arguments: &Arguments) -> Result<Session, Failure> {
    let servers = &arguments.cluster.bootstrap;
    let mut builder =
        Session::builder(io.clone()).config("spark.vltava.bootstrap.servers", servers);
    for (name, value) in &arguments.define {
        builder = builder.config(name, value);
    }
    Ok(builder.build()?)
}

async fn execute(session: Session, arguments: Arguments) -> Result<(), Failure> {
    let parameters = Parameters::Named(arguments.parameter);
    let script = match arguments.file {
        Some(path) => std::fs::read_to_string(&path)
            .map_err(|e| format!("cannot read {}: {e}", path.display()))?,
        None if !arguments.execute.is_empty() => arguments.execute.join(";\n"),
        None if std::io::stdin().is_terminal() => {
            return prompt(&session, &parameters, arguments.output).await;
        }
        None => std::io::read_to_string(std::io::stdin())
            .map_err(|e| format!("cannot read standard input: {e}"))?,
    };
    let done = run_to_end(&session, &script, &parameters, arguments.output).await;
    stop_all(&session).await;
    done
}

/// [`run_script`], and the end of the streaming queries. One that has failed meanwhile fails the script.
async fn run_to_end(
    session: &Session,
    script: &str,
    parameters: &Parameters,
    output: Output,
) -> Result<(), Failure> {
    for query in run_script(session, script, parameters, output).await? {
        query.await_termination().await?;
    }
    Ok(())
}

/// Runs statements in order and prints the rows that they return. Returns the streaming queries
/// that they started.
///
/// # Errors
/// The first statement that fails; the ones after it do not run.
pub async fn run_script(
    session: &Session,
    script: &str,
    parameters: &Parameters,
    output: Output,
) -> Result<Vec<StreamingQuery>, Failure> {
    let has_values = *parameters != Parameters::default();
    let mut queries = Vec::new();
    for statement in split_statements(script)? {
        let done = match has_values {
            true => session.sql_with(statement, parameters).await?,
            false => session.sql(statement).await?,
        };
        match done {
            SqlResult::Rows(rows) => print(rows, output).await?,
            SqlResult::Query(query) => queries.push(query),
            SqlResult::Done => {}
        }
    }
    Ok(queries)
}

async fn print(rows: DataFrame, output: Output) -> Result<(), Failure> {
    match output {
        Output::Text => print!("{}", rows.show_string(usize::MAX, 0).await?),
        Output::Json => {
            for row in rows.to_json().await? {
                println!("{row}");
            }
        }
    }
    Ok(())
}

async fn stop_all(session: &Session) {
    for query in session.streams().active() {
        query.stop().await;
    }
}

/// Reads statements from a prompt until Ctrl-D. Prints the error of a statement that fails, and continues.
async fn prompt(session: &Session, parameters: &Parameters, output: Output) -> Result<(), Failure> {
    println!("End each statement with a semicolon. Ctrl-D ends the session.");
    let mut editor = DefaultEditor::new()?;
    let mut typed = String::new();
    loop {
        let sign = if typed.is_empty() {
            "vltava> "
        } else {
            "     -> "
        };
        // The editor blocks, so it runs on a thread of its own.
        let (returned, line) = session
            .io()
            .tasks
            .blocking(Pool::Background, move || {
                let line = editor.readline(sign);
                (editor, line)
            })
            .await;
        editor = returned;
        match line {
            Ok(line) => {
                typed.push_str(&line);
                typed.push('\n');
            }
            Err(ReadlineError::Interrupted) => typed.clear(),
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error.into()),
        }
        if typed.trim_end().ends_with(';') {
            // The prompt works without history as well.
            let _ = editor.add_history_entry(typed.trim());
            if let Err(failure) = run_script(session, &typed, parameters, output).await {
                eprintln!("{failure}");
            }
            typed.clear();
        }
    }
    stop_all(session).await;
    Ok(())
}
