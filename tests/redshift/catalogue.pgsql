-- What Redshift has and PostgreSQL lacks, in a database behind the stand-in. Run by a superuser.
-- Not named .sql: dbt takes what is below tests/ for data tests.
set allow_system_table_mods = on;
set search_path = pg_catalog;

-- varchar(n) counts bytes: what is too long fails, but an explicit cast cuts it.
create function varchar_by_bytes(value varchar, modifier integer, is_cast boolean)
returns varchar language plpgsql immutable strict parallel safe as $$
declare
    room integer := modifier - 4;
    cut text;
begin
    if modifier < 4 or octet_length(value) <= room then
        return value;
    end if;
    if not is_cast and octet_length(rtrim(value, ' ')) > room then
        raise exception 'value too long for type character varying(%)', room
            using errcode = '22001';
    end if;
    cut := left(value, room);
    while octet_length(cut) > room loop
        cut := left(cut, length(cut) - greatest(1, (octet_length(cut) - room) / 4));
    end loop;
    return cut;
end
$$;

update pg_cast set castfunc = cast('varchar_by_bytes' as regproc)
where castsource = cast('varchar' as regtype) and casttarget = cast('varchar' as regtype);

alter function version() rename to version_behind;
create function version() returns text language sql stable as $$
    select cast('PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 '
        || '(Red Hat 3.4.2-6.fc3), Redshift 1.0.99999' as text)
$$;

-- PostgreSQL writes lists as arrays, which Redshift does not have.
alter function pg_get_viewdef(oid) rename to viewdef_behind;
create function pg_get_viewdef(view_id oid) returns text language sql stable
return regexp_replace(
    regexp_replace(
        viewdef_behind(view_id),
        '<> ALL \((ARRAY\[([^]]*)\]|\(ARRAY\[([^]]*)\]\)::[a-z ]+\[\])\)', 'NOT IN (\2\3)', 'g'
    ),
    '= ANY \((ARRAY\[([^]]*)\]|\(ARRAY\[([^]]*)\]\)::[a-z ]+\[\])\)', 'IN (\2\3)', 'g'
);

-- Texts
create function len(value text) returns integer language sql immutable parallel safe
as $$ select length(value) $$;

create function charindex(part text, whole text) returns integer
language sql immutable parallel safe as $$ select strpos(whole, part) $$;

create function sha2(value text, bits integer) returns text
language sql immutable parallel safe as $$
    select case bits
        when 224 then encode(sha224(convert_to(value, 'UTF8')), 'hex')
        when 384 then encode(sha384(convert_to(value, 'UTF8')), 'hex')
        when 512 then encode(sha512(convert_to(value, 'UTF8')), 'hex')
        else encode(sha256(convert_to(value, 'UTF8')), 'hex')
    end
$$;

-- Not Google's hash, but as wide, and the same as that of PostgreSQL's keys.
create function farmfingerprint64(value text) returns bigint language sql immutable parallel safe
as $$ select hashtextextended(value, 0) $$;

create function strtol(digits text, base integer) returns bigint
language plpgsql immutable strict parallel safe as $$
declare
    total numeric := 0;
    digit integer;
    letter text;
begin
    foreach letter in array string_to_array(lower(ltrim(digits, '-')), null) loop
        digit := strpos('0123456789abcdefghijklmnopqrstuvwxyz', letter) - 1;
        if digit < 0 or digit >= base then
            raise exception 'The input % is not valid to be converted to base %', digits, base;
        end if;
        total := total * base + digit;
    end loop;
    return case when digits like '-%' then -total else total end;
end
$$;

-- All that match, not the first one alone.
alter function regexp_replace(text, text, text) rename to regexp_replace_first;
create function regexp_replace(value text, pattern text, replacement text)
returns text language sql immutable parallel safe
as $$ select regexp_replace(value, pattern, replacement, 'g') $$;

