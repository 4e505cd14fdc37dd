-- Grain: one business day and currency of one load. Amounts add up only within one currency.
-- All is counted anew on each build: a reconciliation that trusts its own past proves nothing.
-- Kept out of schema marts, whose tables do not depend on how history was cut into files.
{{ config(schema='intermediate', grants={'select': []}) }}

{%- set facts = reconciled_facts() %}
{%- set buckets = 64 %}
{%- set no_date = "cast('0001-01-01' as date)" %}

with load_files as (
    select * from {{ ref('stg_ops__load_files') }}
    where {{ is_source_on('source_system') }}
),

rejected_orders as (
    select
        rejected_orders.load_id,
        {{ surrogate_key('load_files.source_system', 'rejected_orders.order_id') }} as order_key
    from {{ ref('stg_ops__rejected_orders') }} as rejected_orders
    inner join load_files
        on rejected_orders.load_id = load_files.load_id
),

load_totals as (
    select * from {{ ref('stg_ops__load_totals') }}
),

-- Days are cut into buckets of orders, so that what is unequal is searched for among few rows; the
-- sum of keys tells orders apart that replace each other row for row and cent for cent.
staged_buckets as (
    select
        source_system,
        table_name,
        reconciled_in,
        load_id,
        business_date,
        currency_code,
        mod(order_key, {{ buckets }}) as order_bucket,
        count(*) as row_count,
        sum(control_amount) as amount,
        sum(order_key) as key_sum
    from {{ ref('fct_control_rows') }}
    group by
        source_system,
        table_name,
        reconciled_in,
        load_id,
        business_date,
        currency_code,
        mod(order_key, {{ buckets }})
),

staged_totals as (
    select
        source_system,
        table_name,
        reconciled_in,
        load_id,
        business_date,
        currency_code,
        sum(row_count) as row_count,
        sum(amount) as amount
    from staged_buckets
    group by source_system, table_name, reconciled_in, load_id, business_date, currency_code
),

control_tables as (
    select
        source_system,
        table_name,
        max(reconciled_in) as reconciled_in,
        max(business_date) is not null as is_dated,
        max(amount) is not null as has_amount
    from staged_totals
    group by source_system, table_name
),

file_totals as (
    select
        load_totals.load_id,
        load_totals.business_date,
        -- Amounts for which a file names no currency are in the default one.
        case
            when load_totals.control_amount is not null
                then coalesce(load_totals.currency_code, '{{ var("default_currency") }}')
            else load_totals.currency_code
        end as currency_code,
        load_totals.row_count,
        load_totals.control_amount as amount
    from load_totals
    inner join load_files
        on load_totals.load_id = load_files.load_id
    left join control_tables
        on
            load_files.source_system = control_tables.source_system
            and load_files.table_name = control_tables.table_name
    where
        load_files.is_live
        and (
            control_tables.table_name is not null
            or load_totals.control_amount is not null
        )
),

