//! Resources as they are now, and as they were at an instant.

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_model::{
    AccountId, Change, Digest, Document, Link, Region, ResourceKey, Score, TechnologyId, Timestamp,
};

use crate::db::{Builder, Row, Statement, containing, statements};
use crate::dialect::Dialect;
use crate::page::not_of_this_list;
use crate::record::evaluation::as_score;
use crate::record::{read_key, read_unread};
use crate::search::words;
use crate::{Cursor, Page, PageOf, ResourceRow, Result, RevisionId, Store};

statements! {
    FIND = "select resource.id from resource join scope on scope.id = resource.scope
        where scope.account = $1 and scope.region = $2 and scope.technology = $3 and aws_id = $4";
    BY_ARN = "select id from resource where arn = $1 order by is_active desc, id desc limit 100";
    STALE = "select id from resource where technology = $1 and id > $2 and is_active = 1
        and (ruleset is null or ruleset <> $3) order by id limit $4";
}

/// Which resources are wanted; empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResourceFilter {
    /// In these accounts.
    pub accounts: Vec<AccountId>,
    /// Living in these regions (a bucket's own region, not `global`).
    pub regions: Vec<Region>,
    /// Of these technologies.
    pub technologies: Vec<TechnologyId>,
    /// Name, ARN or id contains this, ignoring ASCII case.
    pub name: Option<String>,
    /// The current document holds words that begin with each word of this text (ids, ARNs, addresses, ports, names; lower or upper case), or
    /// more words than are kept. At most 20 words of 3 bytes and more, 200 characters together.
    pub text: Option<String>,
    /// Carries this tag, with this value if given.
    pub tag: Option<(String, Option<String>)>,
    /// Exists (true) or has been deleted (false).
    pub active: Option<bool>,
    /// Has an open finding of at least this score.
    pub min_score: Option<Score>,
    /// As of this instant: resources that existed then, with the revision of then. `active`, `min_score`, `text` and `tag` still speak of now.
    pub as_of: Option<Timestamp>,
    /// In which order.
    pub order: ResourceOrder,
}

/// The orders of a resource list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResourceOrder {
    /// As they were first recorded.
    #[default]
    Row,
    /// Worst open finding first.
    Score,
    /// Last changed first.
    Changed,
    /// By name.
    Name,
}

/// Open and justified findings of a resource, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResourceScores {
    /// The highest score of its open (or reopened) findings; none: it has none.
    pub highest: Option<Score>,
    /// Open and reopened findings.
    pub open: u32,
    /// Justified findings.
    pub justified: u32,
}

/// A resource in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceSummary {
    /// Its number.
    pub row: ResourceRow,
    /// Account, scan region, technology and id.
    pub key: ResourceKey,
    /// What people call it.
    pub name: String,
    /// Its ARN, if it has one.
    pub arn: Option<String>,
    /// Where it lives.
    pub home_region: Region,
    /// Whether it exists as far as we know (now, also in an as-of list).
    pub is_active: bool,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen: the end of its scope's last complete scan while it is active.
    pub last_seen: Timestamp,
    /// Its newest revision, or in an as-of list the one of then.
    pub revision: RevisionId,
    /// The kind of change that revision is.
    pub change: Change,
    /// When that revision was recorded.
    pub changed_at: Timestamp,
    /// Its findings, counted (now, also in an as-of list).
    pub scores: ResourceScores,
}

/// All of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceDetail {
    /// What a list shows of it.
    pub summary: ResourceSummary,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What it refers to.
    pub links: Vec<Link>,
    /// Its current document; of a deleted resource the last one.
    pub document: Document,
}

/// A resource as rules and collections read it.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentResource {
    /// Its number.
    pub row: ResourceRow,
    /// Account, scan region, technology and id.
    pub key: ResourceKey,
    /// What people call it.
    pub name: String,
    /// Its ARN, if it has one.
    pub arn: Option<String>,
    /// Where it lives.
    pub home_region: Region,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// Its current document.
    pub document: Document,
    /// Digest of that document.
    pub full: Digest,
    /// Paths of that document that could not be read: it holds their last known values, if any. `*`: any of them.
    pub unread: Vec<String>,
    /// What it refers to.
    pub links: Vec<Link>,
    /// Digest of the rules it was last evaluated with; none: never.
    pub ruleset: Option<Digest>,
}

