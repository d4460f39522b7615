//! The temporary objects of a session that have no rows: variables and SQL functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use analysis::Routine;
use datafusion::common::ScalarValue;
use functions::Typed;
use parking_lot::RwLock;
use sql::DataType;

use super::value::value_sql;
use crate::error::{Error, Result};

/// A variable of a session.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// The name as it was declared.
    pub name: String,
    /// The type.
    pub data_type: DataType,
    /// The text of the default; NULL if there is none.
    pub default: Option<String>,
    /// The value.
    pub value: ScalarValue,
}

/// Variables and SQL functions, each by its name in lower case.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    variables: RwLock<BTreeMap<String, Variable>>,
    routines: RwLock<BTreeMap<String, Arc<RoutineEntry>>>,
}

/// A SQL function with what only `DESCRIBE FUNCTION` shows.
#[derive(Debug)]
pub(crate) struct RoutineEntry {
    /// The function.
    pub routine: Arc<Routine>,
    /// `COMMENT`.
    pub comment: Option<String>,
    /// `DETERMINISTIC`.
    pub is_deterministic: bool,
    /// Whether the body reads tables.
    pub reads_data: bool,
    /// Settings that the body was written for.
    pub configuration: BTreeMap<String, String>,
    /// When it was created, in milliseconds since 1970-01-01T00:00:00Z.
    pub created_ms: i64,
}

impl Objects {
    /// The variable of this name.
    pub(crate) fn variable(&self, name: &str) -> Option<Variable> {
        self.variables.read().get(&name.to_lowercase()).cloned()
    }

    /// Declares variables of different names, all or none.
    ///
    /// # Errors
    /// `VARIABLE_ALREADY_EXISTS`, unless they are replaced.
    pub(crate) fn declare(&self, new: Vec<Variable>, replace: bool) -> Result<()> {
        let mut variables = self.variables.write();
        let exists = |variable: &&Variable| variables.contains_key(&variable.name.to_lowercase());
        if let Some(old) = new.iter().find(exists).filter(|_| !replace) {
            return Err(Error::analysis(
                "VARIABLE_ALREADY_EXISTS",
                format!(
                    "Cannot create the variable `system`.`session`.`{}` because it already exists.\nChoose a different name, or \
                     drop or replace the existing variable.",
                    old.name
                ),
            ));
        }
        for variable in new {
            variables.insert(variable.name.to_lowercase(), variable);
        }
        Ok(())
    }

    /// Gives a variable another value of its type, if it still exists.
    pub(crate) fn assign(&self, name: &str, value: ScalarValue) {
        if let Some(variable) = self.variables.write().get_mut(&name.to_lowercase()) {
            variable.value = value;
        }
    }

    /// Drops a variable; whether there was one.
    pub(crate) fn drop_variable(&self, name: &str) -> bool {
        self.variables
            .write()
            .remove(&name.to_lowercase())
            .is_some()
    }

    /// The SQL function of this name.
    pub(crate) fn routine(&self, name: &str) -> Option<Arc<RoutineEntry>> {
        self.routines.read().get(&name.to_lowercase()).cloned()
    }

    /// Adds a SQL function, in the place of one of the same name.
    pub(crate) fn add_routine(&self, new: RoutineEntry) {
        let name = new.routine.plain_name().to_lowercase();
        self.routines.write().insert(name, Arc::new(new));
    }

    /// Drops a SQL function; whether there was one.
    pub(crate) fn drop_routine(&self, name: &str) -> bool {
        self.routines.write().remove(&name.to_lowercase()).is_some()
    }

    /// The names of the SQL functions, sorted.
    pub(crate) fn routine_names(&self) -> Vec<String> {
        self.routines.read().keys().cloned().collect()
    }
}

impl Variable {
    /// The variable in an expression.
    pub(crate) fn typed(&self) -> Typed {
        let name = format!(
            "variablereference(system.session.{}={})",
            self.name,
            value_sql(&self.value, &self.data_type)
        );
        Typed::constant(self.value.clone(), self.data_type.clone(), name)
    }
}

/// The last part of a name that may be qualified by `session` or `system.session`; none for another schema.
pub(super) fn session_name(parts: &[String]) -> Option<&str> {
    let is = |part: &String, word: &str| part.eq_ignore_ascii_case(word);
    match parts {
        [name] => Some(name),
        [schema, name] if is(schema, "session") => Some(name),
        [catalog, schema, name] if is(catalog, "system") && is(schema, "session") => Some(name),
        _ => None,
    }
}
