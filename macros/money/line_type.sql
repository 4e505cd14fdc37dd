{% macro line_type(quantity, given=none) -%}
    {%- set by_sign = "case when " ~ quantity ~ " < 0 then 'return' else 'sale' end" -%}
    {{ by_sign if given is none else "coalesce(" ~ given ~ ", " ~ by_sign ~ ")" }}
{%- endmacro %}
