{#
    A daily build counts the orders that changed and the seventh part of all others that is due, so
    that every row is looked at within a week, also where nothing reports a change. The orders are
    cut into seven shares by their key, one for each weekday. A share is due from its weekday on
    until a build has counted it: a day without a build leaves it to the next, and of several builds
    in a day the first counts it.

    All shares are due unless `warehouse build` says that it only takes in what is new, by the
    environment variable WAREHOUSE_COUNTS_DUE. Nothing is due when a model is built whole anyway,
    and under `dbt run --empty`. For a model that takes in orders and has order_key and
    counted_date.
#}

{# Numbers of the shares that this run counts besides what is touched. #}
{% macro due_shares() %}
    {%- if not execute or not flags.INTROSPECT or flags.EMPTY or not is_scoped() -%}
        {%- do return([]) -%}
    {%- elif not env_var('WAREHOUSE_COUNTS_DUE', '') -%}
        {%- do return(range(7) | list) -%}
    {%- endif -%}
    {%- set counted -%}
        select {{ share_of('order_key') }} as share, min(counted_date) from {{ this }} group by 1
    {%- endset -%}
    {%- set counted_on = {} -%}
    {%- for row in run_query(counted).rows -%}
        {%- do counted_on.update({row[0] | int: row[1].toordinal()}) -%}
    {%- endfor -%}
    {%- do return(shares_due_on(run_started_at.toordinal(), counted_on)) -%}
{% endmacro %}


{% macro shares_due_on(today, counted_on) %}
    {%- set due = [] -%}
    {%- for share in range(7) if counted_on.get(share, 0) < today - (today - share) % 7 -%}
        {%- do due.append(share) -%}
    {%- endfor -%}
    {%- do return(due) -%}
{% endmacro %}


{% macro share_of(key) -%}abs(mod({{ key }}, 7)){%- endmacro %}

{# Condition: a key is of one of the shares. #}
{% macro is_due_share(key, due, negated='') -%}
    {%- if due -%}
    {{ share_of(key) }} {{ negated ~ ' ' if negated }}in ({{ due | join(', ') }})
    {%- else -%}
    1 = {{ 1 if negated else 0 }}
    {%- endif -%}
{%- endmacro %}


{#
    Pre-hook after open_scope(): takes the due shares out of the model and out of the scope, so that
    they are counted once, as a whole. Of sources that are read by load (rows_of_source()) touched
    orders bring the loads that contain them, and these all of their orders.
#}
{% macro open_due_shares() %}
    {%- set due = due_shares() -%}
    {%- set scope = this.identifier ~ '__scope' -%}
    {%- set new_loads = this.identifier ~ '__new_loads' -%}
    {%- set keys = subscription('rebuilt_by') | join(', ') -%}
    {%- if execute and is_scoped() -%}
    {%- for source_system in entity_sources(subscription('takes_in'))
        if not order_spans_loads(source_system)
    %}
    insert into {{ new_loads }} (load_id, source_system)
    select distinct known.load_id, known.source_system
    from {{ this }} as known
    inner join {{ scope }} on {{ same_keys('known', scope) }}
    where
        known.source_system = '{{ source_system }}'
        and known.load_id not in (
            select load_id from {{ new_loads }} where load_id is not null
        );
    insert into {{ scope }} ({{ keys }})
    select distinct {{ keys }} from {{ this }}
    where
        source_system = '{{ source_system }}'
        and load_id in (select load_id from {{ new_loads }})
        and order_key not in (select order_key from {{ scope }} where order_key is not null);
    {%- endfor %}
    {%- if due %}
    delete from {{ this }}
    where {{ is_due_share('order_key', due) }} {{ is_not_held('source_system') }};
    delete from {{ scope }} where {{ is_due_share('order_key', due) }};
    {%- endif %}
    {{ analyze_scratch(scope) }}
    {%- endif -%}
{% endmacro %}
