//! Spark's meaning of SQL text, put in place in the parsed query before DataFusion plans it.
//!
//! - Columns that a `SELECT` does not name get Spark's name.
//! - Whole-number literals are `INT` if they fit.
//! - `window` and `window.start` mean the `window(..)` of the `GROUP BY`.
//! - Names are found in any case: they are spelled as the tables spell them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use arrow::datatypes::{DataType, Fields};
use datafusion::sql::sqlparser::ast::{
    self, AccessExpr, CastKind, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr,
    Ident, LimitClause, ObjectName, ObjectNamePart, OrderByKind, Query, Select, SelectItem,
    SetExpr, Statement, Subscript, TableFactor, Value, VisitMut, VisitorMut, visit_expressions_mut,
};

use super::function::rewrite_function;
use super::name::{column_name, function_name, suffixed_number};
use crate::session::view_name;

/// What is known of the tables of a query: how names are spelled, and which columns there are.
#[derive(Debug, Default)]
pub(crate) struct Spelling {
    /// Names of columns and fields, by their lower-case form.
    names: BTreeMap<String, String>,
    /// Columns by table.
    columns: BTreeMap<String, Vec<String>>,
}

impl Spelling {
    /// Learns the columns of `table`, and the fields within them.
    pub(crate) fn learn(&mut self, table: &str, fields: &Fields) {
        let columns = fields.iter().map(|field| field.name().clone()).collect();
        self.columns.insert(table.to_owned(), columns);
        self.learn_fields(fields);
    }

    fn learn_fields(&mut self, fields: &Fields) {
        for field in fields {
            self.names
                .insert(field.name().to_lowercase(), field.name().clone());
            self.learn_type(field.data_type());
        }
    }

    /// Learns a name that the statement gives; the names of tables' columns come first.
    fn learn_name(&mut self, name: &str) {
        self.names
            .entry(name.to_lowercase())
            .or_insert_with(|| name.to_owned());
    }

    fn learn_type(&mut self, data_type: &DataType) {
        match data_type {
            DataType::Struct(fields) => self.learn_fields(fields),
            DataType::List(item) | DataType::LargeList(item) | DataType::Map(item, _) => {
                self.learn_type(item.data_type());
            }
            _ => {}
        }
    }

    fn correct(&self, ident: &mut Ident) {
        if let Some(name) = self.names.get(&ident.value.to_lowercase()) {
            ident.value.clone_from(name);
        }
    }
}

/// Gives a statement Spark's meaning.
pub(super) fn rewrite_statement(statement: &mut Statement, spelling: &Spelling) {
    // The closures and visitors here never break off.
    let _ = statement.visit(&mut Rewriter { spelling });
}

/// Gives an expression by itself Spark's meaning, names excepted.
pub(crate) fn rewrite_expression(expr: &mut Expr) {
    let _ = expr.visit(&mut Literals);
}

/// Spells the names of tables as the catalog does, and learns the names the statement gives.
pub(super) fn rewrite_tables(statement: &mut Statement, spelling: &mut Spelling) {
    let _ = statement.visit(&mut Tables { spelling });
}

struct Tables<'a> {
    spelling: &'a mut Spelling,
}

impl VisitorMut for Tables<'_> {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        for part in &mut relation.0 {
            if let ObjectNamePart::Identifier(ident) = part {
                ident.value = view_name(&ident.value);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(with) = &mut query.with {
            for table in &mut with.cte_tables {
                table.alias.name.value = view_name(&table.alias.name.value);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table {
            alias: Some(alias), ..
        }
        | TableFactor::Derived {
            alias: Some(alias), ..
        } = factor
        {
            alias.name.value = view_name(&alias.name.value);
            for column in &alias.columns {
                self.spelling.learn_name(&column.name.value);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.spelling.learn_name(&alias.value);
            }
        }
        ControlFlow::Continue(())
    }
}

struct Rewriter<'a> {
    spelling: &'a Spelling,
}

