{#
    Shows readers what was built: the views of the public schemas, all at once. Models are built
    where nobody reads (generate_schema_name.sql), so a reader sees one whole build that passed.

    A table that each run makes anew is moved to schema `published`; what builds read in its place
    is a view on it. A kept table, whose rows runs change, has a copy there, in which the rows that
    changed since the last publication are replaced: models queue their keys (subscriptions.sql). So
    the cost is in proportion to what is new.

    First the public views get a second arm, the new table, which has no rows yet for whoever reads
    (postgres_views.sql). Then one transaction replaces the rows of copies, writes ops.publications
    and sets the number in published.current by which views choose their arm. It locks no view, and
    whoever reads under an older snapshot goes on seeing the publication of that snapshot, in all
    tables. The old arms go when nobody can need them, and the tables behind them with the
    publication after.

    What was shown before stays until the next publication: publish_back().

    names: only these models, without a publication of their own; for what must not wait, as erased
    persons. build_id: the run in ops.build_runs that made what is published.
#}
{% macro publish(names=none, build_id=none) %}
    {%- if execute -%}
        {%- do adapter.dispatch('publish')(public_nodes(names), names is none, build_id) -%}
    {%- endif -%}
{% endmacro %}

{# Shows readers again what they saw before the last publication. #}
{% macro publish_back() %}
    {%- if execute -%}{%- do adapter.dispatch('publish_back')(public_nodes()) -%}{%- endif -%}
{% endmacro %}

{# The build that readers saw before the last publication. Stops where there is none before it. #}
{% macro earlier_build_id() %}
    {%- set shown = run_query(
        'select build_id, is_back from ' ~ ops_table('publications')
        ~ ' order by publication_id desc limit 2'
    ).rows -%}
    {%- if shown | length < 2 or shown[0][1] -%}
        {%- do exceptions.raise_compiler_error(
            'There is no earlier publication to go back to: the one before the last is kept, and '
            ~ 'readers '
            ~ ('are back on it already.' if shown | length > 1 else 'have seen one only.')
        ) -%}
    {%- endif -%}
    {%- do return(shown[1][0]) -%}
{% endmacro %}

{% macro refuse_to_go_back() %}
    {%- do exceptions.raise_compiler_error(
        'Nothing is kept of the publication before: somebody was forgotten since, or nothing '
        ~ 'changed with the last one.'
    ) -%}
{% endmacro %}

{#
    on-run-end: publishes a `dbt build` of everything that passed. WAREHOUSE_PUBLISH=always
    publishes whatever ran and did not fail, for a warehouse that nobody else reads; `never` leaves
    it to `warehouse publish`.
#}
{% macro publish_whole_builds() %}
    {%- set wanted = env_var('WAREHOUSE_PUBLISH', '') -%}
    {%- set is_part = flags.WHICH != 'build' or flags.EMPTY
        or invocation_args_dict.get('select') or invocation_args_dict.get('exclude')
        or invocation_args_dict.get('selector') or invocation_args_dict.get('resource_types')
        or invocation_args_dict.get('exclude_resource_types') -%}
    {%- if execute and wanted != 'never' and flags.WHICH in ('build', 'run', 'seed', 'snapshot')
        and (wanted == 'always' or not is_part)
    -%}
        {%- set failed = results | selectattr('status', 'in', [
            'error', 'fail', 'skipped', 'runtime error', 'partial success'
        ]) | list -%}
        {%- if failed -%}
            {%- do log('Not published: readers keep the last build that passed.', info=true) -%}
        {%- elif results -%}
            {%- do publish(build_id=record_build(results)) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{# The number of a new run in ops.build_runs, for a build that dbt ran by itself. #}
{% macro record_build(results) %}
    {%- set kinds = ['test', 'unit_test'] -%}
    {%- set tests = results | selectattr('node.resource_type', 'in', kinds) | list -%}
    {%- set warned = tests | selectattr('status', 'equalto', 'warn') | list -%}
    {%- set runs = ops_table('build_runs') -%}
    {%- set number = next_build_id(runs) -%}
    {%- do run_query(
        'insert into ' ~ runs ~ ' (' ~ ('build_id, ' if number) ~ 'started_at, finished_at, '
        ~ 'status, models_built, tests_passed, tests_warned, tests_failed, fingerprint) values ('
        ~ (number ~ ', ' if number) ~ 'cast(\'' ~ run_started_at ~ '\' as timestamptz), '
        ~ dbt.current_timestamp() ~ ', \'passed\', '
        ~ (results | length - tests | length) ~ ', ' ~ (tests | length - warned | length) ~ ', '
        ~ (warned | length) ~ ', 0, \'dbt build\')'
    ) -%}
    {%- set build_id = run_query('select max(build_id) from ' ~ runs).rows[0][0] -%}
    {%- do return(build_id) -%}
{% endmacro %}

{# The number of the next run; none where the table counts by itself. #}
{% macro next_build_id(runs) %}{{ return(adapter.dispatch('next_build_id')(runs)) }}{% endmacro %}

{% macro postgres__next_build_id(runs) %}{% do return(none) %}{% endmacro %}

{# Identity columns do not count in order there. #}
{% macro redshift__next_build_id(runs) %}
    {%- do return(
        run_query('select coalesce(max(build_id), 0) + 1 from ' ~ runs).rows[0][0] | int
    ) -%}
{% endmacro %}
