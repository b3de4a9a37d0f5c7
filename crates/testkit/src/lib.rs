//! Fixed clock, seeded ids, builders and real servers for tests. Development only: nothing in the product depends on it.

pub mod generated;
pub mod http;
pub mod moto;
pub mod postgres;
pub mod python;
pub mod smtp;
