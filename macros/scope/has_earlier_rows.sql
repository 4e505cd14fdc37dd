{% macro has_earlier_rows() %}
    {%- if not execute or not flags.INTROSPECT -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- do return(load_relation(this) is not none) -%}
{% endmacro %}
