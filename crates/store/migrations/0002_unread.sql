-- What could not be read of a resource when its newest evaluation was made: document paths, a line each; `*`: any of them.
-- Evaluations of what was recorded (because time, rules or neighbours have changed) must not take a missing field for an absent one.

alter table resource add column unread {text} not null default '';

update resource set unread = (
    select coalesce(string_agg(coalesce(gap.field, '*'), '
'), '') from gap
    where gap.scope = resource.scope
        and (gap.resource = resource.aws_id or (gap.resource is null and gap.field is not null))
) where scope in (select gap.scope from gap);
