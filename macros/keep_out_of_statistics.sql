{#
    Keeps the values of a model's personal columns (`config: meta: {pii: true}`) out of the server's
    statistics, where most common values would stand beside the table. A post-hook.
    Example: +post-hook: "{{ keep_out_of_statistics() }}"
#}
{% macro keep_out_of_statistics() %}
    {{ return(adapter.dispatch('keep_out_of_statistics')()) }}
{% endmacro %}

{% macro default__keep_out_of_statistics() %}
    {%- set personal = [] %}
    {%- for column in model.columns.values() if column.config.meta.pii %}
        {%- do personal.append(
            'alter column ' ~ adapter.quote(column.name) ~ ' set statistics 0'
        ) %}
    {%- endfor %}
    {%- if personal %}
        {{- return('alter table ' ~ this ~ ' ' ~ personal | join(', ')) }}
    {%- endif %}
    {{- return('') }}
{% endmacro %}

{% macro redshift__keep_out_of_statistics() %}
    {#- Redshift keeps no values of columns where users may read them. -#}
    {{- return('') }}
{% endmacro %}
