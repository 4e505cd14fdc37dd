{#
    Text with every run of blanks made one blank, without regular expressions, which the engines
    spell differently.
    Arguments: expression, SQL of type text. Example: {{ squeeze_blanks('products') }}
#}
{% macro squeeze_blanks(expression) -%}
    replace(replace(replace({{ expression }}, ' ', ' ' || chr(1)), chr(1) || ' ', ''), chr(1), '')
{%- endmacro %}
