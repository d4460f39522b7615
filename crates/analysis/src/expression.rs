//! Expressions: names, types and functions resolved.

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion_common::ScalarValue;
use datafusion_common::tree_node::TreeNode;
use datafusion_expr::Expr;
use datafusion_expr::expr::{Lambda, LambdaVariable};
use functions::types::to_arrow;
use functions::{Call, Clauses, Function, Kind, Lambdas, Typed, explicit_cast, find};
use sql::{
    ArgumentValue, DataType, Expression, ExpressionKind, FunctionCall, LikeQuantifier,
    SortDirection, TrimSide,
};

use crate::analyser::{Analyser, with_stack};
use crate::argument::{default_of, places_of};
use crate::error::{Error, Result, not_supported};
use crate::identifier::identifier_clause;
use crate::routine::Routine;
use crate::scope::Scope;
use crate::subquery::Unknown;

impl Analyser {
    /// Resolves the arguments of a call of a generator over the columns of `scope`.
    pub(crate) fn resolve_generator(
        &self,
        function: &'static Function,
        call: &FunctionCall,
        expression: &Expression,
        scope: &Scope<'_>,
    ) -> Result<Typed> {
        let resolver = Resolver {
            analyser: self,
            scope,
            lambdas: Vec::new(),
        };
        let values = resolver
            .arguments(function, call)?
            .into_iter()
            .map(|given| match given {
                Given::Typed(typed) => Ok(typed),
                Given::Lambda(_) => Err(not_supported("A lambda as the argument of a generator")),
            });
        resolver.call(function, values.collect::<Result<_>>()?, Some(expression))
    }

    /// Resolves an expression over the columns of `scope`. Aggregates and window functions stay in it as they are.
    pub(crate) fn resolve(&self, expression: &Expression, scope: &Scope<'_>) -> Result<Typed> {
        Resolver {
            analyser: self,
            scope,
            lambdas: Vec::new(),
        }
        .resolve(expression)
    }
}

/// A parameter of a lambda: its name in the query, and the variable it became.
#[derive(Clone)]
struct Parameter {
    name: String,
    variable: Typed,
}

/// Resolves expressions in one scope.
struct Resolver<'a> {
    analyser: &'a Analyser,
    scope: &'a Scope<'a>,
    /// The parameters of the lambdas around, innermost last.
    lambdas: Vec<Parameter>,
}

