{#
    dbt's is_incremental(), which asks the database, made to work without one: when introspection is
    off (`dbt compile --no-introspect`) the variable `compile_incremental` answers.
#}
{% macro is_incremental() %}
    {%- if not execute -%}
        {%- do return(false) -%}
    {%- elif not flags.INTROSPECT -%}
        {%- do return(var('compile_incremental', false)) -%}
    {%- else -%}
        {%- do return(dbt.is_incremental()) -%}
    {%- endif -%}
{% endmacro %}
