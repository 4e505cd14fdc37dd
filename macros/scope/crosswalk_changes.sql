{#
    A crosswalk may decide what kind of line a source's lines are. When it says something else than
    before, the orders that are made from it are queued for the facts (subscriptions.sql), so that
    what is mapped later counts at once. Hooks of every seed, in the transaction that fills it;
    nothing for a seed that no order is made from.
#}

{# Sources whose orders or lines are made from this seed. #}
{% macro sources_of_crosswalk() %}
    {%- set found = [] -%}
    {%- for source_system in (entity_sources('order_loads') if execute else []) -%}
        {%- if model.unique_id in nodes_behind(source_system, 'orders')
                + nodes_behind(source_system, 'order_lines') -%}
            {%- do found.append(source_system) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(found) -%}
{% endmacro %}


{# Pre-hook: keeps what the seed said until now. #}
{% macro keep_crosswalk() %}
    {%- if sources_of_crosswalk() and load_relation(this) is not none
            and not should_full_refresh() -%}
        {%- call statement('kept') %}
            drop table if exists {{ this.identifier }}__was;
            create temporary table {{ this.identifier }}__was as select * from {{ this }}
        {%- endcall -%}
    {%- endif -%}
{% endmacro %}


{# Post-hook: queues the orders of whose sources it says something else. #}
{% macro announce_crosswalk() %}
    {%- set sources = sources_of_crosswalk() -%}
    {%- set was = this.identifier ~ '__was' -%}
    {%- set kept = load_result('kept') -%}
    {%- for fact in (project_models() if sources else []) -%}
        {%- set relation = load_relation(this.incorporate(
            path={'schema': fact.schema, 'identifier': fact.alias}
        )) if fact.config.meta.get('takes_in') == 'order_loads' -%}
        {%- if relation and relation.is_table %}
    insert into {{ queue_of(fact.name) }} ({{ fact.config.meta.rebuilt_by | join(', ') }})
    select distinct {{ fact.config.meta.rebuilt_by | join(', ') }}
    from {{ relation }}
    where
        source_system in ('{{ sources | join("', '") }}')
        {%- if kept %}
        {%- set told = 'source_system' in model.config.column_types %}
        and {{ 'source_system in' if told else 'exists' }} (
            select {{ 'source_system' if told else 1 }}
            from (
                (select * from {{ was }} except select * from {{ this }})
                union all
                (select * from {{ this }} except select * from {{ was }})
            ) as moved
        )
        {%- endif %};
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
