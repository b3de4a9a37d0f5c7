//! What services act for, and what requests go through: accounts, ARNs and organisations.

use super::organisations::{of_organisation, open_organisations};
use super::{FRESH, FRESH_ORGANISATION, Situation, Values, instances, some, takes_wildcards};
use crate::arn::{Arn, account_of};
use crate::document::OperatorKind;
use crate::keys::Authority;
use crate::pattern::has_wildcard;
use crate::reach::owned::{Kind, about_account, are_plain, unowned, with_account};
use crate::reach::scenario::Standing;

pub(super) fn sources(situation: &Situation<'_>) -> Vec<Values> {
    let kind = situation.key.authority;
    let mut found = Vec::new();
    match (situation.asker.standing.as_ref(), kind) {
        (Standing::ServiceForMember { organisation }, Authority::SourceOrganisation) => {
            return of_organisation(organisation, situation);
        }
        (standing @ (Standing::ServiceFor { .. } | Standing::ServiceForMember { .. }), _) => {
            let account = match standing {
                Standing::ServiceFor { account } => account.as_ref(),
                _ => None,
            };
            let belongs =
                |text: &str| account.is_none_or(|account| account_of(text).is_none_or(|owner| owner == account));
            for condition in situation.conditions {
                let texts = condition.values.iter().flat_map(|value| {
                    // What has no account in its ARN may be anybody's, so this account's too.
                    let mut texts = unowned(&value.text);
                    texts.extend(match account {
                        Some(account) => with_account(&value.text, std::slice::from_ref(account), situation.partition),
                        None => instances(&value.text),
                    });
                    texts
                });
                found.extend(texts.filter(|text| belongs(text)).map(|text| some(&text)));
            }
            // Where only an organisation is named: of our account, or of one of its that nobody has in mind.
            let ours = situation.own_account.into_iter();
            let anybody = ours.chain(situation.strangers.accounts.first().map(String::as_str));
            let accounts: Vec<String> = match account {
                Some(account) => vec![account.clone()],
                // One resource has no other ARN.
                None if situation.asker.source.is_some() => Vec::new(),
                None => anybody.map(str::to_owned).collect(),
            };
            match kind {
                Authority::SourceAccount => found.extend(accounts.iter().map(|account| some(account))),
                Authority::SourceArn => {
                    found.extend(accounts.iter().flat_map(|account| fresh_sources(situation, account)));
                    found.extend(combined_sources(situation, &accounts));
                }
                _ if account.is_some() => {
                    let places = |id: &String| of_organisation(id, situation);
                    found.extend(situation.organisations.iter().flat_map(places));
                    // Whoever is not us may be of any organisation.
                    if account.map(String::as_str) != situation.own_account {
                        let asked = situation
                            .conditions
                            .iter()
                            .filter(|condition| condition.operator.kind != OperatorKind::Null);
                        let named = asked.flat_map(|condition| &condition.values);
                        found.extend(of_organisation(FRESH_ORGANISATION, situation));
                        found.extend(named.flat_map(|value| instances(&value.text)).map(|text| some(&text)));
                    }
                }
                _ => {}
            }
            found.push(None);
        }
        (_, Authority::SourceOrganisation) => {
            found.push(some(FRESH_ORGANISATION));
            found.push(None);
            for value in situation
                .conditions
                .iter()
                .filter(|condition| takes_wildcards(condition.operator.kind))
                .flat_map(|condition| &condition.values)
            {
                if has_wildcard(value.text.split('/').next().unwrap_or("")) {
                    found.extend(instances(&value.text).iter().map(|text| some(text)));
                }
            }
            found.extend(open_organisations(situation, false).map(|text| some(&text)));
        }
        (_, Authority::SourceArn) => {
            found.extend(owned_values(situation, true));
            found.push(None);
        }
        _ => {
            found.extend(owned_values(situation, false));
            found.push(None);
        }
    }
    found
}

/// ARNs of resources of the accounts, where the patterns of the key take more than looking at each by itself.
pub(super) fn combined_sources(situation: &Situation<'_>, accounts: &[String]) -> Vec<Values> {
    let asked = situation
        .conditions
        .iter()
        .filter(|condition| condition.operator.kind != OperatorKind::Null);
    let patterns: Vec<&str> = asked
        .flat_map(|condition| &condition.values)
        .map(|value| value.text.as_str())
        .collect();
    let mut values = Vec::new();
    for account in accounts {
        let about: Vec<&str> = about_account(patterns.iter().copied(), account).collect();
        if are_plain(about.iter().copied(), Kind::Source) {
            continue;
        }
        let of = (situation.own_account, situation.partition);
        let sources = situation.search.sources(account, &about, of);
        situation.search.note(sources.are_all);
        values.extend(sources.found.iter().map(|arn| some(arn)));
    }
    values
}

/// ARNs of the account that nobody has in mind: a topic, and what is of a service and a region that no pattern spells.
pub(super) fn fresh_sources(situation: &Situation<'_>, account: &str) -> Vec<Values> {
    // What the key is of.
    let kinds = [
        ("lambda:SourceFunctionArn", "lambda", "function:"),
        ("ec2:SourceInstanceARN", "ec2", "instance/i-"),
        ("s3:DataAccessPointArn", "s3", "accesspoint/"),
    ];
    if let Some((_, service, kind)) = kinds.iter().find(|(key, ..)| situation.key.is(key)) {
        let partition = situation.partition;
        return vec![some(&format!(
            "arn:{partition}:{service}:us-east-1:{account}:{kind}{FRESH}"
        ))];
    }
    let values = || situation.conditions.iter().flat_map(|condition| &condition.values);
    let is_spelled = |wanted: &str| {
        values().any(|value| Arn::read(&value.text).is_some_and(|arn| [arn.service, arn.region].contains(&wanted)))
    };
    let unspelled = |known: [&'static str; 4]| known.into_iter().find(|part| !is_spelled(part)).unwrap_or(FRESH);
    let service = unspelled(["sns", "events", "config", "cloudtrail"]);
    let region = unspelled(["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"]);
    let mut found = vec![some(&format!("arn:aws:sns:us-east-1:{account}:{FRESH}"))];
    found.push(some(&format!(
        "arn:{}:{service}:{region}:{account}:{FRESH}",
        situation.partition
    )));
    found.dedup();
    found
}

/// Values of a key that holds an account or an ARN of the requester's side.
pub(super) fn owned_values(situation: &Situation<'_>, is_arn: bool) -> Vec<Values> {
    let strangers = situation.strangers.accounts.as_slice();
    situation.search.note(situation.strangers.are_all);
    let mut found: Vec<Values> = strangers
        .iter()
        .flat_map(|account| {
            if is_arn {
                fresh_sources(situation, account)
            } else {
                vec![some(account)]
            }
        })
        .collect();
    for condition in situation.conditions {
        for value in &condition.values {
            if condition.operator.kind == OperatorKind::Null {
                continue;
            }
            if situation.asker.standing.may_be_whom_it_names() {
                found.extend(instances(&value.text).iter().map(|text| some(text)));
            } else if takes_wildcards(condition.operator.kind) {
                found.extend(
                    with_account(&value.text, strangers, situation.partition)
                        .iter()
                        .map(|text| some(text)),
                );
            }
        }
    }
    if is_arn {
        found.extend(combined_sources(situation, strangers));
    }
    found
}