-- The facts are not imported above: PostgreSQL would write out a whole fact that is named twice.
buckets_of_facts as (
    {%- for fact, columns in facts.items() %}
    select
        '{{ fact }}' as fact_name,
        load_id,
        cast({{ columns.date }} as date) as business_date,
        {{ 'currency_code' if columns.amount else 'cast(null as varchar(3)) as currency_code' }},
        mod({{ columns.key }}, {{ buckets }}) as order_bucket,
        count(*) as row_count,
        {{ 'sum(' ~ columns.amount ~ ')' if columns.amount else 'cast(null as numeric(18, 4))' }}
            as amount,
        sum({{ columns.key }}) as key_sum
    from {{ ref(fact) }}
    {{ "where " ~ columns.rows if columns.rows }}
    group by
        load_id,
        cast({{ columns.date }} as date),
        {{ "currency_code," if columns.amount }}
        mod({{ columns.key }}, {{ buckets }})
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- Also of loads that are no longer live: what a fact still holds of them is a difference.
fact_buckets as (
    select
        buckets_of_facts.load_id,
        case when coalesce(control_tables.is_dated, true) then buckets_of_facts.business_date end
            as business_date,
        case when coalesce(control_tables.has_amount, true) then buckets_of_facts.currency_code end
            as currency_code,
        buckets_of_facts.order_bucket,
        buckets_of_facts.row_count,
        case when coalesce(control_tables.has_amount, true) then buckets_of_facts.amount end
            as amount,
        buckets_of_facts.key_sum
    from buckets_of_facts
    inner join load_files
        on buckets_of_facts.load_id = load_files.load_id
    left join control_tables
        on
            load_files.source_system = control_tables.source_system
            and load_files.table_name = control_tables.table_name
    where buckets_of_facts.fact_name = coalesce(control_tables.reconciled_in, 'fct_orders')
),

fact_totals as (
    select
        load_id,
        business_date,
        currency_code,
        sum(row_count) as row_count,
        sum(amount) as amount
    from fact_buckets
    group by load_id, business_date, currency_code
),

staged_less_fact as (
    select
        load_id,
        business_date,
        currency_code,
        order_bucket,
        row_count,
        coalesce(amount, 0) as amount,
        key_sum
    from staged_buckets
    union all
    select
        load_id,
        business_date,
        currency_code,
        order_bucket,
        -row_count as row_count,
        -coalesce(amount, 0) as amount,
        -key_sum as key_sum
    from fact_buckets
),

compared_buckets as (
    select
        load_id,
        business_date,
        order_bucket,
        sum(row_count) as row_count,
        sum(amount) as amount,
        sum(key_sum) as key_sum
    from staged_less_fact
    group by load_id, business_date, currency_code, order_bucket
),

unequal_buckets as (
    select
        load_id,
        coalesce(business_date, {{ no_date }}) as business_date,
        order_bucket
    from compared_buckets
    where
        row_count <> 0
        or amount <> 0
        or key_sum <> 0
    group by load_id, coalesce(business_date, {{ no_date }}), order_bucket
),

-- Row by row only where the totals leave something to explain.
rows_to_explain as (
    select
        control_rows.order_key,
        control_rows.reconciled_in,
        control_rows.load_id,
        control_rows.business_date,
        control_rows.currency_code,
        control_rows.missing_part,
        control_rows.is_superseded,
        coalesce(control_rows.control_amount, 0) as amount
    from {{ ref('fct_control_rows') }} as control_rows
    inner join unequal_buckets
        on
            control_rows.load_id = unequal_buckets.load_id
            and coalesce(control_rows.business_date, {{ no_date }}) = unequal_buckets.business_date
            and mod(control_rows.order_key, {{ buckets }}) = unequal_buckets.order_bucket
),

orders_to_explain as (
    select
        reconciled_in,
        order_key
    from rows_to_explain
    group by reconciled_in, order_key
),

{%- for fact in facts %}

{{ fact }}__orders as (
    select order_key
    from orders_to_explain
    where reconciled_in = '{{ fact }}'
),
{%- endfor %}

counted_rows as (
    {%- for fact, columns in facts.items() %}
    select
        '{{ fact }}' as fact_name,
        cast(found.{{ columns.key }} as bigint) as order_key,
        found.load_id,
        cast(found.{{ columns.date }} as date) as order_date
    from {{ rows_of_orders(fact ~ '__orders', ref(fact), columns.key) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

counted_loads as (
    select
        fact_name,
        order_key,
        load_id,
        order_date
    from counted_rows
    group by fact_name, order_key, load_id, order_date
),

counted_orders as (
    select
        fact_name,
        order_key,
        max(load_id) as latest_load_id
    from counted_loads
    group by fact_name, order_key
),

explained_rows as (
    select
        rows_to_explain.load_id,
        rows_to_explain.business_date,
        rows_to_explain.currency_code,
        rows_to_explain.amount,
        counted_loads.order_date,
        case
            when rows_to_explain.is_superseded then 'superseded'
            when rows_to_explain.missing_part in ('header', 'price') then 'waiting'
            when
                counted_loads.order_key is null
                and counted_orders.latest_load_id > rows_to_explain.load_id
                then 'superseded'
            -- A newer file that was loaded earlier has the whole order.
            when
                counted_loads.order_key is null
                and coalesce(own_files.order_again, counting_files.order_again) = 'newest'
                and counting_files.file_order > own_files.file_order
                then 'superseded'
            -- A line of the order was rejected in this file, and another file has the whole order.
            when
                counted_loads.order_key is null
                and counted_orders.order_key is not null
                and rejected_orders.order_key is not null
                then 'superseded'
            when counted_loads.order_date <> rows_to_explain.business_date then 'redated'
        end as explanation
    from rows_to_explain
    left join counted_loads
        on
            rows_to_explain.reconciled_in = counted_loads.fact_name
            and rows_to_explain.order_key = counted_loads.order_key
            and rows_to_explain.load_id = counted_loads.load_id
    left join counted_orders
        on
            rows_to_explain.reconciled_in = counted_orders.fact_name
            and rows_to_explain.order_key = counted_orders.order_key
    left join rejected_orders
        on
            rows_to_explain.load_id = rejected_orders.load_id
            and rows_to_explain.order_key = rejected_orders.order_key
    left join load_files as counting_files
        on counted_orders.latest_load_id = counting_files.load_id
    left join load_files as own_files
        on rows_to_explain.load_id = own_files.load_id
),

explanations as (
    select
        load_id,
        business_date,
        currency_code,
        explanation,
        count(*) as row_count,
        sum(amount) as amount
    from explained_rows
    where explanation is not null
    group by load_id, business_date, currency_code, explanation
    union all
    -- A row counted under another day is missing from its own and too many on the other.
    select
        load_id,
        order_date as business_date,
        currency_code,
        explanation,
        -count(*) as row_count,
        -sum(amount) as amount
    from explained_rows
    where explanation = 'redated'
    group by load_id, order_date, currency_code, explanation
),

measures as (
    select
        load_id,
        business_date,
        currency_code,
        'control' as measure,
        row_count,
        amount
    from file_totals
    union all
    select
        load_id,
        business_date,
        currency_code,
        'staged' as measure,
        row_count,
        amount
    from staged_totals
    union all
    select
        load_id,
        business_date,
        currency_code,
        explanation as measure,
        row_count,
        amount
    from explanations
    union all
    select
        load_id,
        business_date,
        currency_code,
        'fact' as measure,
        row_count,
        amount
    from fact_totals
),

side_by_side as (
    select
        load_id,
        business_date,
        currency_code,
        sum(case when measure = 'control' then row_count else 0 end) as control_row_count,
        sum(case when measure = 'staged' then row_count else 0 end) as staged_row_count,
        sum(case when measure = 'superseded' then row_count else 0 end) as superseded_row_count,
        sum(case when measure = 'waiting' then row_count else 0 end) as waiting_row_count,
        sum(case when measure = 'redated' then row_count else 0 end) as redated_row_count,
        sum(case when measure = 'fact' then row_count else 0 end) as fact_row_count,
        sum(case when measure = 'control' then coalesce(amount, 0) else 0 end) as control_amount,
        sum(case when measure = 'staged' then coalesce(amount, 0) else 0 end) as staged_amount,
        sum(case when measure = 'superseded' then coalesce(amount, 0) else 0 end)
            as superseded_amount,
        sum(case when measure = 'waiting' then coalesce(amount, 0) else 0 end) as waiting_amount,
        sum(case when measure = 'redated' then coalesce(amount, 0) else 0 end) as redated_amount,
        sum(case when measure = 'fact' then coalesce(amount, 0) else 0 end) as fact_amount
    from measures
    group by load_id, business_date, currency_code
),

final as (
    select
        cast(side_by_side.load_id as bigint) as load_id,
        cast(load_files.source_system as varchar(32)) as source_system,
        cast(load_files.table_name as varchar(128)) as table_name,
        cast(load_files.file_name as varchar(512)) as file_name,
        cast(side_by_side.business_date as date) as business_date,
        cast(side_by_side.currency_code as varchar(3)) as currency_code,
        cast(side_by_side.control_row_count as bigint) as control_row_count,
        cast(side_by_side.staged_row_count as bigint) as staged_row_count,
        cast(side_by_side.superseded_row_count as bigint) as superseded_row_count,
        cast(side_by_side.waiting_row_count as bigint) as waiting_row_count,
        cast(side_by_side.redated_row_count as bigint) as redated_row_count,
        cast(side_by_side.fact_row_count as bigint) as fact_row_count,
        cast(
            side_by_side.fact_row_count
            + side_by_side.superseded_row_count
            + side_by_side.waiting_row_count
            + side_by_side.redated_row_count
            - side_by_side.control_row_count as bigint
        ) as row_count_difference,
        cast(side_by_side.control_amount as numeric(18, 4)) as control_amount,
        cast(side_by_side.staged_amount as numeric(18, 4)) as staged_amount,
        cast(side_by_side.superseded_amount as numeric(18, 4)) as superseded_amount,
        cast(side_by_side.waiting_amount as numeric(18, 4)) as waiting_amount,
        cast(side_by_side.redated_amount as numeric(18, 4)) as redated_amount,
        cast(side_by_side.fact_amount as numeric(18, 4)) as fact_amount,
        cast(
            side_by_side.fact_amount
            + side_by_side.superseded_amount
            + side_by_side.waiting_amount
            + side_by_side.redated_amount
            - side_by_side.control_amount as numeric(18, 4)
        ) as difference
    from side_by_side
    inner join load_files
        on side_by_side.load_id = load_files.load_id
)

select * from final
{{ kept_rows() }}
