//! What a prefix list stands for, looked up by its id in the account's collections.
//!
//! AWS's own lists (<https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html>) are not looked into:
//! they are the addresses of AWS's services, such as those that CloudFront calls origins from, and never the internet.

use std::collections::BTreeMap;

use security_monkey_iam::AccountDirectory;
use security_monkey_iam::directory::Standing;
use security_monkey_model::{Document, TechnologyId};

use crate::view::Collection;

/// What AWS gives as the owner of its own lists.
const AWS: &str = "AWS";

/// Whose a list is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) account: &'a str,
    /// Class of the account, or `aws`.
    pub(super) standing: &'static str,
}

pub(super) enum PrefixList<'a> {
    /// The addresses of one of AWS's services.
    OfAws(Owner<'a>),
    /// Its entries, as recorded.
    Entries(Owner<'a>, &'a [Document]),
    /// It is not known what is in it, and why.
    Unknown(String),
}

/// The list with this id. One that is not recorded has not been read: it is of a region or technology that is not scanned, no longer
/// shared, or there was no permission.
pub(super) fn look_up<'a>(
    id: &str,
    collections: &'a BTreeMap<TechnologyId, Collection>,
    directory: &AccountDirectory,
) -> PrefixList<'a> {
    let Some(list) = collections.values().find_map(|collection| collection.prefix_list(id)) else {
        return PrefixList::Unknown(format!("the prefix list {id} is not recorded"));
    };
    let Some(account) = list.document["OwnerId"].as_str() else {
        return PrefixList::Unknown(format!("the prefix list {id} names no owner"));
    };
    if account == AWS {
        return PrefixList::OfAws(Owner {
            account,
            standing: "aws",
        });
    }
    let is_unread = |path: &&String| *path == "*" || path.starts_with("Entries");
    match (list.unread.iter().find(is_unread), list.document["Entries"].as_array()) {
        (None, Some(entries)) => PrefixList::Entries(
            Owner {
                account,
                standing: standing(account, directory),
            },
            entries,
        ),
        _ => PrefixList::Unknown(format!("what is in the prefix list {id} could not be read")),
    }
}

/// The class of an account.
pub(super) fn standing(account: &str, directory: &AccountDirectory) -> &'static str {
    match directory.standing(account) {
        Standing::Same => "same-account",
        Standing::Friendly => "friendly-account",
        Standing::ThirdParty => "third-party-account",
        Standing::Unknown => "unknown-account",
    }
}
