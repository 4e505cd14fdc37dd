{# The schemas that readers read. Each holds views; models are built in build_<schema>. #}
{% macro public_schemas() %}
    {%- do return(['core', 'aggregates', 'marts', 'restricted', 'reference']) -%}
{% endmacro %}

{# The schema of the tables behind the views that readers read. #}
{% macro published_schema() %}{{ env_var('WAREHOUSE_SCHEMA_PREFIX', '') }}published{% endmacro %}

{# The public schema of a model that is built in `schema`, or `schema` itself. #}
{% macro public_schema(schema) %}
    {%- set prefix = env_var('WAREHOUSE_SCHEMA_PREFIX', '') -%}
    {%- set name = schema[prefix | length:] -%}
    {%- do return(prefix ~ name[6:] if name.startswith('build_') else schema) -%}
{% endmacro %}

{#
    The models and seeds that readers read. kind: a view, a table that each run makes anew, or kept,
    a table that stays where it is built. depth: views come after what they read. keys: how the
    changed rows of a kept table are found; where there are none, all rows are compared. names: only
    these; all if it is none.
#}
{% macro public_nodes(names=none) %}
    {%- set found = [] -%}
    {%- for node in project_models() + project_seeds()
        if public_schema(node.schema) != node.schema and (names is none or node.name in names)
    -%}
        {%- set materialized = node.config.materialized -%}
        {%- do found.append({
            'unique_id': node.unique_id,
            'public_schema': public_schema(node.schema),
            'build_schema': node.schema,
            'name': node.alias,
            'kind': (
                'view' if materialized == 'view'
                else 'kept' if materialized in ('incremental', 'seed') or is_restricted(node)
                else 'table'
            ),
            'keys': publication_keys(node),
            'depth': view_depth(node) if materialized == 'view' else 0,
            'readers': node.config.get('grants', {}).get('select', []),
        }) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{% endmacro %}

{# How many views of the public schemas a view reads, one through the other. #}
{% macro view_depth(node) %}
    {%- set depth = namespace(most=0) -%}
    {%- for parent in node.depends_on.nodes if parent.startswith('model.') -%}
        {%- set read = graph.nodes[parent] -%}
        {%- if read.config.materialized == 'view' and public_schema(read.schema) != read.schema -%}
            {%- set depth.most = [depth.most, view_depth(read)] | max -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(depth.most + 1) -%}
{% endmacro %}

{# Whether erasing works on the table where it is built, so that it stays there. #}
{% macro is_restricted(node) %}
    {%- do return(public_schema(node.schema).endswith('restricted')) -%}
{% endmacro %}

{# The columns that find the changed rows of a model that subscribes; empty for others. #}
{% macro publication_keys(node) %}
    {%- if node.config.materialized == 'incremental'
        and public_schema(node.schema) != node.schema -%}
        {%- set meta = node.config.meta -%}
        {%- do return(
            meta.get('rebuilt_by') or meta.get('compared_by')
            or (['load_id'] if meta.get('takes_in') else [])
        ) -%}
    {%- endif -%}
    {%- do return([]) -%}
{% endmacro %}