impl VisitorMut for Rewriter<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        name_columns(select, self.spelling);
        expand_struct(select, self.spelling);
        if let Some(call) = group_window(select) {
            replace_window(select, &call);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let bare = |expr: &mut Expr| {
            if let Some(number) = as_typed_number(expr) {
                *expr = number;
            }
        };
        match &mut query.limit_clause {
            Some(LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            }) => {
                limit.iter_mut().for_each(bare);
                offset.iter_mut().for_each(|offset| bare(&mut offset.value));
                limit_by.iter_mut().for_each(bare);
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
                bare(offset);
                bare(limit);
            }
            None => {}
        }
        if let Some(order_by) = &mut query.order_by
            && let OrderByKind::Expressions(exprs) = &mut order_by.kind
        {
            exprs.iter_mut().for_each(|sort| bare(&mut sort.expr));
        }
        if let SetExpr::Select(select) = query.body.as_mut() {
            bare_ordinals(select);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        bare_ordinals(select);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(ident) => self.spelling.correct(ident),
            Expr::CompoundFieldAccess { access_chain, .. } => {
                // `f(x).field` selects as `f(x)['field']` does.
                for access in access_chain {
                    if let AccessExpr::Dot(Expr::Identifier(field)) = access {
                        *access = field_access(field);
                    }
                }
            }
            Expr::CompoundIdentifier(parts) => {
                let (last, tables) = parts.split_last_mut().expect("an identifier has parts");
                for part in tables {
                    match self.spelling.names.contains_key(&part.value.to_lowercase()) {
                        true => self.spelling.correct(part),
                        false => part.value = view_name(&part.value),
                    }
                }
                self.spelling.correct(last);
            }
            _ => {}
        }
        type_number(expr);
        unwrap_interval(expr);
        rewrite_function(expr);
        ControlFlow::Continue(())
    }
}

struct Literals;

impl VisitorMut for Literals {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        type_number(expr);
        unwrap_interval(expr);
        rewrite_function(expr);
        ControlFlow::Continue(())
    }
}

/// `GROUP BY 1` names a column by its place: the number must stay bare.
fn bare_ordinals(select: &mut Select) {
    if let GroupByExpr::Expressions(exprs, _) = &mut select.group_by {
        for expr in exprs {
            if let Some(number) = as_typed_number(expr) {
                *expr = number;
            }
        }
    }
}

/// A whole-number literal that fits becomes `CAST(literal AS INT)`, one with an exponent a double;
/// planning folds the cast.
fn type_number(expr: &mut Expr) {
    let Expr::Value(value) = expr else { return };
    let Value::Number(digits, long) = &value.value else {
        return;
    };
    let data_type = if !long && digits.parse::<i32>().is_ok() {
        ast::DataType::Int(None)
    } else if digits.contains(['e', 'E']) {
        ast::DataType::DoublePrecision
    } else {
        return;
    };
    *expr = Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr.clone()),
        data_type,
        array: false,
        format: None,
    };
}

/// The literal within what [`type_number`] made.
fn as_typed_number(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::Cast {
            expr,
            data_type: ast::DataType::Int(None),
            ..
        } => match expr.as_ref() {
            Expr::Value(value) if matches!(value.value, Value::Number(_, _)) => {
                Some(expr.as_ref().clone())
            }
            _ => None,
        },
        _ => None,
    }
}

/// The number in `INTERVAL 10 SECONDS` is no value by itself.
fn unwrap_interval(expr: &mut Expr) {
    if let Expr::Interval(interval) = expr
        && let Some(number) = as_typed_number(&interval.value)
    {
        *interval.value = number;
    }
}