/// Rows named in one statement.
const CHUNK: usize = 500;

const SUMMARY: &str =
    "select resource.id, resource.account, resource.region, resource.technology, aws_id, name, arn, home_region,
    is_active, first_seen, last_seen, highest_score, open_findings, justified_findings, last_complete_at";
const NOW: &str = ", latest_revision, latest_change, changed_at
    from resource join scope on scope.id = resource.scope";
const THEN: &str =
    ", revision.id as latest_revision, revision.change as latest_change, revision.observed_at as changed_at
    from resource join scope on scope.id = resource.scope
    join revision on revision.id = (select v.id from revision v where v.resource = resource.id and v.observed_at <= ";
const CURRENT: &str =
    "select resource.id, account, region, technology, aws_id, name, arn, home_region, first_seen, full_digest, ruleset, unread, body
    from resource join current_document on current_document.resource = resource.id where is_active = 1 and ";

fn read_summary(row: &Row) -> Result<ResourceSummary> {
    let is_active = row.is_true("is_active")?;
    let last_seen = row.time("last_seen")?;
    let of_scope = row.optional_time("last_complete_at")?.filter(|_| is_active);
    let count = |name| Ok::<_, crate::StoreError>(u32::try_from(row.integer(name)?).unwrap_or(0));
    Ok(ResourceSummary {
        row: ResourceRow(row.integer("id")?),
        key: read_key(row)?,
        name: row.text("name")?,
        arn: row.optional_text("arn")?,
        home_region: row.id("home_region")?,
        is_active,
        first_seen: row.time("first_seen")?,
        last_seen: of_scope.map_or(last_seen, |complete| complete.max(last_seen)),
        revision: RevisionId(row.integer("latest_revision")?),
        change: row.word("latest_change", Change::parse)?,
        changed_at: row.time("changed_at")?,
        scores: ResourceScores {
            highest: Some(row.integer("highest_score")?)
                .filter(|score| *score >= 0)
                .map(as_score),
            open: count("open_findings")?,
            justified: count("justified_findings")?,
        },
    })
}

/// The list's statement.
fn list(filter: &ResourceFilter, page: &Page, dialect: Dialect) -> Result<Statement> {
    let mut query = Builder::new(SUMMARY);
    match filter.as_of {
        None => {
            query.push(NOW);
        }
        Some(at) => {
            query
                .push(THEN)
                .value(at)
                .push(" order by v.observed_at desc, v.id desc limit 1)");
            query.condition("revision.change <> 'deleted'");
        }
    }
    query.any_of("resource.account in", &filter.accounts);
    query.any_of("resource.home_region in", &filter.regions);
    query.any_of("resource.technology in", &filter.technologies);
    if let Some(name) = &filter.name {
        query
            .condition("resource.search like ")
            .value(containing(name)?)
            .push(" escape '\\'");
    }
    for word in filter.text.as_deref().map(words).transpose()?.unwrap_or_default() {
        let [before, after] = dialect.words().has_word;
        query.condition(before).value(dialect.prefix(&word)).push(after);
    }
    if let Some((key, value)) = &filter.tag {
        query
            .condition("resource.id in (select t.resource from resource_tag t where t.key = ")
            .value(key.as_str());
        if let Some(value) = value {
            query.push(" and t.value = ").value(value.as_str());
        }
        query.push(")");
    }
    if let Some(is_active) = filter.active {
        query.condition("resource.is_active = ").value(is_active);
    }
    if let Some(score) = filter.min_score {
        query
            .condition("resource.highest_score >= ")
            .value(i64::from(score.value()));
    }
    match filter.order {
        ResourceOrder::Row => {
            if let Some([id]) = page.numbers()? {
                query.condition("resource.id > ").value(id);
            }
            query.push(" order by resource.id");
        }
        ResourceOrder::Score => {
            if let Some([score, id]) = page.numbers()? {
                query
                    .condition("(resource.highest_score, resource.id) < (")
                    .value(score)
                    .push(", ")
                    .value(id)
                    .push(")");
            }
            query.push(" order by resource.highest_score desc, resource.id desc");
        }
        ResourceOrder::Changed => {
            let [column, order] = if filter.as_of.is_some() {
                [
                    "(revision.observed_at, resource.id) < (",
                    " order by revision.observed_at desc, resource.id desc",
                ]
            } else {
                [
                    "(resource.changed_at, resource.id) < (",
                    " order by resource.changed_at desc, resource.id desc",
                ]
            };
            if let Some([at, id]) = page.numbers()? {
                query.condition(column).value(at).push(", ").value(id).push(")");
            }
            query.push(order);
        }
        ResourceOrder::Name => {
            if let Some(cursor) = &page.after {
                let (id, name) = cursor.0.split_once('.').ok_or_else(not_of_this_list)?;
                let id: i64 = id.parse().map_err(|_| not_of_this_list())?;
                query
                    .condition("(resource.name, resource.id) > (")
                    .value(name)
                    .push(", ")
                    .value(id)
                    .push(")");
            }
            query.push(" order by resource.name, resource.id");
        }
    }
    query.push(" limit ").value(page.rows());
    Ok(query.build())
}

fn cursor(order: ResourceOrder, last: &ResourceSummary) -> Cursor {
    let id = last.row.0;
    match order {
        ResourceOrder::Row => Cursor::of(&[id]),
        ResourceOrder::Score => {
            let score = last.scores.highest.map_or(-1, |score| i64::from(score.value()));
            Cursor::of(&[score, id])
        }
        ResourceOrder::Changed => Cursor::of(&[last.changed_at.as_micros(), id]),
        ResourceOrder::Name => Cursor(format!("{id}.{}", last.name)),
    }
}

impl Store {
    /// Resources, in the filter's order.
    pub async fn resources(&self, filter: &ResourceFilter, page: &Page) -> Result<PageOf<ResourceSummary>> {
        let rows = self.db.fetch(list(filter, page, self.db.dialect())?).await?;
        let resources = rows.iter().map(read_summary).collect::<Result<Vec<_>>>()?;
        Ok(PageOf::cut(resources, page, |last| cursor(filter.order, last)))
    }

    /// One resource.
    pub async fn resource(&self, row: ResourceRow) -> Result<Option<ResourceDetail>> {
        let mut query = Builder::new(SUMMARY);
        query.push(NOW).condition("resource.id = ").value(row);
        let Some(found) = self.db.fetch_optional(query.build()).await? else {
            return Ok(None);
        };
        let documents = self.current_documents(&[row]).await?;
        Ok(Some(ResourceDetail {
            summary: read_summary(&found)?,
            tags: self.tags_of(&[row]).await?.remove(&row).unwrap_or_default(),
            links: self.links_of(&[row]).await?.remove(&row).unwrap_or_default(),
            document: documents
                .into_iter()
                .next()
                .map(|(_, document)| document)
                .unwrap_or_default(),
        }))
    }

    /// The resource with this key, active or deleted.
    pub async fn find_resource(&self, key: &ResourceKey) -> Result<Option<ResourceRow>> {
        let find = Statement::of(FIND)
            .bind(key.scope.account.as_str())
            .bind(key.scope.region.as_str())
            .bind(key.scope.technology.as_str())
            .bind(key.id.as_str());
        let row = self.db.fetch_optional(find).await?;
        row.map(|row| Ok(ResourceRow(row.integer("id")?))).transpose()
    }

    /// The resources with this ARN, active ones first.
    pub async fn find_by_arn(&self, arn: &str) -> Result<Vec<ResourceRow>> {
        let rows = self.db.fetch(Statement::of(BY_ARN).bind(arn)).await?;
        rows.iter().map(|row| Ok(ResourceRow(row.integer("id")?))).collect()
    }

    /// Active resources of one technology of one account, all regions, by number; in pages, because documents are large.
    pub async fn current_of(
        &self,
        account: &AccountId,
        technology: &TechnologyId,
        page: &Page,
    ) -> Result<PageOf<CurrentResource>> {
        let mut query = Builder::new(CURRENT);
        query
            .push("account = ")
            .value(account.as_str())
            .push(" and technology = ")
            .value(technology.as_str());
        if let Some([id]) = page.numbers()? {
            query.push(" and resource.id > ").value(id);
        }
        query.push(" order by resource.id limit ").value(page.rows());
        let found = self.read_current(query.build()).await?;
        Ok(PageOf::cut(found, page, |last| Cursor::of(&[last.row.0])))
    }

    /// These resources with their documents, by number; unknown and deleted ones are missing.
    pub async fn current(&self, rows: &[ResourceRow]) -> Result<Vec<CurrentResource>> {
        let mut found = Vec::with_capacity(rows.len());
        for rows in rows.chunks(CHUNK) {
            let mut query = Builder::new(CURRENT);
            query
                .push("resource.id in ")
                .list(rows.iter().copied())
                .push(" order by resource.id");
            found.extend(self.read_current(query.build()).await?);
        }
        Ok(found)
    }

    /// The active resources that these links point to, from resources of this account: by id in the same account, or by ARN anywhere.
    pub async fn resolve_links(&self, account: &AccountId, links: &[Link]) -> Result<Vec<CurrentResource>> {
        let wanted: BTreeSet<(&str, &str)> = links.iter().map(|link| (link.to.as_str(), link.id.as_str())).collect();
        let mut rows = BTreeSet::new();
        for part in links.chunks(CHUNK) {
            let mut query = Builder::new(
                "select id, account, technology, aws_id, arn from resource where is_active = 1 and (account = ",
            );
            query
                .value(account.as_str())
                .push(" and aws_id in ")
                .list(part.iter().map(|link| link.id.as_str()));
            query
                .push(" or arn in ")
                .list(part.iter().map(|link| link.id.as_str()))
                .push(")");
            for row in self.db.fetch(query.build()).await? {
                let technology = row.text("technology")?;
                let is_by_id =
                    row.text("account")? == account.as_str() && wanted.contains(&(&technology, &row.text("aws_id")?));
                let is_by_arn = row
                    .optional_text("arn")?
                    .is_some_and(|arn| wanted.contains(&(&technology, &arn)));
                if is_by_id || is_by_arn {
                    rows.insert(ResourceRow(row.integer("id")?));
                }
            }
        }
        self.current(&rows.into_iter().collect::<Vec<_>>()).await
    }

    /// The active resources that this one's links point to.
    pub async fn linked(&self, row: ResourceRow) -> Result<Vec<CurrentResource>> {
        let mut query = Builder::new("select account from resource where id = ");
        query.value(row);
        let Some(found) = self.db.fetch_optional(query.build()).await? else {
            return Ok(Vec::new());
        };
        let links = self.links_of(&[row]).await?.remove(&row).unwrap_or_default();
        self.resolve_links(&found.id("account")?, &links).await
    }

    /// The active resources with a link to any of these, by number.
    pub async fn dependents(&self, rows: &[ResourceRow]) -> Result<Vec<ResourceRow>> {
        let mut found = BTreeSet::new();
        for rows in rows.chunks(CHUNK) {
            // What links would say: an id within the account, or an ARN.
            let mut query = Builder::new("select account, technology, aws_id, arn from resource where id in ");
            query.list(rows.iter().copied());
            let mut targets: BTreeMap<String, BTreeMap<String, Option<String>>> = BTreeMap::new();
            for row in self.db.fetch(query.build()).await? {
                let of_technology = targets.entry(row.text("technology")?).or_default();
                of_technology.insert(row.text("aws_id")?, Some(row.text("account")?));
                if let Some(arn) = row.optional_text("arn")? {
                    of_technology.insert(arn, None);
                }
            }
            for (technology, ids) in &targets {
                let mut query = Builder::new(
                    "select link.resource, link.to_id, resource.account from link join resource on resource.id = link.resource
                    where resource.is_active = 1 and to_technology = ",
                );
                query
                    .value(technology.as_str())
                    .push(" and to_id in ")
                    .list(ids.keys().map(String::as_str));
                for row in self.db.fetch(query.build()).await? {
                    let account = row.text("account")?;
                    if ids
                        .get(&row.text("to_id")?)
                        .is_some_and(|only| only.as_ref().is_none_or(|only| *only == account))
                    {
                        found.insert(ResourceRow(row.integer("resource")?));
                    }
                }
            }
        }
        Ok(found.into_iter().collect())
    }

    /// Active resources of a technology whose last evaluation was with other rules than these (or that never had one), by number.
    pub async fn stale_audits(
        &self,
        technology: &TechnologyId,
        ruleset: &Digest,
        after: ResourceRow,
        limit: u32,
    ) -> Result<Vec<ResourceRow>> {
        let stale = Statement::of(STALE)
            .bind(technology.as_str())
            .bind(after)
            .bind(ruleset)
            .bind(limit);
        let rows = self.db.fetch(stale).await?;
        rows.iter().map(|row| Ok(ResourceRow(row.integer("id")?))).collect()
    }

    /// Active resources of a technology (of one account, if given), by number.
    pub async fn rows_of(
        &self,
        technology: &TechnologyId,
        account: Option<&AccountId>,
        after: ResourceRow,
        limit: u32,
    ) -> Result<Vec<ResourceRow>> {
        let mut query = Builder::new("select id from resource where is_active = 1 and technology = ");
        query.value(technology.as_str()).push(" and id > ").value(after);
        if let Some(account) = account {
            query.push(" and account = ").value(account.as_str());
        }
        query.push(" order by id limit ").value(limit);
        let rows = self.db.fetch(query.build()).await?;
        rows.iter().map(|row| Ok(ResourceRow(row.integer("id")?))).collect()
    }

    async fn read_current(&self, statement: Statement) -> Result<Vec<CurrentResource>> {
        let mut found = Vec::new();
        for row in self.db.fetch(statement).await? {
            found.push(CurrentResource {
                row: ResourceRow(row.integer("id")?),
                key: read_key(&row)?,
                name: row.text("name")?,
                arn: row.optional_text("arn")?,
                home_region: row.id("home_region")?,
                tags: BTreeMap::new(),
                first_seen: row.time("first_seen")?,
                document: row.json("body")?,
                full: row.digest("full_digest")?,
                unread: read_unread(&row)?,
                links: Vec::new(),
                ruleset: row.optional_digest("ruleset")?,
            });
        }
        let rows: Vec<ResourceRow> = found.iter().map(|resource| resource.row).collect();
        let (mut tags, mut links) = (self.tags_of(&rows).await?, self.links_of(&rows).await?);
        for resource in &mut found {
            resource.tags = tags.remove(&resource.row).unwrap_or_default();
            resource.links = links.remove(&resource.row).unwrap_or_default();
        }
        Ok(found)
    }

    async fn tags_of(&self, rows: &[ResourceRow]) -> Result<BTreeMap<ResourceRow, BTreeMap<String, String>>> {
        let mut found: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for rows in rows.chunks(CHUNK) {
            let mut query = Builder::new("select resource, key, value from resource_tag where resource in ");
            query.list(rows.iter().copied());
            for row in self.db.fetch(query.build()).await? {
                let tags = found.entry(ResourceRow(row.integer("resource")?)).or_default();
                tags.insert(row.text("key")?, row.text("value")?);
            }
        }
        Ok(found)
    }

    async fn links_of(&self, rows: &[ResourceRow]) -> Result<BTreeMap<ResourceRow, Vec<Link>>> {
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for rows in rows.chunks(CHUNK) {
            let mut query = Builder::new("select resource, to_technology, to_id from link where resource in ");
            query
                .list(rows.iter().copied())
                .push(" order by resource, to_technology, to_id");
            for row in self.db.fetch(query.build()).await? {
                let links = found.entry(ResourceRow(row.integer("resource")?)).or_default();
                links.push(Link {
                    to: row.id("to_technology")?,
                    id: row.text("to_id")?,
                });
            }
        }
        Ok(found)
    }
}