impl Resolver<'_> {
    fn resolve(&self, expression: &Expression) -> Result<Typed> {
        let place = self.analyser.place(expression.span);
        let resolved = with_stack(|| self.resolve_kind(expression));
        resolved.map_err(|error| error.at(Some(&place)))
    }

    fn resolve_all(&self, expressions: &[Expression]) -> Result<Vec<Typed>> {
        expressions
            .iter()
            .map(|child| self.resolve(child))
            .collect()
    }

    fn resolve_kind(&self, expression: &Expression) -> Result<Typed> {
        match &expression.kind {
            ExpressionKind::Literal(literal) => self.analyser.literal(literal),
            ExpressionKind::UnresolvedAttribute { parts, .. } => self.attribute(parts),
            ExpressionKind::AttributeReference { name, id } => self.scope.reference(name, *id),
            ExpressionKind::UnresolvedStar { .. } => Err(Error::analysis(
                "INVALID_USAGE_OF_STAR_OR_REGEX",
                "Invalid usage of '*' in expression.",
            )),
            ExpressionKind::UnresolvedFunction(call) => self.function(call, expression),
            ExpressionKind::UnresolvedExtractValue { base, extraction } => {
                self.extract(base, extraction, expression)
            }
            ExpressionKind::Cast { child, to, is_try } => {
                let child = self.resolve(child)?;
                let to = self.analyser.data_type(to);
                let place = self.analyser.place(expression.span);
                let settings = &self.analyser.settings;
                let mut cast = explicit_cast(child, &to, settings, Some(&place), *is_try)?;
                cast.alias = None;
                Ok(cast)
            }
            ExpressionKind::Alias { child, names } => {
                let mut child = self.resolve(child)?;
                let [name] = names.as_slice() else {
                    return Err(not_supported("More than one name for an expression"));
                };
                child.name = format!("{} AS {}", child.name, sql::quote_if_needed(name));
                child.alias = Some(name.clone());
                Ok(child)
            }
            ExpressionKind::Lambda { .. } => Err(Error::analysis(
                "INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION",
                "Invalid lambda function call. A lambda function should only be used in a higher order function.",
            )),
            ExpressionKind::Trim {
                side,
                characters,
                source,
            } => self.trim(*side, characters.as_deref(), source, expression),
            ExpressionKind::LikeQuantified {
                child,
                patterns,
                quantifier,
                ignores_case,
                is_negated,
            } => {
                let like = if *ignores_case { "ilike" } else { "like" };
                let child = self.resolve(child)?;
                let patterns = self.resolve_all(patterns)?;
                self.like_quantified(like, &child, patterns, *quantifier, *is_negated)
            }
            ExpressionKind::ScalarSubquery(query) => {
                self.analyser.scalar_subquery(query, self.scope, expression)
            }
            ExpressionKind::Exists(query) => self.analyser.exists(query, self.scope),
            ExpressionKind::InSubquery { values, query } => {
                let values = self.resolve_all(values)?;
                self.analyser
                    .in_subquery(values, query, self.scope, self.scope.unknown)
            }
            ExpressionKind::NamedParameter(name) => Err(unbound_parameter(name)),
            ExpressionKind::PositionalParameter(_) => Err(unbound_parameter(
                &sql::positional_name(&self.analyser.text, expression.span),
            )),
            ExpressionKind::Default => {
                Err(not_supported("DEFAULT outside of INSERT, UPDATE and SET"))
            }
        }
    }

    /// A column, a field of a column, or a parameter of a lambda.
    fn attribute(&self, parts: &[String]) -> Result<Typed> {
        let parameter = self
            .lambdas
            .iter()
            .rev()
            .find(|parameter| self.scope.same(&parameter.name, &parts[0]));
        if let Some(parameter) = parameter {
            return self.fields(parameter.variable.clone(), &parts[1..]);
        }
        if let Some((column, used)) = self.scope.find(parts)? {
            return self.fields(column, &parts[used..]);
        }
        if let [name] = parts
            && let Some(typed) = self.keyword(name)?
        {
            return Ok(typed);
        }
        if let Some((variable, used)) = self.variable(parts) {
            return self.fields(variable, &parts[used..]);
        }
        Err(self.scope.unresolved(parts))
    }

    /// A session variable, and how many parts of the name it is called by: `x`, `session.x`, `system.session.x`.
    fn variable(&self, parts: &[String]) -> Option<(Typed, usize)> {
        let schemas = [&[][..], &["session"], &["system", "session"]];
        schemas.iter().find_map(|schema| {
            let (before, after) = parts.split_at_checked(schema.len())?;
            let is_schema = before
                .iter()
                .zip(*schema)
                .all(|(part, known)| part.eq_ignore_ascii_case(known));
            let name = after.first().filter(|_| is_schema)?;
            let mut variable = self.analyser.catalog().variable(name)?;
            variable.alias = Some(name.clone());
            Some((variable, schema.len() + 1))
        })
    }

    /// Functions that are called without parentheses.
    fn keyword(&self, name: &str) -> Result<Option<Typed>> {
        const KEYWORDS: [&str; 10] = [
            "current_date",
            "current_timestamp",
            "current_time",
            "localtimestamp",
            "localtime",
            "current_user",
            "user",
            "session_user",
            "current_catalog",
            "grouping__id",
        ];
        let name = name.to_ascii_lowercase();
        if !KEYWORDS.contains(&name.as_str()) {
            return Ok(None);
        }
        let function = match name.as_str() {
            "user" => "current_user",
            "grouping__id" => "grouping_id",
            name => name,
        };
        let Some(function) = find(function) else {
            return Ok(None);
        };
        let mut value = self.call(function, Vec::new(), None)?;
        if name == "grouping__id" {
            value.alias = Some(name);
        }
        Ok(Some(value))
    }

    /// `base.f.g`: fields of structs.
    fn fields(&self, base: Typed, names: &[String]) -> Result<Typed> {
        let mut typed = base;
        for name in names {
            typed = self.field(typed, name)?;
        }
        Ok(typed)
    }

    /// The field of a struct, or of every struct of an array.
    fn field(&self, base: Typed, name: &str) -> Result<Typed> {
        let (fields, function) = match &base.data_type {
            DataType::Struct(fields) => (fields, "__field"),
            DataType::Array(element) => match element.as_ref() {
                DataType::Struct(fields) => (fields, "__array_field"),
                _ => return Err(not_extractable(&base, name)),
            },
            DataType::Map(..) => {
                let key = Typed::string(name);
                let shown = format!("{}[{name}]", base.name);
                let is_column = base.alias.is_some();
                let mut item = self.call_named("__get_item", vec![base, key])?.named(shown);
                item.alias = is_column.then(|| name.to_owned());
                return Ok(item);
            }
            _ => return Err(not_extractable(&base, name)),
        };
        let found: Vec<&str> = fields
            .iter()
            .map(|field| field.name.as_str())
            .filter(|known| self.scope.same(known, name))
            .collect();
        let known = match found.as_slice() {
            [known] => (*known).to_owned(),
            [] => {
                let known: Vec<String> = fields
                    .iter()
                    .map(|field| format!("`{}`", field.name))
                    .collect();
                return Err(Error::analysis(
                    "FIELD_NOT_FOUND",
                    format!("No such struct field `{name}` in {}.", known.join(", ")),
                ));
            }
            _ => {
                return Err(Error::analysis(
                    "AMBIGUOUS_REFERENCE_TO_FIELDS",
                    format!(
                        "Ambiguous reference to the field `{name}`. It appears {} times in the schema.",
                        found.len()
                    ),
                ));
            }
        };
        let shown = format!("{}.{name}", base.name);
        // Only the field of a column gives its name to a column.
        let is_column = base.alias.is_some();
        let mut field = self
            .call_named(function, vec![base, Typed::string(&known)])?
            .named(shown);
        field.alias = is_column.then(|| name.to_owned());
        Ok(field)
    }

    /// `base[key]`.
    fn extract(&self, base: &Expression, key: &Expression, whole: &Expression) -> Result<Typed> {
        let base = self.resolve(base)?;
        if let ExpressionKind::Literal(sql::Literal::String(name)) = &key.kind {
            let is_struct = match &base.data_type {
                DataType::Struct(_) => true,
                DataType::Array(element) => matches!(**element, DataType::Struct(_)),
                _ => false,
            };
            if is_struct {
                return self.field(base, name);
            }
        }
        let key = self.resolve(key)?;
        if !matches!(base.data_type, DataType::Array(_) | DataType::Map(..)) {
            return Err(not_extractable(&base, &key.name));
        }
        let name = format!("{}[{}]", base.name, key.name);
        let Some(function) = find("__get_item") else {
            return Err(self.analyser.unresolved_routine(&["__get_item".to_owned()]));
        };
        Ok(self
            .call(function, vec![base, key], Some(whole))?
            .named(name))
    }

    fn trim(
        &self,
        side: TrimSide,
        characters: Option<&Expression>,
        source: &Expression,
        whole: &Expression,
    ) -> Result<Typed> {
        let (function, word) = match side {
            TrimSide::Both => ("trim", "BOTH"),
            TrimSide::Leading => ("ltrim", "LEADING"),
            TrimSide::Trailing => ("rtrim", "TRAILING"),
        };
        let source = self.resolve(source)?;
        let characters = characters
            .map(|characters| self.resolve(characters))
            .transpose()?;
        let name = match &characters {
            Some(characters) => format!("TRIM({word} {} FROM {})", characters.name, source.name),
            None => format!("{function}({})", source.name),
        };
        // The function takes the characters first.
        let arguments = characters.into_iter().chain([source]).collect();
        let Some(function) = find(function) else {
            return Err(self.analyser.unresolved_routine(&[function.to_owned()]));
        };
        Ok(self.call(function, arguments, Some(whole))?.named(name))
    }

    /// `child [NOT] LIKE ANY|ALL (patterns)`.
    fn like_quantified(
        &self,
        like: &str,
        child: &Typed,
        patterns: Vec<Typed>,
        quantifier: LikeQuantifier,
        is_negated: bool,
    ) -> Result<Typed> {
        let word = match quantifier {
            LikeQuantifier::Any => "likeany",
            LikeQuantifier::All => "likeall",
        };
        let word = if is_negated {
            format!("not{word}")
        } else {
            word.to_owned()
        };
        let names: Vec<&str> = patterns
            .iter()
            .map(|pattern| pattern.name.as_str())
            .collect();
        let name = format!("{word}({}, {})", child.name, names.join(", "));
        let combine = match quantifier {
            LikeQuantifier::Any => "or",
            LikeQuantifier::All => "and",
        };
        let mut all: Option<Typed> = None;
        for pattern in patterns {
            let mut one = self.call_named(like, vec![child.clone(), pattern])?;
            if is_negated {
                one = self.call_named("not", vec![one])?;
            }
            all = Some(match all {
                None => one,
                Some(before) => self.call_named(combine, vec![before, one])?,
            });
        }
        match all {
            Some(all) => Ok(all.named(name)),
            None => Err(Error::internal("LIKE without a pattern")),
        }
    }

    fn function(&self, call: &FunctionCall, whole: &Expression) -> Result<Typed> {
        if let Some(computed) = &call.computed_name {
            let call = FunctionCall {
                name: self.analyser.computed_name(computed, self.scope)?,
                computed_name: None,
                ..call.clone()
            };
            return self.function(&call, whole);
        }
        if let Some(computed) = identifier_clause(call) {
            let parts = self.analyser.computed_name(computed, self.scope)?;
            return self.attribute(&parts);
        }
        let function = match lookup(&call.name) {
            Some(function) => function,
            None => {
                let missing = || self.analyser.unresolved_routine(&call.name);
                let found = self.analyser.catalog().routine(&call.name)?;
                let found = found.ok_or_else(missing)?;
                return self.routine(&found, call);
            }
        };
        if function.kind == Kind::Generator {
            return Err(Error::analysis(
                "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS",
                format!(
                    "The generator is not supported: nested in expressions \"{}\".",
                    function.name
                ),
            ));
        }
        if let Some(not_in) = self.not_in(call)? {
            return Ok(not_in);
        }
        // The arguments of an aggregate name columns of the input before items of `SELECT`.
        let input;
        let arguments = match function.kind == Kind::Aggregate && self.scope.prefers_aliases {
            true => {
                input = self.scope.of_input();
                let inner = Resolver {
                    scope: &input,
                    lambdas: self.lambdas.clone(),
                    ..*self
                };
                inner.arguments(function, call)?
            }
            false => self.arguments(function, call)?,
        };
        let mut values = Vec::with_capacity(arguments.len());
        let mut lambdas = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            match argument {
                Given::Typed(typed) => values.push(typed.clone()),
                Given::Lambda(expression) => {
                    lambdas.push((index, *expression));
                    values.push(Typed::null(DataType::Void));
                }
            }
        }
        let mut lambdas = QueryLambdas {
            resolver: self,
            lambdas,
        };
        let place = self.analyser.place(whole.span);
        let settings = &self.analyser.settings;
        // A row in parentheses: Spark shows the names of its fields.
        let is_row = call.name == ["struct"]
            && place
                .text
                .get(place.start..)
                .is_some_and(|text| text.starts_with('('));
        let shown: Vec<String> = values.iter().map(|value| value.name.clone()).collect();
        let clauses = self.clauses(call)?;
        let resolved = Call::new(function, values, settings, Some(place), &mut lambdas);
        let mut typed = resolved.with_clauses(clauses).resolve()?;
        if is_row && let DataType::Struct(fields) = &typed.data_type {
            let fields = fields.iter().zip(&shown);
            let fields: Vec<String> = fields
                .map(|(field, shown)| format!("{}, {shown}", field.name))
                .collect();
            typed.name = format!("named_struct({})", fields.join(", "));
        }
        self.with_clauses(function, typed, call)
    }

    /// A call of a SQL function.
    fn routine(&self, routine: &Routine, call: &FunctionCall) -> Result<Typed> {
        let has_clauses = call.is_distinct
            || call.filter.is_some()
            || call.over.is_some()
            || call.nulls.is_some()
            || !call.within_group.is_empty();
        if has_clauses {
            return Err(not_supported("A clause of an aggregate at a SQL function"));
        }
        let resolve = |argument: &Expression| self.resolve(argument);
        self.analyser
            .routine_value(routine, &call.arguments, self.scope, &resolve)
    }

    /// `DISTINCT`, `WITHIN GROUP`, `IGNORE NULLS` and whether there is a `FILTER`.
    fn clauses(&self, call: &FunctionCall) -> Result<Clauses> {
        let mut within_group = Vec::with_capacity(call.within_group.len());
        for order in &call.within_group {
            within_group.push(functions::SortKey {
                key: self.resolve(&order.child)?,
                is_ascending: order.direction == SortDirection::Ascending,
                nulls_first: order.nulls_first,
            });
        }
        Ok(Clauses {
            is_distinct: call.is_distinct,
            nulls: call.nulls,
            within_group,
            has_filter: call.filter.is_some(),
        })
    }

    /// `NOT IN (query)` as a value: false where it is unknown.
    fn not_in(&self, call: &FunctionCall) -> Result<Option<Typed>> {
        let ([name], [argument]) = (call.name.as_slice(), call.arguments.as_slice()) else {
            return Ok(None);
        };
        let ArgumentValue::Expression(inner) = &argument.value else {
            return Ok(None);
        };
        let ExpressionKind::InSubquery { values, query } = &inner.kind else {
            return Ok(None);
        };
        if name != "not" || self.scope.unknown != Unknown::False {
            return Ok(None);
        }
        let values = self.resolve_all(values)?;
        let is_in = self
            .analyser
            .in_subquery(values, query, self.scope, Unknown::True)?;
        self.call_named("not", vec![is_in]).map(Some)
    }

    /// Adds `FILTER` and `OVER` to what was resolved.
    fn with_clauses(
        &self,
        function: &Function,
        mut typed: Typed,
        call: &FunctionCall,
    ) -> Result<Typed> {
        if let Some(filter) = &call.filter {
            let condition = self.resolve(filter)?;
            check_filter(&condition)?;
            let name = format!("{} FILTER (WHERE {})", typed.name, condition.name);
            let condition = self.analyser.boolean(condition)?;
            typed = functions::filtered(typed, &condition)?.named(name);
        }
        match (&call.over, function.kind) {
            (Some(over), Kind::Aggregate | Kind::Window) => {
                self.analyser.over(typed, over, self.scope)
            }
            (Some(_), _) => Err(Error::analysis(
                "UNSUPPORTED_EXPR_FOR_WINDOW",
                format!(
                    "Expression \"{}\" not supported within a window function.",
                    typed.name
                ),
            )),
            (None, Kind::Window) => Err(Error::analysis(
                "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE",
                format!(
                    "Window function \"{}\" requires an OVER clause.",
                    typed.name
                ),
            )),
            (None, Kind::Aggregate) if has_nested_aggregate(&typed.expr) => Err(Error::analysis(
                "NESTED_AGGREGATE_FUNCTION",
                "It is not allowed to use an aggregate function in the argument of another aggregate function. Please use \
                 the inner aggregate function in a sub-query.",
            )),
            (None, _) => Ok(typed),
        }
    }

    /// The arguments by position. `*` stands for all columns, and for 1 in `count(*)`.
    fn arguments<'e>(&self, function: &Function, call: &'e FunctionCall) -> Result<Vec<Given<'e>>> {
        let mut given: Vec<Option<Given<'e>>> = Vec::with_capacity(call.arguments.len());
        let places = places_of(function, &call.arguments)?;
        for (argument, place) in call.arguments.iter().zip(places) {
            let ArgumentValue::Expression(expression) = &argument.value else {
                return Err(not_supported("A table as an argument"));
            };
            let index = place.unwrap_or(given.len());
            let value = match &expression.kind {
                ExpressionKind::UnresolvedStar {
                    target: Some(target),
                    ..
                } if function.name == "count" => {
                    return Err(Error::analysis(
                        "INVALID_USAGE_OF_STAR_WITH_TABLE_IDENTIFIER_IN_COUNT",
                        format!(
                            "`count({}.*)` is not allowed. Please use `count(*)` or expand the columns manually.",
                            target.join(".")
                        ),
                    ));
                }
                ExpressionKind::UnresolvedStar {
                    target: None,
                    except,
                } if function.name == "count"
                    && !call.is_distinct
                    && except.is_empty()
                    && call.arguments.len() == 1 =>
                {
                    Given::Typed(Typed::int(1))
                }
                ExpressionKind::UnresolvedStar { target, except } => {
                    let columns = self.analyser.star(target.as_deref(), except, self.scope)?;
                    given.extend(columns.into_iter().map(|column| Some(Given::Typed(column))));
                    continue;
                }
                ExpressionKind::Lambda { .. } => Given::Lambda(expression),
                _ => Given::Typed(self.resolve(expression)?),
            };
            if given.len() <= index {
                given.resize_with(index + 1, || None);
            }
            given[index] = Some(value);
        }
        let filled = given.into_iter().enumerate();
        filled
            .map(|(index, given)| match given {
                Some(given) => Ok(given),
                None => default_of(function, index).map(Given::Typed),
            })
            .collect()
    }

    /// Resolves a function of the registry by name.
    fn call_named(&self, name: &str, arguments: Vec<Typed>) -> Result<Typed> {
        match find(name) {
            Some(function) => self.call(function, arguments, None),
            None => Err(self.analyser.unresolved_routine(&[name.to_owned()])),
        }
    }

    fn call(
        &self,
        function: &'static Function,
        arguments: Vec<Typed>,
        at: Option<&Expression>,
    ) -> Result<Typed> {
        let mut lambdas = QueryLambdas {
            resolver: self,
            lambdas: Vec::new(),
        };
        let place = at.map(|expression| self.analyser.place(expression.span));
        Call::new(
            function,
            arguments,
            &self.analyser.settings,
            place,
            &mut lambdas,
        )
        .resolve()
    }
}

