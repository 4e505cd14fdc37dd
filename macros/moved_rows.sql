{#
    What the incremental strategies product_moves and rate_moves share: rows that differ are told by
    a key, and all rows of such a key are written anew.
#}

{# Pre-hook of a table of these strategies: built from nothing, it asks what it feeds to rebuild
   everything. #}
{% macro open_moves() %}
    {%- if execute -%}
        {{ take_pending_changes(is_incremental()) }}
    {%- endif -%}
{% endmacro %}


{# The temporary table of moved keys. Argument: target, the relation to be written. #}
{% macro moved_keys(target) %}{{ target.identifier }}__moved{% endmacro %}


{#
    Collects the keys of all rows that stand in only one of two relations.
    Arguments: arg_dict, as dbt hands it to an incremental strategy; key, a column.
#}
{% macro collect_moved_keys(arg_dict, key) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set new = arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') %}
    drop table if exists {{ moved_keys(target) }};
    create temporary table {{ moved_keys(target) }} as
    select gone.{{ key }}
    from (
        select {{ columns }} from {{ target }}
        except
        select {{ columns }} from {{ new }}
    ) as gone
    union
    select come.{{ key }}
    from (
        select {{ columns }} from {{ new }}
        except
        select {{ columns }} from {{ target }}
    ) as come;
{% endmacro %}


{#
    Writes the rows of the collected keys anew.
    Arguments: as for collect_moved_keys.
#}
{% macro write_moved_rows(arg_dict, key) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') %}
    delete from {{ target }}
    where {{ key }} in (select {{ key }} from {{ moved_keys(target) }});

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    where {{ key }} in (select {{ key }} from {{ moved_keys(target) }});
{% endmacro %}
