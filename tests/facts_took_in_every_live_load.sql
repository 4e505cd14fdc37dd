with fact_loads as (
    select * from {{ ref('stg_ops__fact_loads') }}
    {%- if held_sources() %}
    where
        load_id not in (
            select load_id from {{ ref('load_history') }} where {{ is_held('source_system') }}
        )
    {%- endif %}
),

live_loads as (
    select * from {{ ref('load_history') }}
    where is_live {{ is_not_held('source_system') }}
),

-- The loads that each fact must know; naming the fact makes the test wait for it.
expected as (
    {%- for fact, entity in {
        'fct_order_lines': 'order_loads',
        'fct_orders': 'order_loads',
        'fct_control_orders': 'order_loads',
        'fct_promotions_weekly': 'promotions',
    }.items() %}
    select
        cast('{{ fact }}' as varchar(128)) as fact_name,
        load_id
    from live_loads
    where
        source_system || '.' || table_name in (
            '{{ raw_tables_behind(entity) | join("', '") }}'
        )
    {%- do ref(fact) %}
    {{ "union all" if not loop.last }}
    {%- endfor %}
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