/// The function of this name. `system.builtin` and `builtin` may stand before it.
pub(crate) fn lookup(name: &[String]) -> Option<&'static Function> {
    let plain = match name {
        [name] => Some(name),
        [schema, name] if schema.eq_ignore_ascii_case("builtin") => Some(name),
        [catalog, schema, name]
            if catalog.eq_ignore_ascii_case("system") && schema.eq_ignore_ascii_case("builtin") =>
        {
            Some(name)
        }
        _ => None,
    };
    plain
        .and_then(|name| find(name))
        .filter(|function| function.is_public())
}

/// `UNBOUND_SQL_PARAMETER`: parameters with values are not in the text any more.
fn unbound_parameter(name: &str) -> Error {
    Error::analysis("UNBOUND_SQL_PARAMETER", sql::unbound_message(name))
}

pub(crate) fn not_extractable(base: &Typed, key: &str) -> Error {
    Error::analysis(
        "INVALID_EXTRACT_BASE_FIELD_TYPE",
        format!(
            "Can't extract a value from \"{}\". Need a complex type [STRUCT, ARRAY, MAP] but got \"{}\" (field {key}).",
            base.name,
            base.data_type.sql()
        ),
    )
}

/// An argument as it was given.
enum Given<'e> {
    Typed(Typed),
    Lambda(&'e Expression),
}

