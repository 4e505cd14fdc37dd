-- Grain: a day and currency of a load whose figures differ, and an order to blame (empty where none
-- can be found). A view: it is empty when all is well, and then reads no fact.
{{ config(materialized='view') }}

{%- set facts = reconciled_facts() %}
{%- set no_date = "cast('0001-01-01' as date)" %}

with load_reconciliation as (
    select * from {{ ref('load_reconciliation') }}
),

faults as (
    select
        source_system,
        table_name,
        file_name,
        load_id,
        business_date,
        currency_code,
        control_row_count,
        staged_row_count,
        fact_row_count,
        row_count_difference,
        control_amount,
        staged_amount,
        fact_amount,
        difference
    from load_reconciliation
    where
        difference <> 0
        or row_count_difference <> 0
        or staged_amount <> control_amount
        or staged_row_count <> control_row_count
),

-- The files at fault, order by order.
staged_orders as (
    select
        load_id,
        order_key,
        max(reconciled_in) as fact_name,
        max(order_id) as order_id,
        max(business_date) as business_date,
        max(currency_code) as currency_code,
        sum(
            case when is_superseded or missing_part in ('header', 'price') then 0 else 1 end
        ) as row_count,
        sum(
            case
                when is_superseded or missing_part in ('header', 'price') then 0
                else control_amount
            end
        ) as amount
    from {{ ref('fct_control_rows') }}
    where load_id in (select faults.load_id from faults)
    group by load_id, order_key
),

facts_of_loads as (
    select
        load_id,
        max(fact_name) as fact_name
    from staged_orders
    group by load_id
),

orders_of_facts as (
    {%- for fact, columns in facts.items() %}
    select
        cast('{{ fact }}' as varchar(128)) as fact_name,
        load_id,
        {{ columns.key }} as order_key,
        max({{ columns.id }}) as order_id,
        max(cast({{ columns.date }} as date)) as business_date,
        {{ 'max(currency_code)' if columns.amount else 'cast(null as varchar(3))' }}
            as currency_code,
        count(*) as row_count,
        cast({{ 'sum(' ~ columns.amount ~ ')' if columns.amount else 'null' }} as numeric(18, 4))
            as amount
    from {{ ref(fact) }}
    where
        load_id in (select faults.load_id from faults)
        {{ "and " ~ columns.rows if columns.rows }}
    group by load_id, {{ columns.key }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- A load that no longer counts has no fact of its own: whatever still holds rows of it is to blame.
counted_orders as (
    select orders_of_facts.*
    from orders_of_facts
    left join facts_of_loads
        on orders_of_facts.load_id = facts_of_loads.load_id
    where orders_of_facts.fact_name = coalesce(facts_of_loads.fact_name, orders_of_facts.fact_name)
),

unequal_orders as (
    select
        coalesce(counted_orders.fact_name, staged_orders.fact_name) as fact_name,
        coalesce(counted_orders.load_id, staged_orders.load_id) as load_id,
        coalesce(counted_orders.order_key, staged_orders.order_key) as order_key,
        coalesce(counted_orders.order_id, staged_orders.order_id) as order_id,
        coalesce(counted_orders.business_date, staged_orders.business_date) as business_date,
        coalesce(counted_orders.currency_code, staged_orders.currency_code) as currency_code
    from staged_orders
    full outer join counted_orders
        on
            staged_orders.load_id = counted_orders.load_id
            and staged_orders.order_key = counted_orders.order_key
    where
        coalesce(staged_orders.row_count, 0) <> coalesce(counted_orders.row_count, 0)
        or staged_orders.amount <> coalesce(counted_orders.amount, 0)
),

latest_loads as (
    {%- for fact, columns in facts.items() %}
    select
        cast('{{ fact }}' as varchar(128)) as fact_name,
        {{ columns.key }} as order_key,
        max(load_id) as load_id
    from {{ ref(fact) }}
    where {{ columns.key }} in (select unequal_orders.order_key from unequal_orders)
    group by {{ columns.key }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- An order that a later file holds is superseded, not lost.
orders_to_blame as (
    select
        unequal_orders.load_id,
        unequal_orders.business_date,
        unequal_orders.currency_code,
        unequal_orders.order_id
    from unequal_orders
    left join latest_loads
        on
            unequal_orders.fact_name = latest_loads.fact_name
            and unequal_orders.order_key = latest_loads.order_key
    where unequal_orders.load_id >= coalesce(latest_loads.load_id, unequal_orders.load_id)
    group by
        unequal_orders.load_id,
        unequal_orders.business_date,
        unequal_orders.currency_code,
        unequal_orders.order_id
),

final as (
    select
        faults.source_system,
        faults.table_name,
        faults.file_name,
        faults.load_id,
        faults.business_date,
        orders_to_blame.order_id,
        faults.currency_code,
        faults.control_row_count,
        faults.staged_row_count,
        faults.fact_row_count,
        faults.row_count_difference,
        faults.control_amount,
        faults.staged_amount,
        faults.fact_amount,
        faults.difference
    from faults
    left join orders_to_blame
        on
            faults.load_id = orders_to_blame.load_id
            and coalesce(faults.business_date, orders_to_blame.business_date, {{ no_date }})
            = coalesce(orders_to_blame.business_date, {{ no_date }})
            and coalesce(faults.currency_code, orders_to_blame.currency_code, '')
            = coalesce(orders_to_blame.currency_code, '')
)

select * from final
