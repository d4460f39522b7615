//! The parser, from outside: what a text is parsed into, and where and how a wrong text fails.

mod expressions;
mod failures;
mod queries;
mod show;
mod statements;
