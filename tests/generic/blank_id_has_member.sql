{#
    A row whose id is blank points to the member of its source that stands for it, and no other row
    does.
    Arguments: key and id, columns of the model; to, the dimension; flag, its column that marks the
    member. Example:
    - blank_id_has_member:
        arguments: {key: store_key, id: store_id, to: ref('dim_store'), flag: is_unknown}
#}
{% test blank_id_has_member(model, key, id, to, flag) %}
    select
        facts.source_system,
        facts.{{ id }},
        facts.{{ key }}
    from {{ model }} as facts
    inner join {{ to }} as members on facts.{{ key }} = members.{{ key }}
    where
        (facts.{{ id }} is null) <> members.{{ flag }}
        or facts.source_system <> members.source_system
{% endtest %}
