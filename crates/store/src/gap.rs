//! Coverage gaps that are open now, and since when.

use std::collections::BTreeMap;

use security_monkey_model::{AccountId, CoverageGap, GapCause, Region, ResourceId, Scope, TechnologyId, Timestamp};

use crate::db::{Builder, Param, Statement, Transaction, statements};
use crate::{Cursor, Page, PageOf, Result, Store};

statements! {
    OF_SCOPE = "select id, resource, field, operation, cause, code, message, is_listing from gap where scope = $1";
}

/// Which gaps are wanted; empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GapFilter {
    /// In these accounts.
    pub accounts: Vec<AccountId>,
    /// In these regions.
    pub regions: Vec<Region>,
    /// Of these technologies.
    pub technologies: Vec<TechnologyId>,
    /// With these causes.
    pub causes: Vec<GapCause>,
    /// Of this resource.
    pub resource: Option<ResourceId>,
    /// Without those nobody needs to act on ([`GapCause::is_expected`]).
    pub hides_expected: bool,
}

/// A gap and its scope.
#[derive(Debug, Clone, PartialEq)]
pub struct GapSummary {
    /// Its number, which orders the list.
    pub id: i64,
    /// Where.
    pub scope: Scope,
    /// What and why.
    pub gap: CoverageGap,
    /// Since which scan's end it has been open.
    pub since: Timestamp,
}

/// What replacing a scope's gaps did.
pub(crate) struct Replaced {
    pub(crate) opened: usize,
    pub(crate) closed: usize,
    /// Whether its listing could not be made before, for a reason somebody should act on.
    pub(crate) was_unreadable: bool,
}

type Identity = (Option<String>, Option<String>, String, &'static str);

fn identity(gap: &CoverageGap) -> Identity {
    let resource = gap.resource.as_ref().map(|id| id.as_str().to_owned());
    (resource, gap.field.clone(), gap.operation.clone(), gap.cause.as_str())
}

/// Replaces the gaps of a scope; one that stays keeps its beginning, and is not written when nothing of it changed.
pub(crate) async fn replace(
    transaction: &mut Transaction,
    scope_row: i64,
    scope: &Scope,
    gaps: &[CoverageGap],
    at: Timestamp,
) -> Result<Replaced> {
    let mut now: BTreeMap<Identity, &CoverageGap> = BTreeMap::new();
    for gap in gaps {
        now.entry(identity(gap)).or_insert(gap);
    }
    let (mut closed, mut reworded, mut was_unreadable) = (Vec::new(), Vec::<[Param; 3]>::new(), false);
    for row in transaction.fetch(Statement::of(OF_SCOPE).bind(scope_row)).await? {
        let cause = row.word("cause", GapCause::parse)?;
        was_unreadable |= row.is_true("is_listing")? && !cause.is_expected();
        let identity = (
            row.optional_text("resource")?,
            row.optional_text("field")?,
            row.text("operation")?,
            cause.as_str(),
        );
        let id = row.integer("id")?;
        match now.remove(&identity) {
            None => closed.push(id),
            Some(gap) if gap.code != row.optional_text("code")? || gap.message != row.text("message")? => {
                reworded.push([id.into(), gap.code.as_deref().into(), gap.message.as_str().into()]);
            }
            Some(_) => {}
        }
    }
    for closed in closed.chunks(500) {
        let mut query = Builder::new("delete from gap where id in ");
        query.list(closed.iter().copied());
        transaction.execute(query.build()).await?;
    }
    let head = "update gap set code = v.column2, message = v.column3 from (";
    transaction
        .update(head, reworded, ") as v where gap.id = v.column1")
        .await?;
    let opened: Vec<[Param; 13]> = now
        .values()
        .map(|gap| {
            [
                scope_row.into(),
                scope.account.as_str().into(),
                scope.region.as_str().into(),
                scope.technology.as_str().into(),
                gap.resource.as_ref().map(ResourceId::as_str).into(),
                gap.field.as_deref().into(),
                gap.operation.as_str().into(),
                gap.cause.as_str().into(),
                gap.code.as_deref().into(),
                gap.message.as_str().into(),
                gap.hides_resources().into(),
                gap.cause.is_expected().into(),
                at.into(),
            ]
        })
        .collect();
    let replaced = Replaced {
        opened: opened.len(),
        closed: closed.len(),
        was_unreadable,
    };
    let head = "insert into gap (scope, account, region, technology, resource, field, operation, cause, code, message, is_listing,
        is_expected, since)";
    transaction.insert(head, opened, "").await?;
    Ok(replaced)
}

impl Store {
    /// Open gaps, those that hide whole listings first, then the newest.
    pub async fn gaps(&self, filter: &GapFilter, page: &Page) -> Result<PageOf<GapSummary>> {
        let mut query = Builder::new(
            "select id, account, region, technology, resource, field, operation, cause, code, message, is_listing, since from gap",
        );
        query
            .any_of("account in", &filter.accounts)
            .any_of("region in", &filter.regions);
        query.any_of("technology in", &filter.technologies);
        let causes: Vec<&str> = filter.causes.iter().map(|cause| cause.as_str()).collect();
        query.any_of("cause in", &causes);
        if let Some(resource) = &filter.resource {
            query.condition("resource = ").value(resource.as_str());
        }
        if filter.hides_expected {
            query.condition("is_expected = 0");
        }
        if let Some([is_listing, id]) = page.numbers()? {
            query
                .condition("(is_listing, id) < (")
                .value(is_listing)
                .push(", ")
                .value(id)
                .push(")");
        }
        query
            .push(" order by is_listing desc, id desc limit ")
            .value(page.rows());
        let rows = self.db.fetch(query.build()).await?;
        let gaps = rows.iter().map(|row| {
            Ok(GapSummary {
                id: row.integer("id")?,
                scope: Scope {
                    account: row.id("account")?,
                    region: row.id("region")?,
                    technology: row.id("technology")?,
                },
                gap: CoverageGap {
                    resource: row.optional_text("resource")?.map(|_| row.id("resource")).transpose()?,
                    field: row.optional_text("field")?,
                    operation: row.text("operation")?,
                    cause: row.word("cause", GapCause::parse)?,
                    code: row.optional_text("code")?,
                    message: row.text("message")?,
                },
                since: row.time("since")?,
            })
        });
        let gaps = gaps.collect::<Result<Vec<_>>>()?;
        let cursor = |last: &GapSummary| Cursor::of(&[i64::from(last.gap.hides_resources()), last.id]);
        Ok(PageOf::cut(gaps, page, cursor))
    }
}
