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
    {#- A clone is a view, which has no statistics. -#}
    {%- if personal and flags.WHICH != 'clone' %}
        {{- return('alter table ' ~ this ~ ' ' ~ personal | join(', ')) }}
    {%- endif %}
    {{- return('') }}
{% endmacro %}

{% macro redshift__keep_out_of_statistics() %}
    {#- Redshift keeps no values of columns where users may read them. -#}
    {{- return('') }}
{% endmacro %}
