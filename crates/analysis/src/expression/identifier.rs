//! `IDENTIFIER(expression)`: names of tables, columns and functions that an expression gives.

use datafusion_common::ScalarValue;
use sql::{ArgumentValue, DataType, Expression, FunctionCall, ObjectName};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::scope::Scope;

impl Analyser {
    /// The parts of a name.
    ///
    /// # Errors
    /// `NOT_A_CONSTANT_STRING` for an expression in `IDENTIFIER(..)` that is not one; text that is not a name.
    pub fn object_name(&self, name: &ObjectName) -> Result<Vec<String>> {
        match name {
            ObjectName::Parts(parts) => Ok(parts.clone()),
            ObjectName::Computed(expression) => self.computed_name(expression, &Scope::default()),
        }
    }

    /// The name that `IDENTIFIER(expression)` stands for.
    pub(crate) fn computed_name(
        &self,
        expression: &Expression,
        scope: &Scope<'_>,
    ) -> Result<Vec<String>> {
        let place = self.place(expression.span);
        let typed = self.resolve(expression, scope)?;
        let refused = |condition: &'static str, why: &str| {
            let message = format!(
                "The expression {} used for the routine or clause IDENTIFIER must be a constant STRING which is NOT NULL.\
                 {why}",
                typed.name
            );
            Error::analysis(condition, message).at(Some(&place))
        };
        if !typed.is_foldable() {
            let why = "\nTo be considered constant the expression must not depend on any columns, contain a subquery, or \
                       invoke a non deterministic function such as rand().";
            return Err(refused("NOT_A_CONSTANT_STRING.NOT_CONSTANT", why));
        }
        if typed.data_type != DataType::String {
            let why = format!(
                "\nThe data type of the expression is {}.",
                typed.data_type.simple_string()
            );
            return Err(refused("NOT_A_CONSTANT_STRING.WRONG_TYPE", &why));
        }
        match crate::expression::fold(&typed)? {
            ScalarValue::Utf8(Some(text)) => sql::parse_name(&text).map_err(|error| {
                Error::analysis(error.condition(), error.message()).at(Some(&place))
            }),
            _ => Err(refused(
                "NOT_A_CONSTANT_STRING.NULL",
                "\nThe expression evaluates to NULL.",
            )),
        }
    }
}

/// The expression of `IDENTIFIER(expression)` in the place of a column, which the parser gives as a call.
pub(crate) fn identifier_clause(call: &FunctionCall) -> Option<&Expression> {
    match (call.name.as_slice(), call.arguments.as_slice()) {
        ([name], [argument]) if name.eq_ignore_ascii_case("identifier") => match &argument.value {
            ArgumentValue::Expression(value) if argument.name.is_none() => Some(value),
            _ => None,
        },
        _ => None,
    }
}
