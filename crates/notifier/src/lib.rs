//! Tells people and programs what changed and what is at risk, through their channel.
//!
//! Owns: what a message says ([`render()`]: subject, text and HTML from one event) and how it travels ([`Channel`]: e-mail by SMTP,
//! webhooks). Deliberately knows no database, no subscription and no schedule: the engine decides who hears what and when, and
//! drives retries by what a channel returns.

pub mod channel;
pub mod message;
pub mod render;
mod secret;
pub mod smtp;
pub mod webhook;

pub use channel::{Audience, Channel, DeliveryError, InvalidTarget, Target};
pub use message::{Message, MessageId};
pub use render::{Advice, Content, RenderContext, render, render_digest};
pub use secret::Secret;
pub use smtp::{SmtpChannel, SmtpSettings, SmtpTls};
pub use webhook::{AddressPolicy, WebhookChannel, WebhookSettings, without_user};
