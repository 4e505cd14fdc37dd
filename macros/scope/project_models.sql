{#
    The project's models as the graph has them. dbt makes a dictionary of each node at each look,
    and most nodes are tests: so look a model up by its name, or at the models alone.
#}
{% macro model_named(name) %}
    {%- do return(graph.nodes['model.' ~ project_name ~ '.' ~ name]) -%}
{% endmacro %}

{% macro project_models(kind='model') %}
    {%- set found = [] -%}
    {%- for unique_id in graph.nodes if unique_id.startswith(kind ~ '.') -%}
        {%- do found.append(graph.nodes[unique_id]) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{% endmacro %}

{% macro project_seeds() %}{% do return(project_models('seed')) %}{% endmacro %}
