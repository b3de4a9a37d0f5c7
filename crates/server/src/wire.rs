//! Wire types shared by several operations, and their hand-written conversions from the words of `model` and the rows of
//! `store`. What only one operation needs lives in that operation's file.

pub mod account;
pub mod comment;
pub mod decision;
pub mod finding;
pub mod finding_filter;
pub mod page;
pub mod resource;
pub mod rule;
pub mod session;
pub mod subscription;
pub mod technology;
pub mod token;
pub mod user;
pub mod words;
