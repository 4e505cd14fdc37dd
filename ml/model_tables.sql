-- The risk models' own tables. {ml} is the schema, including the prefix. Rows are added, never
-- changed: the newest runs decide which model is current and which scores count.
create schema if not exists {ml};

create table if not exists {ml}.model_runs (
    run_id bigint generated always as identity primary key,
    run_type varchar(16) not null check (run_type in ('training', 'scoring', 'rollback')),
    source_system varchar(32) not null,
    risk_type varchar(32) not null check (risk_type in ('churn', 'warranty')),
    status varchar(16) not null check (status in ('promoted', 'refused', 'scored')),
    reason varchar(1024),
    model_version varchar(64),
    algorithm varchar(64),
    is_separable boolean not null default false,
    as_of_date date,
    horizon_days integer,
    data_hash varchar(64),
    row_count bigint not null,
    positive_count bigint,
    holdout_row_count bigint,
    random_seed bigint,
    parameters varchar(4096),
    started_at timestamptz not null,
    finished_at timestamptz not null,
    check (
        (run_type = 'scoring') = (status = 'scored')
        and (run_type <> 'rollback' or status = 'promoted')
    ),
    check (status = 'refused' or model_version is not null),
    check (status <> 'refused' or reason is not null)
);

create table if not exists {ml}.model_metrics (
    run_id bigint not null references {ml}.model_runs,
    data_part varchar(32) not null,
    predictor varchar(32) not null,
    group_name varchar(64) not null default 'all',
    group_value varchar(64) not null default 'all',
    metric varchar(64) not null,
    metric_value double precision not null,
    interval_low double precision,
    interval_high double precision,
    row_count bigint not null,
    primary key (run_id, data_part, predictor, group_name, group_value, metric)
);

create table if not exists {ml}.feature_importance (
    run_id bigint not null references {ml}.model_runs,
    feature_name varchar(64) not null,
    importance double precision not null,
    importance_deviation double precision,
    importance_rank integer not null,
    is_personal boolean not null,
    primary key (run_id, feature_name)
);

create table if not exists {ml}.drift (
    run_id bigint not null references {ml}.model_runs,
    subject varchar(16) not null check (subject in ('feature', 'score')),
    feature_name varchar(64) not null,
    population_stability double precision not null check (population_stability >= 0),
    outside_range_rate double precision check (outside_range_rate between 0 and 1),
    training_row_count bigint not null,
    scored_row_count bigint not null,
    primary key (run_id, subject, feature_name)
);

-- No unique index and no foreign key: they would double the time of a COPY of a million rows. A run
-- writes its scores in one transaction, so they are stored together, and a block range finds them.
create table if not exists {ml}.risk_scores (
    run_id bigint not null,
    source_system varchar(32) not null,
    customer_id varchar(256) not null,
    risk_type varchar(32) not null,
    probability double precision not null check (probability between 0.001 and 0.999),
    risk_tier varchar(16) not null check (risk_tier in ('low', 'medium', 'high')),
    has_risk boolean not null,
    is_outside_training_range boolean not null,
    reason_1 varchar(256),
    reason_2 varchar(256),
    reason_3 varchar(256)
);

create index if not exists risk_scores_run_id_idx on {ml}.risk_scores using brin (run_id)
with (pages_per_range = 16, autosummarize = on);

-- What customers will be worth: a run values all customers of a source, or is refused.
create table if not exists {ml}.lifetime_runs (
    run_id bigint generated always as identity primary key,
    source_system varchar(32) not null,
    status varchar(16) not null check (status in ('valued', 'refused')),
    reason varchar(1024),
    as_of_date date not null,
    held_out_days integer,
    currency_code varchar(3),
    discount_rate double precision not null,
    data_hash varchar(64) not null,
    row_count bigint not null,
    buying_r double precision,
    buying_alpha double precision,
    buying_a double precision,
    buying_b double precision,
    spending_p double precision,
    spending_q double precision,
    spending_gamma double precision,
    started_at timestamptz not null,
    finished_at timestamptz not null
);

create table if not exists {ml}.lifetime_metrics (
    run_id bigint not null references {ml}.lifetime_runs,
    metric varchar(64) not null,
    metric_value double precision not null,
    interval_low double precision,
    interval_high double precision,
    row_count bigint not null,
    primary key (run_id, metric)
);

create table if not exists {ml}.customer_values (
    run_id bigint not null,
    source_system varchar(32) not null,
    customer_id varchar(256) not null,
    probability_alive double precision not null,
    expected_purchases_90_days double precision not null,
    expected_value_90_days double precision,
    value_90_days_p10 double precision,
    value_90_days_p50 double precision,
    value_90_days_p90 double precision,
    expected_purchases_365_days double precision not null,
    expected_value_365_days double precision,
    value_365_days_p10 double precision,
    value_365_days_p50 double precision,
    value_365_days_p90 double precision
);

create index if not exists customer_values_run_id_idx on {ml}.customer_values using brin (run_id)
with (pages_per_range = 16, autosummarize = on);
