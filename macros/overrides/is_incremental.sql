{# We replace dbt here. #}
{% macro is_incremental() %}
    {%- if not execute -%}
        {%- do return(false) -%}
    {%- elif not flags.INTROSPECT -%}
        {%- do return(var('compile_incremental', false)) -%}
    {%- else -%}
        {%- do return(dbt.is_incremental()) -%}
    {%- endif -%}
{% endmacro %}
