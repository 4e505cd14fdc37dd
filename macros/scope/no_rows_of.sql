{# A select without rows in the input shape of an entity, for a source that knows nothing of it. #}
{% macro no_rows_of(entity) %}{{ empty_select(input_shape(entity)) }}{% endmacro %}
