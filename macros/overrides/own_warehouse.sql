{# We replace dbt here. #}
{#
    The embedded server knows whose it is: `warehouse up` wrote home and project down. A run of
    another project, or of this one with another home, stops here and touches nothing. It happens
    where WAREHOUSE_PORT is not set and another warehouse listens on the default port, or where
    target postgres leads to an embedded server; a server of one's own says nothing of the kind.
    For on-run-start, and for what dbt does before it or without it.
#}
{% macro require_own_warehouse() %}
    {%- if execute and target.type == 'postgres' -%}
        {%- set is_local = target.name == 'local' -%}
        {%- set project_dir = whole_path(invocation_args_dict.project_dir, env_var('PWD', '')) -%}
        {%- set home = whole_path(env_var('WAREHOUSE_HOME', '') or '.warehouse', project_dir) -%}
        {%- set known = known_warehouse() -%}
        {%- if known is none and is_local -%}
            {%- do exceptions.raise_compiler_error(
                'The warehouse on port ' ~ target.port ~ ' was made by an earlier version, or not '
                ~ 'to the end, or is another program\'s. Run `warehouse up`.'
            ) -%}
        {%- elif known and (known[1] != project_dir or is_local and known[0] != home) -%}
            {%- do exceptions.raise_compiler_error(
                'The warehouse on port ' ~ target.port ~ ' belongs to project ' ~ known[1]
                ~ ' with home ' ~ known[0] ~ '; this is project ' ~ project_dir ~ ' with home '
                ~ home ~ '. Nothing was touched. Set WAREHOUSE_HOME, and WAREHOUSE_PORT to the '
                ~ 'port that `warehouse status` shows; after a move run `warehouse up`.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{# Home and project as a list of two; none where nothing was written down. #}
{% macro known_warehouse() %}
    {%- set query -%}
        select shobj_description(oid, 'pg_database')
        from pg_catalog.pg_database where datname = current_database()
    {%- endset -%}
    {#- Not by run_query, which asks this first. -#}
    {%- set rows = adapter.execute(query, fetch=true)[1].rows -%}
    {%- set known = fromjson(rows[0][0] or '', {}) -%}
    {%- do return([known.home, known.project_dir] if known is mapping and known.home else none) -%}
{% endmacro %}


{# A path as Python would resolve it, links left as they are. #}
{% macro whole_path(path, folder) %}
    {%- set parts = [] -%}
    {%- for part in (path if path.startswith('/') else folder ~ '/' ~ path).split('/') -%}
        {%- if part == '..' and parts -%}
            {%- do parts.pop() -%}
        {%- elif part not in ('', '.', '..') -%}
            {%- do parts.append(part) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return('/' ~ parts | join('/')) -%}
{% endmacro %}


{# dbt makes schemas before it runs any hook. #}
{% macro postgres__create_schema(relation) %}
    {%- do require_own_warehouse() -%}
    {{- return(dbt.postgres__create_schema(relation)) -}}
{% endmacro %}


{# What works on models without hooks, as `dbt clone` does, first asks what is there. #}
{% macro postgres__list_relations_without_caching(schema_relation) %}
    {%- do require_own_warehouse() -%}
    {{- return(dbt.postgres__list_relations_without_caching(schema_relation)) -}}
{% endmacro %}


{# `dbt run-operation` has neither hooks nor models. #}
{% macro statement(name=none, fetch_result=false, auto_begin=true, language='sql') %}
    {%- if execute and invocation_args_dict.which == 'run-operation' -%}
        {%- do require_own_warehouse() -%}
    {%- endif -%}
    {%- set compiled_code = caller() -%}
    {%- call dbt.statement(name, fetch_result, auto_begin, language) -%}
        {{ compiled_code }}
    {%- endcall -%}
{% endmacro %}
