//! Permanent views: what of a session their text depends on, and how a query uses them.

use std::collections::BTreeMap;

use analysis::{Names, projection};
use catalog::Table;
use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan};
use functions::{Typed, explicit_cast};
use std::sync::Arc;
use values::types::{field_type, type_metadata};

use super::name::TableName;
use super::schema::{COMMENT_METADATA, data_type, query_type};
use crate::dataframe::DataFrame;
use crate::error::{Error, Result};
use crate::session::Session;

/// How deep views may use each other (`spark.sql.view.maxNestedViewDepth`).
pub(crate) const DEPTH_MAX: usize = 100;

/// Settings that change the meaning of a query, and are kept with the text of a view.
const KEPT: [&str; 4] = [
    "spark.sql.ansi.enabled",
    "spark.sql.session.timeZone",
    "spark.sql.caseSensitive",
    "spark.sql.storeAssignmentPolicy",
];

/// The settings of the session that a view keeps.
pub(crate) fn configuration(session: &Session) -> BTreeMap<String, String> {
    let kept = KEPT.iter();
    let values = kept.filter_map(|name| Some(((*name).to_owned(), session.conf().get(name)?)));
    // The time zone is that of whoever reads the view, as in Spark.
    values
        .filter(|(name, _)| name != "spark.sql.session.timeZone")
        .collect()
}

/// The rows of a view from those of its query: its columns, found by their names, of its types and under its names.
///
/// # Errors
/// `INCOMPATIBLE_VIEW_SCHEMA_CHANGE` if the query has other columns now.
pub(crate) fn output(
    session: &Session,
    name: &TableName,
    table: &Table,
    query: &DataFrame,
) -> Result<LogicalPlan> {
    let Some(view) = &table.view else {
        return Ok(query.plan().clone());
    };
    let schema = query.schema();
    let found = query.plan().schema().columns();
    let settings = Arc::new(functions::Settings {
        ansi: true,
        ..session.settings()
    });
    let kept = view.configuration.get("spark.sql.caseSensitive");
    let names = Names {
        case_sensitive: kept.is_some_and(|value| value.eq_ignore_ascii_case("true")),
    };
    let mut exprs = Vec::with_capacity(table.columns.len());
    for (position, (column, wanted)) in table.columns.iter().zip(&view.output).enumerate() {
        let of_name: Vec<usize> = (0..found.len())
            .filter(|at| names.same(schema.field(*at).name(), wanted))
            .collect();
        let wanted_times = view
            .output
            .iter()
            .filter(|it| names.same(it, wanted))
            .count();
        let before = view.output[..position].iter();
        let nth = before.filter(|it| names.same(it, wanted)).count();
        let at = match of_name.get(nth) {
            Some(at) if of_name.len() == wanted_times => *at,
            _ => return Err(changed(name, view, wanted, wanted_times, &schema, &of_name)),
        };
        let field = schema.field(at);
        let from = field_type(field).unwrap_or(sql::DataType::String);
        let typed = Typed::new(
            Expr::Column(Column::new(
                found[at].relation.clone(),
                found[at].name.clone(),
            )),
            from,
            field.is_nullable(),
            &column.name,
        );
        let to = query_type(data_type(column)?);
        let metadata = [
            type_metadata(&to).map(|it| (values::types::TYPE_METADATA.to_owned(), it)),
            column
                .comment
                .clone()
                .map(|it| (COMMENT_METADATA.to_owned(), it)),
        ];
        let metadata: std::collections::HashMap<String, String> =
            metadata.into_iter().flatten().collect();
        let value = explicit_cast(typed, &to, &settings, None, false)?;
        exprs.push(
            value
                .expr
                .alias_with_metadata(&column.name, Some(metadata.into())),
        );
    }
    Ok(projection(query.plan().clone(), exprs)?)
}

fn changed(
    name: &TableName,
    view: &catalog::View,
    column: &str,
    wanted: usize,
    schema: &arrow::datatypes::Schema,
    found: &[usize],
) -> Error {
    let found = found.iter().map(|at| schema.field(*at).name().clone());
    Error::analysis(
        "INCOMPATIBLE_VIEW_SCHEMA_CHANGE",
        format!(
            "The SQL query of view {} has an incompatible schema change and column {column} cannot be resolved. Expected \
             {wanted} columns named {column} but got [{}].\nPlease try to re-create the view by running: CREATE OR REPLACE \
             VIEW {} AS {}.",
            name.quoted(),
            found.collect::<Vec<_>>().join(","),
            name.dotted(),
            view.text
        ),
    )
}
