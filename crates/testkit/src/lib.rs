//! Fixed clock, seeded ids, builders and real servers for tests. Development only: nothing in the product depends on it.

pub mod moto;
pub mod python;
