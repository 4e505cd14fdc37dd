{# We replace dbt here. #}
{#
    Where Redshift keeps the rows of a table, by the columns that the model has. Orders and their
    lines, and customers and what is told of them, meet on one slice; dimensions and seeds lie on
    every node. Redshift chooses for the rest. A table has one key of each kind, an index for each
    way of asking: so they are not taken from `indexes`. `dist` and `sort` in a model's config win.
#}
{% macro dist(dist) %}
    {{- dbt.dist(dist or distribution(model)) -}}
{% endmacro %}

{% macro sort(sort_type, sort) %}
    {{- dbt.sort(sort_type, sort or sort_key(model)) -}}
{% endmacro %}

{# Column or style; none where Redshift chooses. #}
{% macro distribution(node) %}
    {%- for key in ['order_key', 'customer_key'] if key in node.columns -%}
        {%- do return(key) -%}
    {%- endfor -%}
    {%- if node.resource_type == 'seed' or node.name.startswith('dim_') -%}
        {%- do return('all') -%}
    {%- endif -%}
    {%- do return(none) -%}
{% endmacro %}

{# The day by which a table is read; none where it has none. #}
{% macro sort_key(node) %}
    {%- for day in ['order_date', 'as_of_date', 'week_start_date'] if day in node.columns -%}
        {%- do return(day) -%}
    {%- endfor -%}
    {%- do return(none) -%}
{% endmacro %}
