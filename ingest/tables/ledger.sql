-- The loader's and the builds' own tables. {ops} is the schema, prefix included.
create schema if not exists {ops};

-- The database's comment names the warehouse's owner: only the database owner can write it.
drop table if exists {ops}.warehouse;

create table if not exists {ops}.load_files (
    load_id bigint generated always as identity primary key,
    source_system varchar(32) not null,
    table_name varchar(128) not null,
    file_name varchar(512) not null,
    sha256 varchar(64) not null,
    file_bytes bigint not null,
    rows_in_file bigint not null,
    rows_loaded bigint not null,
    rows_rejected bigint not null,
    as_of_date date not null,
    status varchar(16) not null,
    is_live boolean not null,
    superseded_by_load_id bigint,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    superseded_at timestamptz,
    -- How orders in several files are resolved, this file's sort key among those files, and the
    -- time zone that times with an offset were converted to.
    order_again varchar(16),
    file_order varchar(64),
    time_zone varchar(64)
);
alter table {ops}.load_files add column if not exists order_again varchar(16);
alter table {ops}.load_files add column if not exists file_order varchar(64);
alter table {ops}.load_files add column if not exists time_zone varchar(64);

create table if not exists {ops}.load_totals (
    load_id bigint not null,
    business_date date,
    currency_code varchar(3),
    row_count bigint not null,
    control_amount numeric(18, 4)
);

create table if not exists {ops}.rejected_rows (
    load_id bigint not null,
    line_number bigint not null,
    column_name varchar(128),
    reason varchar(512) not null,
    value varchar(512)
);

-- Orders with some lines in a load, while other lines of its file were rejected.
create table if not exists {ops}.rejected_orders (
    load_id bigint not null,
    order_id varchar(256) not null
);

create table if not exists {ops}.fact_loads (
    fact_name varchar(128) not null,
    load_id bigint not null,
    primary key (fact_name, load_id)
);

-- What people are told, from when it began until it is over. mark changes when they must be told
-- again; told_mark is the one they know.
create table if not exists {ops}.alerts (
    alert_id bigint generated always as identity primary key,
    kind varchar(32) not null,
    subject varchar(256) not null,
    what varchar(1024) not null,
    mark varchar(16) not null,
    since timestamptz not null,
    told_mark varchar(16),
    told_at timestamptz,
    ended_at timestamptz,
    end_told_at timestamptz
);

-- Replaced by queues that builds create themselves, one per model.
drop table if exists {ops}.pending_changes cascade;

create table if not exists {ops}.build_runs (
    build_id bigint generated always as identity primary key,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    status varchar(16) not null,
    models_built integer not null,
    tests_passed integer not null,
    tests_warned integer not null,
    tests_failed integer not null,
    fingerprint varchar(64) not null,
    weekly_fingerprint varchar(64),
    -- How much was due (everything, changes or selected), why, and why the run failed: names and
    -- numbers only.
    scope varchar(16),
    cause varchar(1024),
    failure varchar(1024)
);
alter table {ops}.build_runs add column if not exists scope varchar(16);
alter table {ops}.build_runs add column if not exists cause varchar(1024);
alter table {ops}.build_runs add column if not exists failure varchar(1024);

-- What each run did, one step after another, and how long each took.
create table if not exists {ops}.build_steps (
    build_id bigint not null,
    step_number integer not null,
    step varchar(32) not null,
    started_at timestamptz not null,
    seconds numeric(12, 3) not null,
    status varchar(16) not null,
    node_count integer,
    row_count bigint,
    cause varchar(1024),
    primary key (build_id, step_number)
);

-- What dbt said of each model, seed, snapshot and test of a run.
create table if not exists {ops}.build_nodes (
    build_id bigint not null,
    node_name varchar(256) not null,
    kind varchar(16) not null,
    status varchar(16) not null,
    seconds numeric(12, 3) not null,
    row_count bigint,
    failure_count bigint
);
create index if not exists build_nodes_build_id_idx on {ops}.build_nodes using brin (build_id);

-- What readers see, the last row now: which build, since when, and whether it was brought back.
create table if not exists {ops}.publications (
    publication_id bigint primary key,
    published_at timestamptz not null,
    build_id bigint,
    is_back boolean not null
);

-- The table that each view of readers shows, and the one before the last publication, by object id;
-- a view that is a model has a query instead. The marks, of what a view was made from and of its
-- comments, are for Redshift.
create table if not exists {ops}.published_relations (
    relation_schema varchar(128) not null,
    relation_name varchar(128) not null,
    table_id bigint,
    before_id bigint,
    before_definition text,
    definition_mark varchar(32),
    comments_mark varchar(32),
    primary key (relation_schema, relation_name)
);
alter table {ops}.published_relations add column if not exists definition_mark varchar(32);
alter table {ops}.published_relations add column if not exists comments_mark varchar(32);

-- Sources whose tests fail: what is built from them dates from before held_since.
create table if not exists {ops}.held_sources (
    source_system varchar(32) primary key,
    held_since timestamptz not null,
    reason varchar(1024) not null
);

-- What the last build was made from, and the dbt nodes that it did not finish; no row if that is
-- unknown. Together with built_loads it shows the next build what is new.
create table if not exists {ops}.build_state (
    models_hash varchar(64) not null,
    settings_hash varchar(64) not null,
    built_hash varchar(64) not null,
    unfinished text not null
);

create table if not exists {ops}.built_loads (
    load_id bigint primary key
);

-- Hashes of the code that built each incremental model, its own and that of each model upstream;
-- models that other code built are rebuilt from scratch.
create table if not exists {ops}.model_code (
    model varchar(128) not null,
    upstream_model varchar(128) not null,
    code_hash varchar(64) not null,
    primary key (model, upstream_model)
);

create table if not exists {ops}.token_keys (
    fingerprint varchar(64) primary key,
    created_at timestamptz not null
);

-- Forgotten customers: keyed hashes of their ids and of the values that link rows to them.
create table if not exists {ops}.forgotten (
    source_system varchar(32) not null,
    identifier varchar(256) not null,
    value_hash varchar(64) not null,
    forgotten_at timestamptz not null,
    primary key (source_system, identifier, value_hash)
);

-- Tables with erased values whose files still hold the old rows.
create table if not exists {ops}.pending_rewrites (
    table_name varchar(256) primary key
);

create table if not exists {ops}.erasures (
    erased_at timestamptz not null,
    reason varchar(16) not null,
    source_system varchar(32) not null,
    table_name varchar(128) not null,
    load_id bigint,
    row_count bigint not null
);