create function split_to_array(value text, delimiter text default ',') returns text[]
language sql immutable parallel safe as $$ select string_to_array(value, delimiter) $$;

create function get_array_length(value anyarray) returns integer
language sql immutable parallel safe as $$ select cardinality(value) $$;

create function nvl2(value anyelement, otherwise anycompatible, instead anycompatible)
returns anycompatible language sql immutable parallel safe
as $$ select case when value is not null then otherwise else instead end $$;

-- Times
create function getdate() returns timestamp language sql stable parallel safe
as $$ select cast(date_trunc('second', clock_timestamp()) as timestamp) $$;

create function convert_timezone(source text, target text, moment timestamp) returns timestamp
language sql stable parallel safe
as $$ select (moment at time zone source) at time zone target $$;

create function convert_timezone(target text, moment timestamp) returns timestamp
language sql stable parallel safe as $$ select convert_timezone('UTC', target, moment) $$;

create function pg_catalog.unit_of_part(part text) returns text
language sql immutable parallel safe as $$
    select case
        when lower(part) in ('year', 'years', 'y', 'yr', 'yrs') then 'year'
        when lower(part) in ('quarter', 'quarters', 'qtr', 'qtrs') then 'quarter'
        when lower(part) in ('month', 'months', 'mon', 'mons') then 'month'
        when lower(part) in ('week', 'weeks', 'w') then 'week'
        when lower(part) in ('day', 'days', 'd', 'dayofyear', 'doy', 'weekday', 'dow') then 'day'
        when lower(part) in ('hour', 'hours', 'h', 'hr', 'hrs') then 'hour'
        when lower(part) in ('minute', 'minutes', 'm', 'min', 'mins') then 'minute'
        when lower(part) in ('second', 'seconds', 's', 'sec', 'secs') then 'second'
        when lower(part) in ('millisecond', 'milliseconds', 'ms', 'msec') then 'millisecond'
        when lower(part) in ('microsecond', 'microseconds', 'us', 'usec') then 'microsecond'
    end
$$;

create function dateadd(part text, count bigint, moment timestamp) returns timestamp
language sql immutable parallel safe as $$
    select case unit_of_part(part)
        when 'quarter' then moment + count * interval '3 months'
        when 'year' then moment + count * interval '1 year'
        when 'month' then moment + count * interval '1 month'
        when 'week' then moment + count * interval '7 days'
        when 'day' then moment + count * interval '1 day'
        when 'hour' then moment + count * interval '1 hour'
        when 'minute' then moment + count * interval '1 minute'
        when 'second' then moment + count * interval '1 second'
        when 'millisecond' then moment + count * interval '1 millisecond'
        when 'microsecond' then moment + count * interval '1 microsecond'
    end
$$;

create function dateadd(part text, count bigint, moment date) returns timestamp
language sql immutable parallel safe
as $$ select dateadd(part, count, cast(moment as timestamp)) $$;

create function dateadd(part text, count bigint, moment timestamptz) returns timestamptz
language sql stable parallel safe
as $$ select cast(dateadd(part, count, cast(moment as timestamp)) as timestamptz) $$;

-- Counts the boundaries between two moments.
create function datediff(part text, earlier timestamp, later timestamp) returns bigint
language sql immutable parallel safe as $$
    select case unit_of_part(part)
        when 'year' then date_part('year', later) - date_part('year', earlier)
        when 'quarter' then
            (date_part('year', later) - date_part('year', earlier)) * 4
            + date_part('quarter', later) - date_part('quarter', earlier)
        when 'month' then
            (date_part('year', later) - date_part('year', earlier)) * 12
            + date_part('month', later) - date_part('month', earlier)
        when 'week' then
            (cast(date_trunc('week', later) as date) - cast(date_trunc('week', earlier) as date))
            / 7
        when 'day' then cast(later as date) - cast(earlier as date)
        when 'hour' then
            extract(epoch from date_trunc('hour', later) - date_trunc('hour', earlier)) / 3600
        when 'minute' then
            extract(epoch from date_trunc('minute', later) - date_trunc('minute', earlier)) / 60
        when 'second' then
            extract(epoch from date_trunc('second', later) - date_trunc('second', earlier))
        when 'millisecond' then extract(epoch from later - earlier) * 1000
        when 'microsecond' then extract(epoch from later - earlier) * 1000000
    end
