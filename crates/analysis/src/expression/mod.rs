//! Expressions: names, types and functions resolved.

pub(crate) mod argument;
pub(crate) mod call;
pub(crate) mod canonical;
pub(crate) mod identifier;
pub(crate) mod literal;
pub(crate) mod predicate;
pub(crate) mod routine;
pub(crate) mod window;

use datafusion_common::ScalarValue;
use datafusion_common::tree_node::TreeNode;
use datafusion_expr::Expr;
use functions::{Function, Typed, explicit_cast, find};
use sql::{DataType, Expression, ExpressionKind, FunctionCall, LikeQuantifier, TrimSide, balanced};

use crate::analyser::{Analyser, with_stack};
use crate::error::{Error, Result, not_supported};
use crate::expression::call::Given;
use crate::scope::Scope;

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
pub(crate) struct Parameter {
    pub name: String,
    pub variable: Typed,
}

/// Resolves expressions in one scope.
pub(crate) struct Resolver<'a> {
    pub analyser: &'a Analyser,
    pub scope: &'a Scope<'a>,
    /// The parameters of the lambdas around, innermost last.
    pub lambdas: Vec<Parameter>,
}

impl Resolver<'_> {
    pub(crate) fn resolve(&self, expression: &Expression) -> Result<Typed> {
        let place = self.analyser.place(expression.span);
        let resolved = with_stack(|| self.resolve_kind(expression));
        resolved.map_err(|error| error.at(Some(&place)))
    }

    pub(crate) fn resolve_all(&self, expressions: &[Expression]) -> Result<Vec<Typed>> {
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
    pub(crate) fn attribute(&self, parts: &[String]) -> Result<Typed> {
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
        let name = quantified_name(like, child, &patterns, quantifier, is_negated);
        let combine = match quantifier {
            LikeQuantifier::Any => "or",
            LikeQuantifier::All => "and",
        };
        let tests = patterns.into_iter().map(|pattern| {
            let one = self.call_named(like, vec![child.clone(), pattern])?;
            match is_negated {
                true => self.call_named("not", vec![one]),
                false => Ok(one),
            }
        });
        let whole = balanced(tests.collect(), |left: Result<Typed>, right| {
            self.call_named(combine, vec![left?, right?])
        });
        match whole {
            Some(whole) => Ok(whole?.named(name)),
            None => Err(Error::internal("LIKE without a pattern")),
        }
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

/// What Spark shows for `LIKE ANY` and `LIKE ALL`: one expression if the patterns are constants, else each `LIKE`.
fn quantified_name(
    like: &str,
    child: &Typed,
    patterns: &[Typed],
    quantifier: LikeQuantifier,
    is_negated: bool,
) -> String {
    let is_constant = |pattern: &Typed| pattern.literal().is_some_and(|value| !value.is_null());
    if !patterns.iter().all(is_constant) {
        let not = if is_negated { "NOT " } else { "" };
        let word = match quantifier {
            LikeQuantifier::Any => " OR ",
            LikeQuantifier::All => " AND ",
        };
        let like = like.to_uppercase();
        let each = patterns
            .iter()
            .map(|pattern| format!("{not}{} {like} {}", child.name, pattern.name));
        return format!("({})", each.collect::<Vec<_>>().join(word));
    }
    let not = if is_negated { "not" } else { "" };
    let word = match quantifier {
        LikeQuantifier::Any => "likeany",
        LikeQuantifier::All => "likeall",
    };
    match like {
        "ilike" => format!("{not}{word}(lower({}))", child.name),
        _ => format!("{not}{word}({})", child.name),
    }
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

/// The constant value of a resolved expression.
pub(crate) fn fold(typed: &Typed) -> Result<ScalarValue> {
    match typed.literal() {
        Some(value) => Ok(value.clone()),
        None => functions::fold(&typed.expr),
    }
}
