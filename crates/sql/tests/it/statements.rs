//! Statements.

use vltava_sql::{
    ExplainMode, InsertTarget, Literal, ObjectName, OutputMode, ShowStatement, StatementKind,
    StreamingTrigger, TableChange, parse_statement, split_statements,
};

use crate::show::{expression, relation};

fn kind(text: &str) -> StatementKind {
    parse_statement(text)
        .unwrap_or_else(|e| panic!("{text}: {e}"))
        .kind
}

fn parts(name: &ObjectName) -> &[String] {
    match name {
        ObjectName::Parts(parts) => parts,
        ObjectName::Computed(_) => panic!("a name"),
    }
}

#[test]
fn a_script_is_split_at_semicolons_outside_of_strings_and_comments() {
    let script = "SELECT ';' AS `a;b`; -- no; end\n\n/* ; */ SET x=1 ;; SELECT r'\\';";
    assert_eq!(
        split_statements(script).unwrap(),
        ["SELECT ';' AS `a;b`", "SET x=1", "SELECT r'\\'"]
    );
}

#[test]
fn a_streaming_query_is_read_with_all_its_clauses() {
    let text = "CREATE STREAMING QUERY delays OUTPUT MODE update TRIGGER PROCESSING TIME '1 second'
        USING parquet PARTITIONED BY (day, `hour`) OPTIONS (path '/out', checkpointLocation = '/ck') AS SELECT 1";
    let StatementKind::CreateStreamingQuery(query) = kind(text) else {
        panic!("another statement")
    };
    assert_eq!(query.name.as_deref(), Some("delays"));
    assert_eq!(query.output_mode, OutputMode::Update);
    assert_eq!(
        query.trigger,
        StreamingTrigger::ProcessingTime("1 second".to_owned())
    );
    assert_eq!(query.partition_by, ["day", "hour"]);
    assert_eq!(query.options[1].value, "/ck");
    assert_eq!(relation(&query.query), "Project(1, OneRow)");
}

#[test]
fn views() {
    let text = "CREATE OR REPLACE TEMP VIEW f (a INT, b STRUCT<c: DECIMAL(5, 2)>) USING json OPTIONS (path 'x', n 5)";
    let StatementKind::CreateTemporaryViewUsing {
        schema,
        replace,
        provider,
        options,
        ..
    } = kind(text)
    else {
        panic!("another statement")
    };
    assert!(replace);
    assert_eq!((schema.len(), provider.as_str()), (2, "json"));
    assert_eq!(options[1].value, "5");

    let StatementKind::CreateView {
        name,
        columns,
        query_text,
        is_temporary,
        ..
    } = kind("CREATE VIEW s.v (a COMMENT 'x', b) COMMENT 'y' AS  SELECT 1, 2 ;")
    else {
        panic!("another statement")
    };
    assert_eq!(parts(&name), ["s", "v"]);
    assert_eq!(columns[0].1.as_deref(), Some("x"));
    assert_eq!((query_text.as_str(), is_temporary), ("SELECT 1, 2", false));
}

#[test]
fn tables() {
    let text = "CREATE TABLE IF NOT EXISTS t (a INT NOT NULL DEFAULT 1, b STRING COMMENT 'x') USING parquet
        PARTITIONED BY (b) LOCATION '/t' TBLPROPERTIES (k = 'v') AS SELECT 1 AS a";
    let StatementKind::CreateTable(table) = kind(text) else {
        panic!("another statement")
    };
    assert!(table.if_not_exists && !table.columns[0].nullable);
    assert_eq!(
        table.columns[0].default.as_ref().map(expression).as_deref(),
        Some("1")
    );
    assert_eq!(table.partition_by[0].name, ["b"]);
    assert_eq!(table.location.as_deref(), Some("/t"));
    assert!(table.query.is_some());
    assert!(matches!(
        kind("CREATE TABLE a LIKE b USING csv"),
        StatementKind::CreateTableLike { .. }
    ));
    assert!(matches!(
        kind("ALTER TABLE a ADD COLUMNS (b INT, c STRING)"),
        StatementKind::AddColumns { .. }
    ));
    assert!(matches!(
        kind("DROP TABLE IF EXISTS a.b"),
        StatementKind::DropTable {
            if_exists: true,
            ..
        }
    ));
}

#[test]
fn inserts() {
    let StatementKind::Insert(insert) =
        kind("INSERT OVERWRITE t PARTITION (p = 1, q) (a, b) VALUES (1, 2)")
    else {
        panic!("another statement")
    };
    assert!(insert.overwrites);
    let InsertTarget::Table {
        partition, columns, ..
    } = insert.target
    else {
        panic!("a table")
    };
    assert_eq!((partition.len(), columns.len()), (2, 2));
    assert!(partition[1].value.is_none());

    let StatementKind::Insert(insert) =
        kind("WITH a AS (SELECT 1) INSERT INTO t BY NAME SELECT * FROM a")
    else {
        panic!("another statement")
    };
    assert_eq!(
        relation(&insert.query),
        "With(a()=Project(1, OneRow), Project(*, a))"
    );

    let StatementKind::Insert(insert) =
        kind("INSERT OVERWRITE LOCAL DIRECTORY '/x' USING csv OPTIONS (header true) TABLE t")
    else {
        panic!("another statement")
    };
    assert!(matches!(
        insert.target,
        InsertTarget::Directory { path: Some(_), .. }
    ));
}