$$;

create function datediff(part text, earlier date, later date) returns bigint
language sql immutable parallel safe
as $$ select datediff(part, cast(earlier as timestamp), cast(later as timestamp)) $$;

create function datediff(part text, earlier timestamptz, later timestamptz) returns bigint
language sql stable parallel safe
as $$ select datediff(part, cast(earlier as timestamp), cast(later as timestamp)) $$;

create function last_day(moment timestamp) returns date language sql immutable parallel safe as $$
    select cast(date_trunc('month', moment) + interval '1 month' - interval '1 day' as date)
$$;

create function add_months(moment timestamp, count integer) returns timestamp
language sql immutable parallel safe as $$ select moment + count * interval '1 month' $$;

-- Bulk
create function pg_last_copy_count() returns bigint language sql stable as $$
    select cast(coalesce(nullif(current_setting('stand_in.copied', true), ''), '0') as bigint)
$$;

create function pg_last_unload_count() returns bigint language sql stable as $$
    select cast(coalesce(nullif(current_setting('stand_in.unloaded', true), ''), '0') as bigint)
$$;

create table sys_load_error_detail (
    user_id integer,
    query_id bigint,
    transaction_id bigint,
    session_id integer,
    database_name char(64),
    table_id integer,
    start_time timestamp,
    file_name char(256),
    line_number bigint,
    column_name char(127),
    column_type char(10),
    column_length char(10),
    "position" integer,
    error_code integer,
    error_message char(512)
);
grant select on sys_load_error_detail to public;

-- Catalogue
create table stv_db_isolation_level (db_name char(128), isolation_level char(22));
insert into stv_db_isolation_level values (current_database(), 'Snapshot Isolation');
grant select on stv_db_isolation_level to public;

create function pg_get_late_binding_view_cols() returns setof record language sql stable as $$
    select
        cast(null as name), cast(null as name), cast(null as name), cast(null as varchar),
        cast(null as integer)
    where false
$$;

create view svv_external_columns as
select
    cast(null as text) as redshift_database_name,
    cast(null as text) as schemaname,
    cast(null as text) as tablename,
    cast(null as text) as columnname,
    cast(null as text) as external_type,
    cast(null as integer) as columnnum,
    cast(null as integer) as part_key,
    cast(null as text) as is_nullable
where false;

create view svv_roles as
select
    cast(oid as integer) as role_id,
    cast(rolname as text) as role_name,
    cast('' as text) as role_owner,
    cast(null as text) as external_id
from pg_roles
where not rolcanlogin and rolname not like 'pg!_%' escape '!';

create view svv_user_grants as
select
    cast(members.oid as integer) as user_id,
    cast(members.rolname as text) as user_name,
    cast(roles.oid as integer) as role_id,
    cast(roles.rolname as text) as role_name,
    admin_option
from pg_auth_members
inner join pg_roles as members on member = members.oid
inner join pg_roles as roles on roleid = roles.oid
where members.rolcanlogin;

create view svv_role_grants as
select
    cast(members.oid as integer) as role_id,
    cast(members.rolname as text) as role_name,
    cast(roles.oid as integer) as granted_role_id,
    cast(roles.rolname as text) as granted_role_name
from pg_auth_members
inner join pg_roles as members on member = members.oid
inner join pg_roles as roles on roleid = roles.oid
where not members.rolcanlogin;

