{#
    A join that repeats each row once for every position 1 … last, to split a cell with split_part.
    Redshift has no correlated series and joins a fixed one instead: a cell of more pieces than that
    loses the rest, which the control totals of the row then show.
    Arguments: last, SQL of type integer, the number of pieces. Adds the column positions.position.
    Example: from tickets {{ join_positions('tickets.product_count') }}
#}
{% macro join_positions(last) %}
    {{- return(adapter.dispatch('join_positions')(last)) -}}
{% endmacro %}

{% macro postgres__join_positions(last) -%}
    cross join lateral generate_series(1, {{ last }}) as positions (position)
{%- endmacro %}

{% macro redshift__join_positions(last) -%}
    inner join ({{ numbers_from_one(1024) }}) as positions on positions.position <= {{ last }}
{%- endmacro %}

{% macro numbers_from_one(last) -%}
    select cast(generated_number as integer) as position
    from ({{ dbt.generate_series(last) }}) as numbers
{%- endmacro %}