/// The lambdas among the arguments of a call.
struct QueryLambdas<'a> {
    resolver: &'a Resolver<'a>,
    lambdas: Vec<(usize, &'a Expression)>,
}

impl Lambdas for QueryLambdas<'_> {
    fn arity(&self, index: usize) -> Option<usize> {
        let (_, lambda) = self.lambdas.iter().find(|(at, _)| *at == index)?;
        match &lambda.kind {
            ExpressionKind::Lambda { arguments, .. } => Some(arguments.len()),
            _ => None,
        }
    }

    fn resolve(&mut self, index: usize, parameters: &[(DataType, bool)]) -> Result<Typed> {
        let found = self.lambdas.iter().find(|(at, _)| *at == index);
        let Some((
            _,
            Expression {
                kind: ExpressionKind::Lambda { arguments, body },
                ..
            },
        )) = found
        else {
            return Err(Error::internal("there is no lambda at this place"));
        };
        let is_same = |a: &str, b: &str| self.resolver.scope.same(a, b);
        let twice = arguments
            .iter()
            .enumerate()
            .any(|(at, name)| arguments[..at].iter().any(|earlier| is_same(earlier, name)));
        if twice {
            let names: Vec<String> = arguments.iter().map(|name| format!("`{name}`")).collect();
            return Err(Error::analysis(
                "INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES",
                format!(
                    "Invalid lambda function call. The lambda function has duplicate arguments {}. Please, consider to rename the argument names or set \"spark.sql.caseSensitive\" to \"true\".",
                    names.join(", ")
                ),
            ));
        }
        let mut lambdas = self.resolver.lambdas.clone();
        let mut names = Vec::with_capacity(arguments.len());
        for (name, (data_type, nullable)) in arguments.iter().zip(parameters) {
            let unique = format!("{name}#{}", self.resolver.analyser.next_id());
            let field = Arc::new(Field::new(&unique, to_arrow(data_type), *nullable));
            let variable = Expr::LambdaVariable(LambdaVariable::new(unique.clone(), Some(field)));
            names.push(unique);
            let mut variable = Typed::new(
                variable,
                data_type.clone(),
                *nullable,
                "namedlambdavariable()",
            );
            variable.alias = Some(name.clone());
            lambdas.push(Parameter {
                name: name.clone(),
                variable,
            });
        }
        let inner = Resolver {
            analyser: self.resolver.analyser,
            scope: self.resolver.scope,
            lambdas,
        };
        let body = inner.resolve(body)?;
        let parameters = vec!["namedlambdavariable()"; names.len()].join(", ");
        let name = format!("lambdafunction({}, {parameters})", body.name);
        let expr = Expr::Lambda(Lambda::new(names, body.expr));
        Ok(Typed::new(expr, body.data_type, body.nullable, name))
    }
}