create view svv_relation_privileges as
select
    cast(nspname as text) as namespace_name,
    cast(relname as text) as relation_name,
    cast(acl.privilege_type as text) as privilege_type,
    cast(acl.grantee as integer) as identity_id,
    cast(coalesce(rolname, 'public') as text) as identity_name,
    case when rolname is null then 'public' when rolcanlogin then 'user' else 'role' end
        as identity_type,
    acl.is_grantable as admin_option
from pg_class
inner join pg_namespace on relnamespace = pg_namespace.oid
cross join lateral aclexplode(relacl) as acl
left join pg_roles on acl.grantee = pg_roles.oid
where relkind in ('r', 'v');

create view svv_schema_privileges as
select
    cast(nspname as text) as namespace_name,
    cast(acl.privilege_type as text) as privilege_type,
    cast(acl.grantee as integer) as identity_id,
    cast(coalesce(rolname, 'public') as text) as identity_name,
    case when rolname is null then 'public' when rolcanlogin then 'user' else 'role' end
        as identity_type,
    acl.is_grantable as admin_option
from pg_namespace
cross join lateral aclexplode(nspacl) as acl
left join pg_roles on acl.grantee = pg_roles.oid;

create view svv_redshift_columns as
select
    cast(table_catalog as text) as database_name,
    cast(table_schema as text) as schema_name,
    cast(table_name as text) as table_name,
    cast(column_name as text) as column_name,
    cast(ordinal_position as integer) as ordinal_position,
    cast(data_type as text) as data_type,
    cast(column_default as text) as column_default,
    cast(is_nullable as text) as is_nullable,
    cast(null as text) as remarks
from information_schema.columns;

-- Rows that are deleted and that the last VACUUM had to leave, because a transaction may see them.
create table stand_in_dead (relation oid primary key, dead bigint);

create function stand_in_live(relation_schema name, relation_name name) returns bigint
language plpgsql volatile as $$
declare
    live bigint;
begin
    execute format('select count(*) from %I.%I', relation_schema, relation_name) into live;
    return live;
end
$$;

create view svv_table_info as
select
    cast(current_database() as text) as database,
    cast(nspname as text) as schema,
    cast(pg_class.oid as integer) as table_id,
    cast(relname as text) as "table",
    cast('Y, AUTO(ENCODE)' as text) as encoded,
    cast('AUTO(EVEN)' as text) as diststyle,
    cast('AUTO(SORTKEY)' as text) as sortkey1,
    cast(256 as integer) as max_varchar,
    cast('none' as text) as sortkey1_enc,
    cast(0 as integer) as sortkey_num,
    pg_relation_size(pg_class.oid) / 1048576 as size,
    cast(0 as numeric(10, 4)) as pct_used,
    cast(0 as bigint) as empty,
    cast(0 as numeric(5, 2)) as unsorted,
    cast(0 as numeric(5, 2)) as stats_off,
    cast(stand_in_live(nspname, relname) as numeric(38, 0)) + coalesce(stand_in_dead.dead, 0) as tbl_rows,
    cast(null as numeric(19, 2)) as skew_sortkey1,
    cast(null as numeric(19, 2)) as skew_rows
from pg_class
inner join pg_namespace on relnamespace = pg_namespace.oid
left join stand_in_dead on pg_class.oid = stand_in_dead.relation
where
    relkind = 'r' and nspname not in ('pg_catalog', 'information_schema')
    and nspname not like 'pg!_%' escape '!'
    and (reltuples > 0 or stand_in_dead.dead > 0);

create view svv_transactions as
select
    cast(datname as text) as txn_db,
    cast(usename as text) as txn_owner,
    pid,
    xact_start at time zone 'UTC' as txn_start
from pg_stat_activity
where xact_start is not null and datname = current_database() and backend_type = 'client backend';

grant select on
    svv_external_columns, svv_roles, svv_user_grants, svv_role_grants, svv_relation_privileges,
    svv_schema_privileges, svv_redshift_columns, svv_table_info, svv_transactions, stand_in_dead
to public;
