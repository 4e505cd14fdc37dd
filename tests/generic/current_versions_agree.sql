{#
    The current version of a member says what its dimension says, unless the master dropped it; a
    member that a master names has a current version that is not deleted.
    Arguments: key, the member's key; members, the dimension; columns, what must be the same.
    Example: - current_versions_agree:
                 arguments: {key: product_key, members: ref('dim_product'), columns: [brand]}
#}
{% test current_versions_agree(model, key, members, columns) %}
    select
        members.{{ key }},
        versions.valid_from,
        versions.is_deleted
    from {{ members }} as members
    inner join {{ model }} as versions
        on
            members.{{ key }} = versions.{{ key }}
            and versions.is_current
    where
        versions.is_deleted
        and not members.is_inferred
        or not versions.is_deleted
        and (
            {%- for column in columns %}
            members.{{ column }} <> versions.{{ column }}
            or (members.{{ column }} is null and versions.{{ column }} is not null)
            or (members.{{ column }} is not null and versions.{{ column }} is null)
            {{- " or" if not loop.last }}
            {%- endfor %}
        )
{% endtest %}
