{#
    The snapshot strategy `load_date`: dbt's `check` over the columns of the input shape, with
    versions that begin on the business date of the load instead of the run's clock.

    A row that repeats the current version in a file of an earlier date is a version, too: what it
    says holds from that earlier day on. Where no file of the raw tables was ever loaded, nothing
    counts as deleted: the tables are not empty but missing.
#}
{% macro snapshot_load_date_strategy(node, snapshotted, current, model_config, target_exists) %}
    {%- set entity = node.name.split('__')[1] -%}
    {%- set keys = keys_of_snapshot() -%}
    {%- set valid_from = snapshot_get_time() -%}
    {%- set attributes = input_shape(entity).keys()
        | reject('in', keys + ['source_system', 'load_id']) | list -%}
    {%- set new_column, checked = snapshot_check_all_get_existing_columns(
        node, target_exists, attributes
    ) -%}

    {%- set row_changed -%}
    (
        {{ current }}.dbt_valid_from < {{ snapshotted }}.dbt_valid_from
        {%- if new_column %}
        or true
        {%- endif %}
        {%- for column in checked %}
        or {{ snapshotted }}.{{ column }} <> {{ current }}.{{ column }}
        or ({{ snapshotted }}.{{ column }} is null and {{ current }}.{{ column }} is not null)
        or ({{ snapshotted }}.{{ column }} is not null and {{ current }}.{{ column }} is null)
        {%- endfor %}
    )
    {%- endset -%}

    {%- set hard_deletes = adapter.get_hard_deletes_behavior(config) -%}
    {%- if target_exists and not was_ever_loaded() -%}
        {%- set hard_deletes = 'ignore' -%}
    {%- endif -%}

    {%- do return({
        'unique_key': config.get('unique_key'),
        'updated_at': valid_from,
        'row_changed': row_changed,
        'scd_id': snapshot_hash_arguments(keys + ["'" ~ invocation_id ~ "'"]),
        'invalidate_hard_deletes': false,
        'hard_deletes': hard_deletes,
    }) -%}
{% endmacro %}


{# Whether the ledger knows a load of this snapshot's raw tables, live or not. #}
{% macro was_ever_loaded() %}
    {%- set any_load -%}
        select 1 from {{ ops_table('load_files') }} where {{ is_load_of_snapshot() }} limit 1
    {%- endset -%}
    {%- do return(run_query(any_load).rows | length > 0) -%}
{% endmacro %}


{# dbt asks for this when it ends versions of deleted rows. #}
{% macro default__snapshot_get_time() -%}
    {{ load_of_snapshot('as_of_date') }}
{%- endmacro %}
