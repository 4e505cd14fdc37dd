{% macro squeeze_blanks(expression) -%}
    replace(replace(replace({{ expression }}, ' ', ' ' || chr(1)), chr(1) || ' ', ''), chr(1), '')
{%- endmacro %}
