//! The kinds of joins, under Spark's names.

use crate::error::{Error, Result};

/// Which rows a join keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinType {
    /// Pairs only.
    Inner,
    /// Pairs, and rows of the left side without a partner.
    LeftOuter,
    /// Pairs, and rows of the right side without a partner.
    RightOuter,
    /// Pairs, and rows of both sides without a partner.
    FullOuter,
    /// Rows of the left side that have a partner.
    LeftSemi,
    /// Rows of the left side that have none.
    LeftAnti,
}

impl JoinType {
    /// The join that Spark calls `name`: `inner`, `left`, `left_outer`, `leftsemi`, …
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn parse(name: &str) -> Result<JoinType> {
        Ok(match name.to_lowercase().replace('_', "").as_str() {
            "inner" => JoinType::Inner,
            "left" | "leftouter" => JoinType::LeftOuter,
            "right" | "rightouter" => JoinType::RightOuter,
            "full" | "outer" | "fullouter" => JoinType::FullOuter,
            "semi" | "leftsemi" => JoinType::LeftSemi,
            "anti" | "leftanti" => JoinType::LeftAnti,
            _ => {
                return Err(Error::analysis(
                    "UNSUPPORTED_JOIN_TYPE",
                    format!("Unsupported join type '{name}'."),
                ));
            }
        })
    }

    pub(super) fn unresolved(self) -> sql::JoinType {
        match self {
            JoinType::Inner => sql::JoinType::Inner,
            JoinType::LeftOuter => sql::JoinType::LeftOuter,
            JoinType::RightOuter => sql::JoinType::RightOuter,
            JoinType::FullOuter => sql::JoinType::FullOuter,
            JoinType::LeftSemi => sql::JoinType::LeftSemi,
            JoinType::LeftAnti => sql::JoinType::LeftAnti,
        }
    }
}
