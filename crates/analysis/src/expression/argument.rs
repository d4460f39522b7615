//! Arguments by name: `f(x, name => y)`.

use functions::{Function, Typed};
use sql::{Argument, DataType};

use crate::error::{Error, Result, not_supported};

/// The places of the arguments that are given by name; none for those by position, which stand in their order.
///
/// # Errors
/// A name that is no parameter's, two arguments for one parameter, an argument by position after one by name.
pub(crate) fn places(
    routine: &str,
    parameters: &[&str],
    arguments: &[Argument],
) -> Result<Vec<Option<usize>>> {
    let positional = arguments
        .iter()
        .take_while(|argument| argument.name.is_none())
        .count();
    let mut places: Vec<Option<usize>> = vec![None; positional];
    let mut before = "";
    for argument in &arguments[positional..] {
        let Some(name) = &argument.name else {
            return Err(Error::analysis(
                "UNEXPECTED_POSITIONAL_ARGUMENT",
                format!(
                    "Cannot invoke routine {routine} because it contains positional argument(s) following the named argument \
                     assigned to `{before}`; please rearrange them so the positional arguments come first and then retry the \
                     query again."
                ),
            ));
        };
        before = name;
        let place = parameters
            .iter()
            .position(|parameter| parameter.eq_ignore_ascii_case(name));
        let Some(place) = place else {
            return Err(unrecognized(routine, parameters, name));
        };
        if place < positional {
            let why = "A positional argument and named argument both referred to the same parameter. Please remove the named \
                       argument referring to this parameter.";
            let condition = "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.BOTH_POSITIONAL_AND_NAMED";
            return Err(given_twice(condition, routine, parameters[place], why));
        }
        if places.contains(&Some(place)) {
            let why = "More than one named argument referred to the same parameter. Please assign a value only once.";
            let condition =
                "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE";
            return Err(given_twice(condition, routine, parameters[place], why));
        }
        places.push(Some(place));
    }
    Ok(places)
}

/// [`places`] for a function of the registry.
///
/// # Errors
/// As [`places`]; `NAMED_PARAMETERS_NOT_SUPPORTED`.
pub(crate) fn places_of(function: &Function, arguments: &[Argument]) -> Result<Vec<Option<usize>>> {
    let is_named = arguments.iter().any(|argument| argument.name.is_some());
    if is_named && function.parameters.is_empty() {
        return Err(Error::analysis(
            "NAMED_PARAMETERS_NOT_SUPPORTED",
            format!(
                "Named parameters are not supported for function `{}`; please retry the query with positional arguments to \
                 the function call instead.",
                function.name
            ),
        ));
    }
    let routine = format!("`{}`", function.name);
    places(&routine, function.parameters, arguments)
}

/// The value of a parameter before a later one that is given by name.
///
/// # Errors
/// `REQUIRED_PARAMETER_NOT_FOUND`.
pub(crate) fn default_of(function: &Function, place: usize) -> Result<Typed> {
    let parameter = function.parameters.get(place).copied().unwrap_or_default();
    if place < function.arity.0 {
        return Err(Error::analysis(
            "REQUIRED_PARAMETER_NOT_FOUND",
            format!(
                "Cannot invoke routine `{}` because the parameter named `{parameter}` is required, but the routine call did \
                 not supply a value. Please update the routine call to supply an argument value (either positionally at \
                 index {place} or by name) and retry the query again.",
                function.name
            ),
        ));
    }
    match (function.name, parameter) {
        ("mask", "upperChar") => Ok(Typed::string("X")),
        ("mask", "lowerChar") => Ok(Typed::string("x")),
        ("mask", "digitChar") => Ok(Typed::string("n")),
        ("mask", _) => Ok(Typed::null(DataType::String)),
        _ => Err(not_supported(format!(
            "A call of `{}` without the argument `{parameter}` that gives a later one by name",
            function.name
        ))),
    }
}

fn unrecognized(routine: &str, parameters: &[&str], name: &str) -> Error {
    let known: Vec<String> = parameters.iter().map(|name| format!("`{name}`")).collect();
    Error::analysis(
        "UNRECOGNIZED_PARAMETER_NAME",
        format!(
            "Cannot invoke routine {routine} because the routine call included a named argument reference for the argument \
             named `{name}`, but this routine does not include any signature containing an argument with this name. Did you \
             mean one of the following? [{}].",
            known.join(" ")
        ),
    )
}

fn given_twice(condition: &'static str, routine: &str, parameter: &str, why: &str) -> Error {
    Error::analysis(
        condition,
        format!(
            "Call to routine {routine} is invalid because it includes multiple argument assignments to the same parameter \
             name `{parameter}`. {why}"
        ),
    )
}
