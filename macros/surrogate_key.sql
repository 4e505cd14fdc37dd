{#
    Key of one member of one source. A blank id is the source's own `unknown` member, or the member
    named by `blank` (anonymous for a sale without a customer); no id can collide with either.
    Arguments: source_system and id, SQL of type text; blank, the member a blank id stands for.
    Example: {{ surrogate_key('source_system', 'customer_id', blank='anonymous') }} as customer_key
#}
{% macro surrogate_key(source_system, id, blank='unknown') %}
    {{- hash_key(
        source_system ~ " || coalesce('=' || " ~ id ~ ", ':" ~ blank ~ "')"
    ) -}}
{% endmacro %}
