with fact_loads as (
    select * from {{ ref('stg_ops__fact_loads') }}
),

live_loads as (
    select * from {{ ref('load_history') }}
    where is_live
),

-- Selected from, so that the test waits for them.
facts as (
    {%- for fact in ['fct_order_lines', 'fct_orders', 'fct_promotions_weekly'] %}
    select
        '{{ fact }}' as fact_name,
        count(*) as row_count
    from {{ ref(fact) }}
    where 1 = 0
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

expected as (
    select
        facts.fact_name,
        live_loads.load_id
    from facts
    cross join live_loads
),

compared as (
    select
        coalesce(expected.fact_name, fact_loads.fact_name) as fact_name,
        coalesce(expected.load_id, fact_loads.load_id) as load_id,
        expected.load_id is not null as is_live,
        fact_loads.load_id is not null as is_taken_in
    from expected
    full outer join fact_loads
        on
            expected.fact_name = fact_loads.fact_name
            and expected.load_id = fact_loads.load_id
)

select * from compared
where is_live <> is_taken_in
