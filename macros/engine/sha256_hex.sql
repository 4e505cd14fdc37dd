{# SHA-256 of a text's UTF-8 bytes (FIPS 180-4) as 64 hex digits in lower case. #}
{% macro sha256_hex(expression) %}
    {{- return(adapter.dispatch('sha256_hex')(expression)) -}}
{% endmacro %}

{% macro postgres__sha256_hex(expression) -%}
    encode(sha256(convert_to({{ expression }}, 'UTF8')), 'hex')
{%- endmacro %}

{% macro redshift__sha256_hex(expression) %}sha2({{ expression }}, 256){% endmacro %}