/// Checks the condition of `FILTER`.
fn check_filter(condition: &Typed) -> Result<()> {
    let (condition_name, rest) = if condition.data_type != DataType::Boolean {
        (
            "INVALID_AGGREGATE_FILTER.NOT_BOOLEAN",
            "Expected a FILTER expression of the BOOLEAN type.",
        )
    } else if has_aggregate(&condition.expr) {
        (
            "INVALID_AGGREGATE_FILTER.CONTAINS_AGGREGATE",
            "Expected a FILTER expression without an aggregation.",
        )
    } else if has_window(&condition.expr) {
        (
            "INVALID_AGGREGATE_FILTER.CONTAINS_WINDOW_FUNCTION",
            "Expected a FILTER expression without a window function.",
        )
    } else if condition.expr.is_volatile() {
        (
            "INVALID_AGGREGATE_FILTER.NON_DETERMINISTIC",
            "Expected a deterministic FILTER expression.",
        )
    } else {
        return Ok(());
    };
    Err(Error::analysis(
        condition_name,
        format!(
            "The FILTER expression \"{}\" in an aggregate function is invalid. {rest}",
            condition.name
        ),
    ))
}

/// Whether an expression has an aggregate in it that is no window function.
pub(crate) fn has_aggregate(expr: &Expr) -> bool {
    let found = expr.exists(|expr| Ok(matches!(expr, Expr::AggregateFunction(_))));
    found.unwrap_or(false)
}

/// Whether an expression has a window function in it.
pub(crate) fn has_window(expr: &Expr) -> bool {
    let found = expr.exists(|expr| Ok(matches!(expr, Expr::WindowFunction(_))));
    found.unwrap_or(false)
}

/// Whether an aggregate has another one in its arguments.
fn has_nested_aggregate(expr: &Expr) -> bool {
    let nested = expr.exists(|expr| {
        Ok(match expr {
            Expr::AggregateFunction(aggregate) => {
                let params = &aggregate.params;
                params
                    .args
                    .iter()
                    .chain(params.filter.as_deref())
                    .any(has_aggregate)
            }
            _ => false,
        })
    });
    nested.unwrap_or(false)
}

/// The constant value of a resolved expression.
pub(crate) fn fold(typed: &Typed) -> Result<ScalarValue> {
    match typed.literal() {
        Some(value) => Ok(value.clone()),
        None => functions::fold(&typed.expr),
    }
}
