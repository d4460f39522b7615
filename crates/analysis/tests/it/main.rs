//! Tests of the analyser.

mod cases;
mod random;
