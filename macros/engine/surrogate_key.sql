{# Key of one member of one source. #}
{% macro surrogate_key(source_system, id, blank='unknown') %}
    {{- hash_key(
        source_system ~ " || coalesce('=' || " ~ id ~ ", ':" ~ blank ~ "')"
    ) -}}
{% endmacro %}
