{# Gives public views the comments of what they are made from, and readers their rights. #}
{% macro postgres__comment_and_grant() %}
    {%- set made -%}
        select format(
            'comment on %s %s%s is %L', case when own.attname is null then 'view' else 'column' end,
            to_point.public_name, coalesce('.' || quote_ident(own.attname), ''), given.description
        )
        from to_point
        inner join pg_description as given
            on to_point.source_id = given.objoid
                and given.classoid = cast('pg_class' as regclass)
        left join pg_attribute as made
            on given.objsubid > 0 and to_point.source_id = made.attrelid
                and given.objsubid = made.attnum
        left join pg_attribute as own
            on own.attrelid = to_regclass(to_point.public_name) and made.attname = own.attname
        left join pg_description as has
            on has.objoid = to_regclass(to_point.public_name)
                and has.classoid = cast('pg_class' as regclass)
                and has.objsubid = coalesce(own.attnum, 0)
        where
            has.description is distinct from given.description
            and (given.objsubid = 0 or own.attnum is not null)
    {%- endset -%}
    {%- do run_made(made) -%}
    {%- set rights -%}
        select to_point.public_name, to_point.readers, pg_roles.rolname
        from to_point
        inner join pg_class on pg_class.oid = to_regclass(to_point.public_name)
        cross join lateral aclexplode(pg_class.relacl) as granted
        inner join pg_roles on granted.grantee = pg_roles.oid
        where granted.privilege_type = 'SELECT'
    {%- endset -%}
    {%- set made -%}
        with rights as ({{ rights }}),

        wanted as (select to_point.*, reader from to_point cross join unnest(readers) as reader)

        select format(
            'grant usage on schema %1$I to %3$I; grant select on %2$s to %3$I',
            public_schema, public_name, reader
        )
        from wanted
        where (public_name, reader) not in (select public_name, rolname from rights)
        union all
        select format('revoke select on %s from %I', public_name, rolname)
        from rights
        where rolname in (select reader from wanted) and rolname <> all(readers)
    {%- endset -%}
    {%- do run_made(made) -%}
{% endmacro %}
