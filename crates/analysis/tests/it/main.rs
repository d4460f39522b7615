//! Tests of the analyser.

mod cases;
