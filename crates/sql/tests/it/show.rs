//! Plans as short text: a call is `(function argument ..)`, a relation `Name(details, input)`.

use vltava_sql::{
    Argument, ArgumentValue, Expression, ExpressionKind, FrameBound, GroupingKind, JoinCriteria,
    Literal, ObjectName, PipeOperator, Relation, RelationKind, SetOperator, SortDirection,
    SortOrder, Window,
};

/// Items with spaces between them.
fn spaced<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(" ")
}

pub fn expression(e: &Expression) -> String {
    match &e.kind {
        ExpressionKind::Literal(value) => literal(value),
        ExpressionKind::UnresolvedAttribute { parts, .. } => parts.join("."),
        ExpressionKind::AttributeReference { name, id } => format!("{name}#{id}"),
        ExpressionKind::UnresolvedStar { target, except } => {
            let target = target
                .as_ref()
                .map_or(String::new(), |parts| format!("{}.", parts.join(".")));
            let except = match except.is_empty() {
                true => String::new(),
                false => format!(" except {}", spaced(except, |parts| parts.join("."))),
            };
            format!("{target}*{except}")
        }
        ExpressionKind::UnresolvedFunction(call) => {
            let mut text = match &call.computed_name {
                Some(name) => format!("(identifier({})", expression(name)),
                None => format!("({}", call.name.join(".")),
            };
            if call.is_distinct {
                text += " DISTINCT";
            }
            for argument in &call.arguments {
                text += &format!(" {}", self::argument(argument));
            }
            if !call.within_group.is_empty() {
                text += &format!(" within[{}]", spaced(&call.within_group, order));
            }
            if let Some(filter) = &call.filter {
                text += &format!(" filter[{}]", expression(filter));
            }
            if let Some(nulls) = call.nulls {
                text += &format!(" {nulls:?}Nulls");
            }
            if let Some(over) = &call.over {
                text += &format!(" over[{}]", window(over));
            }
            text + ")"
        }
        ExpressionKind::UnresolvedExtractValue { base, extraction } => {
            format!("{}[{}]", expression(base), expression(extraction))
        }
        ExpressionKind::Cast { child, to, is_try } => {
            let name = if *is_try { "try_cast" } else { "cast" };
            format!("({name} {} {to:?})", expression(child))
        }
        ExpressionKind::Alias { child, names } => {
            format!("{} AS {}", expression(child), names.join(","))
        }
        ExpressionKind::Lambda { arguments, body } => {
            format!("(lambda [{}] {})", arguments.join(" "), expression(body))
        }
        ExpressionKind::Trim {
            side,
            characters,
            source,
        } => {
            let characters = characters
                .as_ref()
                .map_or("-".to_owned(), |characters| expression(characters));
            format!("(trim {side:?} {characters} {})", expression(source))
        }
        ExpressionKind::LikeQuantified {
            child,
            patterns,
            quantifier,
            ignores_case,
            is_negated,
        } => {
            let not = if *is_negated { "not " } else { "" };
            let name = if *ignores_case { "ilike" } else { "like" };
            format!(
                "({not}{name} {quantifier:?} {} {})",
                expression(child),
                spaced(patterns, expression)
            )
        }
        ExpressionKind::ScalarSubquery(query) => format!("(scalar {})", relation(query)),
        ExpressionKind::Exists(query) => format!("(exists {})", relation(query)),
        ExpressionKind::InSubquery { values, query } => {
            format!("(in [{}] {})", spaced(values, expression), relation(query))
        }
        ExpressionKind::NamedParameter(name) => format!(":{name}"),
        ExpressionKind::PositionalParameter(number) => format!("?{number}"),
        ExpressionKind::Default => "DEFAULT".to_owned(),
    }
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Null => "NULL".to_owned(),
        Literal::Integer(value) => value.to_string(),
        Literal::String(value) => format!("{value:?}"),
        Literal::IntervalUnits(values) => {
            let values = values
                .iter()
                .map(|(value, unit)| format!("{value} {unit:?}"));
            format!("Interval({})", values.collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}

fn argument(argument: &Argument) -> String {
    let name = argument
        .name
        .as_ref()
        .map_or(String::new(), |name| format!("{name}=>"));
    match &argument.value {
        ArgumentValue::Expression(value) => format!("{name}{}", expression(value)),
        ArgumentValue::Table { table, .. } => format!("{name}table:{}", relation(table)),
    }
}

pub fn order(order: &SortOrder) -> String {
    let direction = match order.direction {
        SortDirection::Ascending => "",
        SortDirection::Descending => " desc",
    };
    let nulls = match order.nulls_first == (order.direction == SortDirection::Ascending) {
        true => "",
        false if order.nulls_first => " nulls first",
        false => " nulls last",
    };
    format!("{}{direction}{nulls}", expression(&order.child))
}

fn window(window: &Window) -> String {
    match window {
        Window::Named(name) => name.clone(),
        Window::Specification(specification) => {
            let mut text = format!("by[{}]", spaced(&specification.partition_by, expression));
            text += &format!(" order[{}]", spaced(&specification.order_by, order));
            if let Some(frame) = &specification.frame {
                text += &format!(
                    " {:?} {}..{}",
                    frame.units,
                    bound(&frame.start),
                    bound(&frame.end)
                );
            }
            text
        }
    }
}

fn bound(bound: &FrameBound) -> String {
    match bound {
        FrameBound::Preceding(distance) => format!("-{}", expression(distance)),
        FrameBound::Following(distance) => format!("+{}", expression(distance)),
        other => format!("{other:?}"),
    }
}

fn object_name(name: &ObjectName) -> String {
    match name {
        ObjectName::Parts(parts) => parts.join("."),
        ObjectName::Computed(computed) => format!("identifier({})", expression(computed)),
    }
}

pub fn relation(r: &Relation) -> String {
    match &r.kind {
        RelationKind::OneRow => "OneRow".to_owned(),
        RelationKind::Analysed(_)
        | RelationKind::WithColumns { .. }
        | RelationKind::WithColumnsRenamed { .. }
        | RelationKind::Drop { .. }
        | RelationKind::Deduplicate { .. } => panic!("the parser does not make {:?}", r.kind),
        RelationKind::Table {
            name,
            options,
            is_streaming,
        } => {
            let stream = if *is_streaming { "stream " } else { "" };
            let options = spaced(options, |option| {
                format!(" {}={:?}", option.key, option.value)
            });
            format!("{stream}{}{options}", object_name(name))
        }
        RelationKind::Values { rows } => format!("Values({})", spaced(rows, expression)),
        RelationKind::TableFunction { name, arguments } => {
            format!("{}({})", object_name(name), spaced(arguments, argument))
        }
        RelationKind::SubqueryAlias { input, alias } => match alias {
            Some(alias) if alias.columns.is_empty() => {
                format!("{} AS {}", relation(input), alias.name)
            }
            Some(alias) => format!(
                "{} AS {}({})",
                relation(input),
                alias.name,
                alias.columns.join(" ")
            ),
            None => format!("({})", relation(input)),
        },
        RelationKind::Watermark {
            input,
            column,
            delay,
        } => {
            format!(
                "Watermark({} {}, {})",
                expression(column),
                expression(delay),
                relation(input)
            )
        }
        RelationKind::Project { input, expressions } => {
            format!(
                "Project({}, {})",
                spaced(expressions, expression),
                relation(input)
            )
        }
        RelationKind::Aggregate {
            input,
            grouping,
            kind,
            expressions,
            keeps_grouping,
        } => {
            let kind = match kind {
                GroupingKind::GroupBy => String::new(),
                GroupingKind::GroupingSets(sets) => {
                    format!(
                        " sets{:?}",
                        sets.iter()
                            .map(|set| spaced(set, expression))
                            .collect::<Vec<_>>()
                    )
                }
                other => format!(" {other:?}"),
            };
            let keeps = if *keeps_grouping { " keeps" } else { "" };
            let (grouping, expressions) = (
                spaced(grouping, expression),
                spaced(expressions, expression),
            );
            format!(
                "Aggregate([{grouping}]{kind}{keeps} {expressions}, {})",
                relation(input)
            )
        }
        RelationKind::Distinct(input) => format!("Distinct({})", relation(input)),
        RelationKind::Filter { input, condition } => {
            format!("Filter({}, {})", expression(condition), relation(input))
        }
        RelationKind::Having { input, condition } => {
            format!("Having({}, {})", expression(condition), relation(input))
        }
        RelationKind::Qualify { input, condition } => {
            format!("Qualify({}, {})", expression(condition), relation(input))
        }
        RelationKind::Join {
            left,
            right,
            join_type,
            criteria,
            is_lateral,
        } => {
            let lateral = if *is_lateral { " lateral" } else { "" };
            let criteria = match criteria {
                JoinCriteria::None => String::new(),
                JoinCriteria::On(condition) => format!(" on {}", expression(condition)),
                JoinCriteria::Using(columns) => format!(" using {}", columns.join(" ")),
                JoinCriteria::Natural => " natural".to_owned(),
            };
            format!(
                "{join_type:?}{lateral}{criteria}({}, {})",
                relation(left),
                relation(right)
            )
        }
        RelationKind::SetOperation {
            left,
            right,
            operator,
            is_all,
        } => {
            let all = if *is_all { "All" } else { "" };
            let operator = match operator {
                SetOperator::Union => "Union",
                SetOperator::Intersect => "Intersect",
                SetOperator::Except => "Except",
            };
            format!("{operator}{all}({}, {})", relation(left), relation(right))
        }
        RelationKind::LateralView {
            input,
            generator,
            is_outer,
            table,
            columns,
        } => {
            let outer = if *is_outer { " outer" } else { "" };
            let columns = columns.join(" ");
            format!(
                "LateralView{outer}({} AS {table}({columns}), {})",
                expression(generator),
                relation(input)
            )
        }
        RelationKind::Pivot { input, pivot } => {
            let values = spaced(&pivot.values, |value| {
                let alias = value
                    .alias
                    .as_ref()
                    .map_or(String::new(), |alias| format!(" AS {alias}"));
                expression(&value.value) + &alias
            });
            let (aggregates, columns) = (
                spaced(&pivot.aggregates, expression),
                pivot.columns.join(" "),
            );
            format!(
                "Pivot({aggregates} for {columns} in {values}, {})",
                relation(input)
            )
        }
        RelationKind::Unpivot { input, unpivot } => {
            let columns = spaced(&unpivot.columns, |columns| {
                format!("{:?} {:?}", columns.columns, columns.alias)
            });
            let values = unpivot.value_columns.join(" ");
            format!(
                "Unpivot({values} for {} in {columns}, {})",
                unpivot.name_column,
                relation(input)
            )
        }
        RelationKind::Sample {
            input,
            method,
            seed,
        } => format!("Sample({method:?} {seed:?}, {})", relation(input)),
        RelationKind::Hints { input, hints } => {
            let hints = spaced(hints, |hint| {
                format!("{}({})", hint.name, spaced(&hint.arguments, expression))
            });
            format!("Hints({hints}, {})", relation(input))
        }
        RelationKind::WithWindows { input, windows } => {
            let windows = spaced(windows, |named| {
                format!("{}={}", named.name, window(&named.window))
            });
            format!("Windows({windows}, {})", relation(input))
        }
        RelationKind::Sort {
            input,
            order,
            is_global,
        } => {
            let name = if *is_global { "Sort" } else { "SortWithin" };
            format!(
                "{name}({}, {})",
                spaced(order, self::order),
                relation(input)
            )
        }
        RelationKind::Repartition { input, by } => format!(
            "Repartition({}, {})",
            spaced(by, expression),
            relation(input)
        ),
        RelationKind::Limit { input, limit } => {
            format!("Limit({}, {})", expression(limit), relation(input))
        }
        RelationKind::Offset { input, offset } => {
            format!("Offset({}, {})", expression(offset), relation(input))
        }
        RelationKind::With {
            tables,
            is_recursive,
            input,
        } => {
            let recursive = if *is_recursive { " recursive" } else { "" };
            let tables = spaced(tables, |table| {
                format!(
                    "{}({})={}",
                    table.name,
                    table.columns.join(" "),
                    relation(&table.query)
                )
            });
            format!("With{recursive}({tables}, {})", relation(input))
        }
        RelationKind::SetColumns { input, columns } => {
            let columns = spaced(columns, |(name, value)| {
                format!("{name}={}", expression(value))
            });
            format!("SetColumns({columns}, {})", relation(input))
        }
        RelationKind::Pipe { input, operator } => match operator {
            PipeOperator::Other => relation(input),
            operator => format!("{operator:?}({})", relation(input)),
        },
    }
}
