-- Grain: one business day and currency of one load. Amounts add up only within one currency.
-- Orders are counted in fct_control_orders, on each build those that changed and some others. What
-- has one row in its fact is counted here.

{%- set facts = reconciled_facts() %}

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

-- An order's rows in a load's file and in its fact, side by side.
counts as (
    select
        reconciled_in,
        order_key,
        load_id,
        business_date,
        currency_code,
        missing_part,
        is_superseded,
        staged_row_count,
        staged_amount,
        fact_row_count,
        fact_amount
    from {{ ref('fct_control_orders') }}
    union all
    select
        reconciled_in,
        order_key,
        load_id,
        business_date,
        currency_code,
        missing_part,
        is_superseded,
        1 as staged_row_count,
        control_amount as staged_amount,
        0 as fact_row_count,
        cast(null as numeric(18, 4)) as fact_amount
    from {{ ref('fct_control_rows') }}
    where {{ is_of_orders('reconciled_in', 'not') }}
    {%- for fact, columns in facts.items() if fact != 'fct_order_lines' %}
    union all
    select
        cast('{{ fact }}' as varchar(128)) as reconciled_in,
        {{ columns.key }} as order_key,
        load_id,
        cast({{ columns.date }} as date) as business_date,
        {{ 'currency_code' if columns.amount else 'cast(null as varchar(3)) as currency_code' }},
        cast(null as varchar(64)) as missing_part,
        false as is_superseded,
        0 as staged_row_count,
        cast(null as numeric(18, 4)) as staged_amount,
        1 as fact_row_count,
        {{ columns.amount if columns.amount else 'cast(null as numeric(18, 4))' }} as fact_amount
    from {{ ref(fact) }}
    {%- endfor %}
),

totals as (
    select
        reconciled_in,
        load_id,
        business_date,
        currency_code,
        cast(sum(staged_row_count) as bigint) as staged_row_count,
        cast(sum(staged_amount) as numeric(18, 4)) as staged_amount,
        cast(sum(fact_row_count) as bigint) as fact_row_count,
        cast(sum(fact_amount) as numeric(18, 4)) as fact_amount
    from counts
    group by reconciled_in, load_id, business_date, currency_code
),

totals_of_files as (
    select
        totals.*,
        load_files.source_system,
        load_files.table_name
    from totals
    inner join load_files
        on totals.load_id = load_files.load_id
),

staged_totals as (
    select
        source_system,
        table_name,
        reconciled_in,
        load_id,
        business_date,
        currency_code,
        staged_row_count as row_count,
        staged_amount as amount
    from totals_of_files
    where staged_row_count > 0
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

-- Includes loads that are no longer live: rows that a fact still has of them are a difference.
fact_totals as (
    select
        totals.load_id,
        case when coalesce(control_tables.is_dated, true) then totals.business_date end
            as business_date,
        case when coalesce(control_tables.has_amount, true) then totals.currency_code end
            as currency_code,
        totals.fact_row_count as row_count,
        case when coalesce(control_tables.has_amount, true) then totals.fact_amount end as amount
    from totals_of_files as totals
    left join control_tables
        on
            totals.source_system = control_tables.source_system
            and totals.table_name = control_tables.table_name
    where
        totals.fact_row_count > 0
        and totals.reconciled_in = coalesce(control_tables.reconciled_in, 'fct_orders')
),

-- What the fact counts of the same load and day needs no explanation.
to_explain as (
    select
        reconciled_in,
        order_key,
        load_id,
        business_date,
        currency_code,
        missing_part,
        is_superseded,
        staged_row_count as row_count,
        coalesce(staged_amount, 0) as amount
    from counts
    where
        staged_row_count > 0
        and (fact_row_count = 0 or is_superseded or missing_part in ('header', 'price'))
),

orders_to_explain as (
    select
        reconciled_in,
        order_key
    from to_explain
    group by reconciled_in, order_key
),

counted_loads as (
    select
        counts.reconciled_in,
        counts.order_key,
        counts.load_id,
        counts.business_date as order_date
    from counts
    inner join orders_to_explain
        on
            counts.reconciled_in = orders_to_explain.reconciled_in
            and counts.order_key = orders_to_explain.order_key
    where counts.fact_row_count > 0
    group by counts.reconciled_in, counts.order_key, counts.load_id, counts.business_date
),

counted_orders as (
    select
        reconciled_in,
        order_key,
        max(load_id) as latest_load_id
    from counted_loads
    group by reconciled_in, order_key
),

explained_rows as (
    select
        to_explain.load_id,
        to_explain.business_date,
        to_explain.currency_code,
        to_explain.row_count,
        to_explain.amount,
        counted_loads.order_date,
        case
            when to_explain.is_superseded then 'superseded'
            when to_explain.missing_part in ('header', 'price') then 'waiting'
            when
                counted_loads.order_key is null
                and counted_orders.latest_load_id > to_explain.load_id
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
            when counted_loads.order_date <> to_explain.business_date then 'redated'
        end as explanation
    from to_explain
    left join counted_loads
        on
            to_explain.reconciled_in = counted_loads.reconciled_in
            and to_explain.order_key = counted_loads.order_key
            and to_explain.load_id = counted_loads.load_id
    left join counted_orders
        on
            to_explain.reconciled_in = counted_orders.reconciled_in
            and to_explain.order_key = counted_orders.order_key
    left join rejected_orders
        on
            to_explain.load_id = rejected_orders.load_id
            and to_explain.order_key = rejected_orders.order_key
    left join load_files as counting_files
        on counted_orders.latest_load_id = counting_files.load_id
    left join load_files as own_files
        on to_explain.load_id = own_files.load_id
),

explanations as (
    select
        load_id,
        business_date,
        currency_code,
        explanation,
        cast(sum(row_count) as bigint) as row_count,
        cast(sum(amount) as numeric(18, 4)) as amount
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
        cast(-sum(row_count) as bigint) as row_count,
        cast(-sum(amount) as numeric(18, 4)) as amount
    from explained_rows
    where explanation = 'redated'
    group by load_id, order_date, currency_code, explanation
),

measures as (
    select
        load_id,
        business_date,
        currency_code,
        cast('control' as varchar(16)) as measure,
        row_count,
        amount
    from file_totals
    union all
    select
        load_id,
        business_date,
        currency_code,
        cast('staged' as varchar(16)) as measure,
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
        cast('fact' as varchar(16)) as measure,
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