/// Gives columns without a name Spark's name, and others the spelling of the query.
fn name_columns(select: &mut Select, spelling: &Spelling) {
    for item in &mut select.projection {
        let SelectItem::UnnamedExpr(expr) = item else {
            continue;
        };
        let name = column_name(expr);
        let known = match &expr {
            Expr::Identifier(ident) if suffixed_number(ident).is_none() => {
                spelling
                    .names
                    .get(&ident.value.to_lowercase())
                    .is_none_or(|known| *known == name)
                    && !ident.value.eq_ignore_ascii_case("window")
            }
            _ => false,
        };
        if !known {
            let alias = Ident::with_quote('`', name);
            *item = SelectItem::ExprWithAlias {
                expr: expr.clone(),
                alias,
            };
        }
    }
}

/// The columns of a table, or of a query that names them all.
fn columns_of(factor: &TableFactor, spelling: &Spelling) -> Option<Vec<String>> {
    match factor {
        TableFactor::Table { name, .. } => {
            let name = name.0.last()?.to_string();
            spelling.columns.get(&view_name(&name)).cloned()
        }
        TableFactor::Derived { subquery, .. } => {
            let SetExpr::Select(select) = subquery.body.as_ref() else {
                return None;
            };
            let names = select.projection.iter().map(|item| match item {
                SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
                SelectItem::UnnamedExpr(expr) => Some(column_name(expr)),
                _ => None,
            });
            names.collect()
        }
        _ => None,
    }
}

/// `struct(*)` is a struct of all columns of the tables.
fn expand_struct(select: &mut Select, spelling: &Spelling) {
    let mut columns = Vec::new();
    for table in &select.from {
        let joined = table.joins.iter().map(|join| &join.relation);
        for factor in std::iter::once(&table.relation).chain(joined) {
            let Some(known) = columns_of(factor, spelling) else {
                return;
            };
            columns.extend(known);
        }
    }
    for item in &mut select.projection {
        let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
            continue;
        };
        let _ = visit_expressions_mut(expr, |e| {
            if let Expr::Function(function) = e
                && function_name(function) == "struct"
                && let FunctionArguments::List(list) = &mut function.args
                && matches!(
                    list.args[..],
                    [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]
                )
            {
                let columns = columns.iter().map(|name| Ident::with_quote('`', name));
                let arguments = columns.map(|name| {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(name)))
                });
                list.args = arguments.collect();
            }
            ControlFlow::<()>::Continue(())
        });
    }
}

/// The `window(..)` that a `SELECT` groups by.
fn group_window(select: &Select) -> Option<Expr> {
    let GroupByExpr::Expressions(exprs, _) = &select.group_by else {
        return None;
    };
    exprs
        .iter()
        .find(|expr| {
            matches!(expr, Expr::Function(function)
                if function_name(function) == "window")
        })
        .cloned()
}

/// `['field']`
fn field_access(field: &Ident) -> AccessExpr {
    let name = Value::SingleQuotedString(field.value.clone()).with_empty_span();
    AccessExpr::Subscript(Subscript::Index {
        index: Expr::Value(name),
    })
}

/// Puts `call` in place of the columns `window` and `window.start`.
fn replace_window(select: &mut Select, call: &Expr) {
    let is_window = |ident: &Ident| ident.value.eq_ignore_ascii_case("window");
    let replace = |expr: &mut Expr| {
        let _ = visit_expressions_mut(expr, |e| {
            match e {
                Expr::Identifier(ident) if is_window(ident) => *e = call.clone(),
                Expr::CompoundIdentifier(parts) if is_window(&parts[0]) => {
                    let fields = parts[1..].iter();
                    let access_chain = fields
                        .map(|field| field_access(&Ident::new(field.value.to_lowercase())))
                        .collect();
                    *e = Expr::CompoundFieldAccess {
                        root: Box::new(call.clone()),
                        access_chain,
                    };
                }
                _ => {}
            }
            ControlFlow::<()>::Continue(())
        });
    };
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
            replace(expr);
        }
    }
    select.having.iter_mut().for_each(replace);
}
