//! `vltava sql`: runs SQL statements from a file, from the command line, or from a prompt.

use std::path::PathBuf;

use io::{Io, Pool};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use stream::{DataFrame, Session, SqlResult, split_statements};

use super::{Cluster, Output, key_value};
use crate::Failure;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    cluster: Cluster,
    /// Run the statements of this file, and wait for the streaming queries that they start.
    #[arg(short, long, conflicts_with = "execute")]
    file: Option<PathBuf>,
    /// Run this statement, and wait for the streaming queries that it starts. Can be repeated. Without -e and -f, a prompt reads statements.
    #[arg(short, long, value_name = "SQL")]
    execute: Vec<String>,
    /// Set a session configuration or a variable: ${KEY} in a statement is replaced by VALUE. Can be repeated.
    #[arg(short, long = "define", value_name = "KEY=VALUE", value_parser = key_value)]
    define: Vec<(String, String)>,
    /// Format of the output. text: tables; json: one object per row.
    #[arg(short, long, value_enum, default_value = "text")]
    output: Output,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let (io, executors) = Io::real(1);
    let done = executors.block_on(execute(io, arguments));
    executors.shutdown();
    done
}

async fn execute(io: Io, arguments: Arguments) -> Result<(), Failure> {
    let session = Session::builder(io.clone()).build()?;
    session.conf().set(
        "spark.vltava.bootstrap.servers",
        &arguments.cluster.bootstrap,
    );
    for (name, value) in arguments.define {
        session.conf().set(name, value);
    }
    let script = match arguments.file {
        Some(path) => std::fs::read_to_string(&path)
            .map_err(|e| format!("cannot read {}: {e}", path.display()))?,
        None if arguments.execute.is_empty() => return prompt(&session, arguments.output).await,
        None => arguments.execute.join(";\n"),
    };
    let finished = async {
        run_script(&session, &script, arguments.output).await?;
        while let Some(query) = session.streams().active().first() {
            query.await_termination().await?;
        }
        Ok(())
    };
    let done = tokio::select! {
        biased;
        _ = io.shutdown_signal() => Ok(()),
        done = finished => done,
    };
    stop_all(&session).await;
    done
}

/// Runs statements in order and prints the rows that they return.
pub async fn run_script(session: &Session, script: &str, output: Output) -> Result<(), Failure> {
    for statement in split_statements(script)? {
        if let SqlResult::Rows(rows) = session.sql(statement).await? {
            print(rows, output).await?;
        }
    }
    Ok(())
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
async fn prompt(session: &Session, output: Output) -> Result<(), Failure> {
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
            if let Err(failure) = run_script(session, &typed, output).await {
                eprintln!("{failure}");
            }
            typed.clear();
        }
    }
    stop_all(session).await;
    Ok(())
}