#[test]
fn the_session() {
    let set = |text: &str| match kind(text) {
        StatementKind::SetConfiguration { key, value } => (key, value),
        other => panic!("{other:?}"),
    };
    assert_eq!(set("SET"), (None, None));
    assert_eq!(set("SET a.b"), (Some("a.b".to_owned()), None));
    assert_eq!(
        set("SET spark.x.y = a, 'b' -c;"),
        (Some("spark.x.y".to_owned()), Some("a, 'b' -c".to_owned()))
    );
    assert_eq!(
        set("SET `a b`=`c;d`"),
        (Some("a b".to_owned()), Some("c;d".to_owned()))
    );
    assert!(matches!(
        kind("RESET"),
        StatementKind::ResetConfiguration(None)
    ));
    assert!(matches!(
        kind("SET TIME ZONE 'UTC'"),
        StatementKind::SetTimeZone(Some(_))
    ));
    assert!(matches!(
        kind("DECLARE OR REPLACE VARIABLE x INT DEFAULT 5"),
        StatementKind::DeclareVariable { replace: true, .. }
    ));
    assert!(
        matches!(kind("SET VAR x = 1, y = DEFAULT"), StatementKind::SetVariables(assignments) if assignments.len() == 2)
    );
    assert!(matches!(
        kind("SET VAR (x, y) = (SELECT 1, 2)"),
        StatementKind::SetVariablesFromQuery { .. }
    ));
    let StatementKind::ExecuteImmediate {
        statement,
        into,
        using,
    } = kind("EXECUTE IMMEDIATE 'SELECT ?' INTO x USING 1 AS a, 2")
    else {
        panic!("another statement")
    };
    assert!(matches!(
        statement.kind,
        vltava_sql::ExpressionKind::Literal(Literal::String(_))
    ));
    assert_eq!((into.len(), using.len()), (1, 2));
    assert!(matches!(kind("USE DATABASE d"), StatementKind::Use(_)));
    assert!(matches!(
        kind("CACHE LAZY TABLE t AS SELECT 1"),
        StatementKind::CacheTable {
            is_lazy: true,
            query: Some(_),
            ..
        }
    ));
}

#[test]
fn show_describe_and_explain() {
    assert!(matches!(
        kind("SHOW TABLES IN d LIKE 'a*'"),
        StatementKind::Show(ShowStatement::Tables {
            namespace: Some(_),
            pattern: Some(_)
        })
    ));
    assert!(matches!(
        kind("SHOW USER FUNCTIONS"),
        StatementKind::Show(ShowStatement::Functions { scope: Some(_), .. })
    ));
    assert!(matches!(
        kind("DESCRIBE FUNCTION EXTENDED abs"),
        StatementKind::DescribeFunction {
            is_extended: true,
            ..
        }
    ));
    assert!(matches!(
        kind("DESC FUNCTION <=>"),
        StatementKind::DescribeFunction { .. }
    ));
    assert!(matches!(
        kind("DESCRIBE TABLE EXTENDED t"),
        StatementKind::DescribeTable {
            is_extended: true,
            ..
        }
    ));
    assert!(
        matches!(kind("DESC t a.b"), StatementKind::DescribeTable { column, .. } if column == ["a", "b"])
    );
    assert!(matches!(
        kind("DESCRIBE SELECT 1"),
        StatementKind::DescribeQuery(_)
    ));
    assert!(matches!(
        kind("EXPLAIN FORMATTED SELECT 1"),
        StatementKind::Explain {
            mode: ExplainMode::Formatted,
            ..
        }
    ));
}

#[test]
fn tables_are_changed() {
    let change = |text: &str| match kind(text) {
        StatementKind::ChangeTable { change, .. } => *change,
        other => panic!("{text}: {other:?}"),
    };
    for text in [
        "DELETE FROM t AS x WHERE a = 1",
        "UPDATE t SET a = 1, b = DEFAULT WHERE a = 2",
        "MERGE INTO t USING (SELECT 1 AS a) s ON t.a = s.a WHEN MATCHED AND s.a > 1 THEN DELETE \
         WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a) WHEN NOT MATCHED BY SOURCE THEN UPDATE SET a = 1",
        "ALTER TABLE t ALTER COLUMN a COMMENT 'x'",
        "ALTER TABLE t CHANGE COLUMN a a INT COMMENT 'x'",
        "ALTER TABLE t REPLACE COLUMNS (a INT)",
        "ALTER TABLE t PARTITION (p = 1) RENAME TO PARTITION (p = 2)",
        "ALTER TABLE t PARTITION (p = 1) SET LOCATION 'x'",
        "ALTER TABLE t DROP IF EXISTS PARTITION (p = 1), PARTITION (p = 2)",
        "ANALYZE TABLE t COMPUTE STATISTICS FOR COLUMNS a, b",
    ] {
        change(text);
    }
    let repair = change("MSCK REPAIR TABLE t SYNC PARTITIONS");
    let TableChange::RepairPartitions { adds, drops, .. } = repair else {
        panic!("{repair:?}");
    };
    assert!(adds && drops);
    let add =
        change("ALTER TABLE t ADD IF NOT EXISTS PARTITION (p = 1) LOCATION 'x' PARTITION (p = 2)");
    let TableChange::AddPartitions { partitions, .. } = add else {
        panic!("{add:?}");
    };
    assert_eq!(partitions[0].1.as_deref(), Some("x"));
    assert_eq!(partitions.len(), 2);
}
