//! PostgreSQL 15 and later.

use super::Words;
use crate::db::Sql;

pub(crate) const WORDS: Words = Words {
    number: "bigint generated always as identity primary key",
    integer: "bigint",
    // Byte order, whatever the database's own: keyset pages and prefixes depend on it, and SQLite has no other.
    text: "text collate \"C\"",
    bytes: "bytea",
    table: "",
    keyed: "",
    // Bodies are compressed already. Resources are updated in place.
    own_tables: "
        alter table revision alter column body set storage external;
        alter table resource set (fillfactor = 85);
        create table resource_words (rowid bigint not null primary key, words text not null);
        create index resource_words_index on resource_words using gin (array_to_tsvector(string_to_array(words, ' ')));
    ",
    has_word: [
        "resource.id in (select w.rowid from resource_words w where array_to_tsvector(string_to_array(w.words, ' ')) @@ cast(",
        " as tsquery))",
    ],
    acquire_lease: Sql("insert into lease (name, owner, fence, ends_at)
        values ($1, $2, 1, cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) + $3)
        on conflict (name) do update set owner = excluded.owner, fence = lease.fence + 1, ends_at = excluded.ends_at
        where lease.ends_at <= cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)
            or lease.ends_at > cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) + $4
        returning fence"),
    renew_lease: Sql(
        "update lease set ends_at = cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) + $3 where name = $1 and fence = $2",
    ),
    // Not `information_schema`, which hides what this user may not read: a database of ours would look like an empty one.
    has_schema: Sql("select cast(count(*) as bigint) as tables from pg_catalog.pg_tables
        where schemaname = current_schema() and tablename = 'schema_migration'"),
    for_update: " for update",
    skip_locked: " for update of d skip locked",
    analyze: "analyze",
};
