{#
    How a fact takes in loads (see subscriptions.sql). An order is touched when a live load that the
    fact has not taken in holds rows of it, or when a load that it took in is no longer live
    (replaced, corrected, unloaded, source off). Everything about a touched order is deleted and
    built anew, so late and back-dated files need no lookback. What a fact has taken in is written
    down in the transaction that writes it, so the two can never disagree.

    On PostgreSQL a lateral subquery carries the order, or the load, down through the view to the
    raw table's index, windows included, so the work is in proportion to what is new. Redshift has
    no correlated laterals and scans columns quickly: there touched rows are found by semi-joins.
#}

{# Loads that this fact holds and that are no longer live. #}
{% macro withdrawn_loads() -%}
    select load_id from {{ ops_table('fact_loads') }}
    where
        fact_name = '{{ this.identifier }}'
        and load_id not in (
            select load_id from ({{ live_loads(subscription('takes_in')) }}) as live
        )
{%- endmacro %}


{% macro find_new_loads(scoped) %}
    {%- set new_loads = this.identifier ~ '__new_loads' %}
    {{ drop_scratch(new_loads) }}
    create temporary table {{ new_loads }} as
    select load_id, source_system
    from ({{ live_loads(subscription('takes_in')) }}) as live
    {%- if flags.EMPTY %}
    where 1 = 0
    {%- elif scoped %}
    where load_id not in (
        select load_id from {{ ops_table('fact_loads') }} where fact_name = '{{ this.identifier }}'
    )
    {%- endif %};
    {{ analyze_scratch(new_loads) }}
{% endmacro %}


{% macro write_loads_down(scoped) %}
    {%- set fact_loads = ops_table('fact_loads') %}
    {%- if not (scoped and flags.EMPTY) %}
    delete from {{ fact_loads }}
    where
        fact_name = '{{ this.identifier }}'
        {%- if scoped %}
        and load_id in ({{ withdrawn_loads() }})
        {%- endif %};
    {%- endif %}
    insert into {{ fact_loads }} (fact_name, load_id)
    select '{{ this.identifier }}', load_id from {{ this.identifier }}__new_loads;
    {%- if not scoped %}
    insert into {{ this.identifier }}__new_loads (load_id) values (null);
    {%- endif %}
{% endmacro %}


{# The orders that the new and the withdrawn loads of this fact touch. #}
{% macro orders_of_loads() %}
    {%- for source_system in entity_sources(subscription('takes_in'))
        if source_system not in held_sources()
    %}
    {{ orders_of_new_loads(source_system) }}
    union all
    {%- endfor %}
    select source_system, order_id
    from {{ this }}
    where load_id in ({{ withdrawn_loads() }})
{% endmacro %}


{# Ids of the orders of one source with rows in this fact's new loads. #}
{% macro orders_of_new_loads(source_system) %}
    {{- adapter.dispatch('orders_of_new_loads')(
        source_system, ref('int_' ~ source_system ~ '__' ~ subscription('takes_in'))
    ) -}}
{% endmacro %}

{% macro postgres__orders_of_new_loads(source_system, relation) %}
    select cast('{{ source_system }}' as varchar(32)) as source_system, touched_orders.order_id
    from {{ this.identifier }}__new_loads as new_loads
    cross join lateral (
        select distinct rows_of_source.order_id from {{ relation }} as rows_of_source
        where rows_of_source.load_id = new_loads.load_id
        offset 0
    ) as touched_orders
    where new_loads.source_system = '{{ source_system }}'
{%- endmacro %}

{% macro redshift__orders_of_new_loads(source_system, relation) %}
    select cast('{{ source_system }}' as varchar(32)) as source_system, order_id
    from {{ relation }}
    where load_id in (select load_id from {{ this.identifier }}__new_loads)
{%- endmacro %}


{% macro rows_of_source(source_system, relation) %}
    {%- if subscription('rebuilt_by') and order_spans_loads(source_system) -%}
        {%- set driver, key = this.identifier ~ '__scope', 'order_id' -%}
    {%- else -%}
        {%- set driver, key = this.identifier ~ '__new_loads', 'load_id' -%}
    {%- endif -%}
    {{- adapter.dispatch('rows_of_source')(source_system, relation, driver, key) -}}
{% endmacro %}

{% macro is_new_source(source_system) %}
    {%- do return(flags.INTROSPECT and not has_rows(
        "select 1 from " ~ ops_table('fact_loads') ~ " where fact_name = '" ~ this.identifier
        ~ "' and load_id in (select load_id from " ~ ops_table('load_files')
        ~ " where source_system = '" ~ source_system ~ "')"
    )) -%}
{% endmacro %}

{% macro order_spans_loads(source_system) %}
    {%- set loads = model_named('int_' ~ source_system ~ '__order_loads') -%}
    {%- do return(loads.config.meta.get('order_spans_loads', true)) -%}
{% endmacro %}

{% macro postgres__rows_of_source(source_system, relation, driver, key) -%}
    {{ driver }} as driver
    cross join lateral (
        select * from {{ relation }} as rows_of_source
        where rows_of_source.{{ key }} = driver.{{ key }}
        offset 0
    ) as input
    where driver.source_system = '{{ source_system }}'
{%- endmacro %}

{% macro redshift__rows_of_source(source_system, relation, driver, key) -%}
    {%- if key == 'order_id' -%}
    {#- A copy has rows of other orders where the columns below it are not described. -#}
    {{ this.identifier }}__{{ relation.identifier }} as input
    where input.order_id in (
        select driver.order_id from {{ driver }} as driver
        where driver.source_system = '{{ source_system }}'
    )
    {%- else -%}
    {{ relation }} as input
    where input.load_id in (
        select driver.load_id from {{ driver }} as driver
        where driver.source_system = '{{ source_system }}'
    )
    {%- endif -%}
{%- endmacro %}


{% macro copy_touched_rows() %}{{ adapter.dispatch('copy_touched_rows')() }}{% endmacro %}

{% macro postgres__copy_touched_rows() %}{% endmacro %}

{% macro redshift__copy_touched_rows() %}
    {%- set copies = {} -%}
    {%- for source_system in entity_sources('order_loads')
        if order_spans_loads(source_system) and source_system not in held_sources()
    -%}
        {%- for view in model.depends_on.nodes -%}
            {%- set parts = view.split('.')[-1].split('__') -%}
            {%- if parts[0] == 'int_' ~ source_system and parts[1] != 'order_loads' -%}
    {{ copy_touched(graph.nodes[view], source_system, copies) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}

{# Copies a view and what it reads, once; `copies` has the copy, or the relation, by name. #}
{% macro copy_touched(node, source_system, copies) %}
    {%- set sql = namespace(text='') -%}
    {%- if node.name in copies or node.config.materialized != 'view' -%}
    {%- elif node.name.startswith('int_') -%}
        {%- set sql.text = node.raw_code -%}
        {%- for parent in node.depends_on.nodes -%}
            {%- set name = graph.nodes[parent].name -%}
    {{ copy_touched(graph.nodes[parent], source_system, copies) }}
            {%- set sql.text = sql.text.replace("ref('" ~ name ~ "')", tojson(copies[name])) -%}
        {%- endfor -%}
    {%- elif 'order_id' in node.columns -%}
        {%- set sql.text -%}
        select * from {{ node.relation_name }} where order_id in (
            select order_id from {{ this.identifier }}__scope
            where source_system = '{{ source_system }}'
        )
        {%- endset -%}
    {%- endif -%}
    {%- set copy = this.identifier ~ '__' ~ node.name -%}
    {%- do copies.setdefault(node.name, copy if sql.text else node.relation_name) -%}
    {%- if sql.text %}
    {{ drop_scratch(copy) }}
    create temporary table {{ copy }} as
    {{ render(sql.text) }};
    {%- endif -%}
{% endmacro %}
