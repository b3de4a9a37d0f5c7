//! SQLite, the one that sqlx bundles.

use super::Words;
use crate::db::Sql;

pub(crate) const WORDS: Words = Words {
    number: "integer primary key autoincrement",
    integer: "integer",
    text: "text",
    bytes: "blob",
    table: "strict",
    keyed: "strict, without rowid",
    // The words only, not their places, nor the text: what is asked is whether a resource has a word.
    own_tables: "
        create virtual table resource_words using fts5(
            words, content = '', contentless_delete = 1, detail = none, tokenize = \"ascii tokenchars '_'\"
        );
    ",
    has_word: [
        "resource.id in (select rowid from resource_words where resource_words match ",
        ")",
    ],
    acquire_lease: Sql("insert into lease (name, owner, fence, ends_at)
        values ($1, $2, 1, cast(unixepoch('subsec') * 1000000 as integer) + $3)
        on conflict (name) do update set owner = excluded.owner, fence = lease.fence + 1, ends_at = excluded.ends_at
        where lease.ends_at <= cast(unixepoch('subsec') * 1000000 as integer)
            or lease.ends_at > cast(unixepoch('subsec') * 1000000 as integer) + $4
        returning fence"),
    renew_lease: Sql(
        "update lease set ends_at = cast(unixepoch('subsec') * 1000000 as integer) + $3 where name = $1 and fence = $2",
    ),
    has_schema: Sql("select count(*) as tables from sqlite_schema where type = 'table' and name = 'schema_migration'"),
    // One writer at a time: nobody else changes or claims anything.
    for_update: "",
    skip_locked: "",
    analyze: "analyze",
};
