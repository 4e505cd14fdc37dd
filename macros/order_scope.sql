{#
    The order scope: which orders an incremental run rebuilds.

    An order is touched when a live load that the fact has not taken in holds rows of it, when a
    load that the fact took in is no longer live (replaced, corrected, unloaded, source off), or
    when an upstream fact says in ops.pending_changes that it changed. Everything about a touched
    order is deleted and built anew, so late and back-dated files need no lookback.

    A fact opens its scope in a pre-hook, inside the transaction that also writes the fact, so that
    what it has taken in and what it holds can never disagree. The scope is a temporary table
    `<model>__scope`; `<model>__new_loads` stands beside it.
#}

{# Whether this run rebuilds a scope only (true) or everything (false). #}
{% macro is_scoped() %}
    {%- if not is_incremental() -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- if not flags.INTROSPECT -%}
        {%- do return(true) -%}
    {%- endif -%}
    {%- set everything -%}
        select 1 from {{ ops_table('pending_changes') }}
        where consumer = '{{ this.identifier }}' and order_key is null limit 1
    {%- endset -%}
    {%- do return(run_query(everything).rows | length == 0) -%}
{% endmacro %}


{# Pre-hook of a fact that takes in loads: fct_order_lines and fct_orders. #}
{% macro open_order_scope() %}
    {#- dbt looks for the refs of a hook while parsing, when nothing is executed. -#}
    {%- for source_system in entity_sources('order_loads') -%}
        {%- do ref('int_' ~ source_system ~ '__order_loads') -%}
    {%- endfor -%}
    {%- if execute -%}
    {%- set fact = this.identifier -%}
    {%- set scoped = is_scoped() %}
    {%- set live_loads_of_fact -%}
        select load_id from {{ ops_table('fact_loads') }} where fact_name = '{{ fact }}'
    {%- endset %}
    drop table if exists {{ fact }}__new_loads;
    create temporary table {{ fact }}__new_loads as
    select live.load_id, live.source_system
    from ({{ live_loads('order_loads') }}) as live
    {%- if scoped %}
    where live.load_id not in ({{ live_loads_of_fact }})
    {%- endif %};

    drop table if exists {{ fact }}__scope;
    create temporary table {{ fact }}__scope as
    {%- if scoped %}
    select
        touched.source_system,
        touched.order_id,
        {{ surrogate_key('touched.source_system', 'touched.order_id') }} as order_key
    from (
        {%- for source_system in entity_sources('order_loads') %}
        {{ orders_of_new_loads(source_system) }}
        union
        {%- endfor %}
        select source_system, order_id
        from {{ this }}
        where load_id in (
            {{ live_loads_of_fact }}
            and load_id not in (select load_id from ({{ live_loads('order_loads') }}) as live)
        )
        union
        select source_system, order_id
        from {{ ops_table('pending_changes') }}
        where consumer = '{{ fact }}'
    ) as touched;
    {%- else %}
    select
        cast(null as varchar(32)) as source_system,
        cast(null as varchar(256)) as order_id,
        cast(null as bigint) as order_key;
    {%- endif %}

    delete from {{ ops_table('fact_loads') }}
    where
        fact_name = '{{ fact }}'
        {%- if scoped %}
        and load_id not in (select load_id from ({{ live_loads('order_loads') }}) as live)
        {%- endif %};
    insert into {{ ops_table('fact_loads') }} (fact_name, load_id)
    select '{{ fact }}', load_id from {{ fact }}__new_loads;
    {{ take_pending_changes(scoped) }}
    {%- endif -%}
{% endmacro %}


{#
    Pre-hook of an aggregate over fct_orders: its scope is the keys of changed orders.
    Its config names them: meta: {scope_keys: [customer_key, order_date]}.
#}
{% macro open_key_scope() %}
    {%- if execute -%}
    {%- set scoped = is_scoped() %}
    drop table if exists {{ this.identifier }}__scope;
    create temporary table {{ this.identifier }}__scope as
    select distinct {{ scope_keys() | join(', ') }}
    from {{ ops_table('pending_changes') }}
    where
        consumer = '{{ this.identifier }}'
        and {{ 'order_key is not null' if scoped else 'order_key is null' }};
    {{ take_pending_changes(scoped) }}
    {%- endif -%}
{% endmacro %}


{# Empties this model's queue and, when it rebuilds everything, asks the same of what it feeds. #}
{% macro take_pending_changes(scoped) %}
    delete from {{ ops_table('pending_changes') }} where consumer = '{{ this.identifier }}';
    {%- if not scoped %}
    {%- for consumer in fed_models() %}
    delete from {{ ops_table('pending_changes') }} where consumer = '{{ consumer }}';
    insert into {{ ops_table('pending_changes') }} (consumer) values ('{{ consumer }}');
    {%- endfor %}
    {%- endif %}
{% endmacro %}


{# Columns by which the scope of this model is matched; a fact's is its order. #}
{% macro scope_keys() %}
    {%- do return(config.get('meta', {}).get('scope_keys', ['order_key'])) -%}
{% endmacro %}


{# Incremental models that rebuild what this model changed: meta: {feeds: [...]}. #}
{% macro fed_models() %}
    {%- do return(config.get('meta', {}).get('feeds', [])) -%}
{% endmacro %}


{# The incremental strategy `order_scope`: all of the scope out, what was rebuilt in. #}
{% macro get_incremental_order_scope_sql(arg_dict) %}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set temp_relation = arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set scope = target_relation.identifier ~ '__scope' -%}
    {%- set keys = scope_keys() -%}
    {%- set matches -%}
        {%- for key in keys -%}
            {{ target_relation }}.{{ key }} = {{ scope }}.{{ key }}{{ " and " if not loop.last }}
        {%- endfor -%}
    {%- endset -%}

    {%- for consumer in fed_models() %}
    {%- set rows = target_relation ~ ' inner join ' ~ scope ~ ' on ' ~ matches %}
    {{ announce_changes(consumer, rows, target_relation, scope) }}
    {%- endfor %}

    delete from {{ target_relation }}
    where exists (select 1 from {{ scope }} where {{ scope }}.{{ keys[0] }} is null);

    delete from {{ target_relation }}
    using {{ scope }}
    where {{ matches }};

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ temp_relation }};

    {%- for consumer in fed_models() %}
    {{ announce_changes(consumer, temp_relation, temp_relation, scope) }}
    {%- endfor %}
{% endmacro %}


{# Queues the orders of `rows` for a consumer, unless it is to rebuild everything anyway. #}
{% macro announce_changes(consumer, rows, relation, scope) %}
    insert into {{ ops_table('pending_changes') }} (
        consumer, source_system, order_id, order_key, customer_key, store_key, order_date
    )
    select distinct
        '{{ consumer }}',
        {{ relation }}.source_system,
        {{ relation }}.order_id,
        {{ relation }}.order_key,
        {{ relation }}.customer_key,
        {{ relation }}.store_key,
        {{ relation }}.order_date
    from {{ rows }}
    where not exists (select 1 from {{ scope }} as everything where everything.order_key is null);
{% endmacro %}
