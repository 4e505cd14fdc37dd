{#
    Every member has versions, and they cover each day from 1900-01-01 to 9999-12-31 once: so a
    fact of any day finds exactly one. A row names a member and what its versions amount to.
    Arguments: key, the member's key; members, the dimension that names the members.
    Example: - contiguous_versions: {arguments: {key: product_key, members: ref('dim_product')}}
#}
{% test contiguous_versions(model, key, members) %}
    with versions as (
        select
            {{ key }},
            valid_from,
            valid_to,
            is_current,
            lag(valid_to) over (partition by {{ key }} order by valid_from) as previous_valid_to
        from {{ model }}
    ),

    coverage as (
        select
            {{ key }},
            min(valid_from) as first_day,
            max(valid_to) as last_day,
            sum(case when valid_from >= valid_to then 1 else 0 end) as empty_versions,
            sum(case when previous_valid_to <> valid_from then 1 else 0 end) as gaps_or_overlaps,
            sum(case when is_current then 1 else 0 end) as current_versions,
            max(case when is_current then valid_to end) as current_until
        from versions
        group by {{ key }}
    )

    select
        members.{{ key }},
        coverage.first_day,
        coverage.last_day,
        coverage.empty_versions,
        coverage.gaps_or_overlaps,
        coverage.current_versions
    from {{ members }} as members
    full outer join coverage on members.{{ key }} = coverage.{{ key }}
    where
        coverage.{{ key }} is null
        or coverage.first_day <> cast('1900-01-01' as date)
        or coverage.last_day <> cast('9999-12-31' as date)
        or coverage.empty_versions <> 0
        or coverage.gaps_or_overlaps <> 0
        or coverage.current_versions <> 1
        or coverage.current_until <> coverage.last_day
{% endtest %}
