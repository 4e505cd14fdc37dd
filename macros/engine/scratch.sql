{#
    Temporary tables of a model. On PostgreSQL a session may run several models, and plans need
    statistics. On Redshift dbt opens a session for each model, and `create table as` analyses what
    it wrote, so both would only be statements.
#}
{% macro drop_scratch(name) %}
    {{- return(adapter.dispatch('drop_scratch')(name)) -}}
{% endmacro %}

{% macro postgres__drop_scratch(name) %}drop table if exists {{ name }};{% endmacro %}

{% macro redshift__drop_scratch(name) %}{% endmacro %}

{% macro analyze_scratch(name) %}
    {{- return(adapter.dispatch('analyze_scratch')(name)) -}}
{% endmacro %}

{% macro postgres__analyze_scratch(name) %}analyze {{ name }};{% endmacro %}

{% macro redshift__analyze_scratch(name) %}{% endmacro %}
