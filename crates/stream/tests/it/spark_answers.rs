//! SQL queries answered as Spark answers them: names, types, values, errors.
//!
//! `tests/data/spark/answers.txt` holds what Spark 4.3 says, written by `answers.py` beside it.

use vltava_stream::{DataFrame, Session, SqlResult};

/// A query of the file and Spark's answer to it.
struct Answer {
    query: String,
    expected: String,
}

fn answers() -> Vec<Answer> {
    let text = include_str!("../data/spark/answers.txt");
    let blocks = text.split("-- ").filter(|block| !block.trim().is_empty());
    let answer = |block: &str| {
        let (query, expected) = block.split_once('\n').unwrap();
        Answer {
            query: query.to_owned(),
            expected: expected.trim().to_owned(),
        }
    };
    blocks.map(answer).collect()
}

fn session() -> Session {
    let (io, executors) = io::Io::real(1);
    // They end with the test process; a session does not own them.
    std::mem::forget(executors);
    Session::builder(io).build().unwrap()
}

async fn rows_of(session: &Session, query: &str) -> vltava_stream::Result<DataFrame> {
    match session.sql(query).await? {
        SqlResult::Rows(frame) => Ok(frame),
        _ => panic!("{query} is no query"),
    }
}

async fn our_answer(session: &Session, query: &str) -> String {
    let answer = async {
        let frame = rows_of(session, query).await?;
        let table = frame.show_string(20, 0).await?;
        Ok::<_, vltava_stream::Error>(format!("{}\n{}", frame.schema_string(), table.trim()))
    };
    match answer.await {
        Ok(answer) => answer,
        Err(error) => match error.condition() {
            Some(condition) => format!("[{condition}]"),
            None => format!("error: {error}"),
        },
    }
}

#[tokio::test]
async fn queries_are_answered_as_spark_answers_them() {
    let session = session();
    let table = include_str!("../data/spark/table.sql");
    session.sql(table).await.unwrap();
    let mut different = String::new();
    for Answer { query, expected } in answers() {
        let ours = our_answer(&session, &query).await;
        if ours != expected {
            different += &format!("-- {query}\nSpark:\n{expected}\nours:\n{ours}\n\n");
        }
    }
    assert!(different.is_empty(), "{different}");
}
