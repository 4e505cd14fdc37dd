{#
    On Redshift a rename is not atomic for readers, and TRUNCATE commits. So a public view always
    reads the same table in schema `published`, and one transaction deletes and inserts rows there
    and writes ops.publications. Of incremental models it replaces the rows that changed, of other
    tables all, where a run made the table anew. If it fails, readers keep what they had: publish
    again.

    What it replaces it keeps, for publish_back(): in <model>__before the rows, in <model>__keys
    which they were; a row of nulls there means all.

    The transaction is one call: with retries, dbt-redshift connects anew after a conflict and
    repeats the call that failed, which must not be the second half.

    Only where columns or the query of a view changed are table and view made anew. People's views
    over them go with them; the log names these. ops.published_relations has a mark of what each
    view was made from, since Redshift does not give the text of a query back as it was sent, and
    one of its comments, which are written when the view is new or they changed: each is a
    statement, and the driver sends one at a time.
#}
{% macro redshift__publish(nodes, is_whole, build_id) %}
    {%- set known = redshift__known_relations(nodes) -%}
    {%- set shown = redshift__shown_relations() -%}
    {%- set texts = redshift__view_texts(nodes, known) -%}
    {%- set waiting = redshift__waiting(nodes, known) -%}
    {%- set differing = redshift__differing(nodes, known, shown) -%}
    {%- set keeps = is_whole and not is_somebody_forgotten() -%}
    {%- set statements = redshift__missing_schemas(nodes) -%}
    {%- set published, entries, undescribed = [], {}, [] -%}
    {%- for node in nodes | sort(attribute='depth')
        if node.build_schema ~ '.' ~ node.name in known
    -%}
        {%- set place = node.public_schema ~ '.' ~ node.name -%}
        {%- set was = shown.get(place, {}) -%}
        {%- set entry = {'comments': was.get('comments')} -%}
        {%- if node.kind != 'view' -%}
            {%- do redshift__fill(
                node, known, was, entry, keeps, waiting.get(node.name, (0, 0)),
                node.name in differing, statements
            ) -%}
        {%- endif -%}
        {%- do redshift__point_view(node, known, texts, was, entry, statements) -%}
        {%- if entry.comments != redshift__mark_of_comments(node)
            or var('write_comments', false) -%}
            {%- do entry.update({'comments': none}) -%}
            {%- do undescribed.append(node) -%}
        {%- endif -%}
        {%- do entries.update({place: entry}) -%}
        {%- do published.append(node) -%}
    {%- endfor -%}
    {%- do redshift__grant(published, statements) -%}
    {%- do redshift__note_shown(entries, is_whole, statements) -%}
    {%- if is_whole -%}
        {%- do redshift__write_publication(build_id, false, statements) -%}
    {%- endif -%}
    {%- do run_query('start transaction;\n' ~ statements | join(';\n') ~ ';\ncommit') -%}
    {%- for node in undescribed -%}{%- do redshift__describe(node, known) -%}{%- endfor -%}
{% endmacro %}

{#
    Puts the rows that the last publication replaced back, and queues their keys again. Tables whose
    columns changed with it, and views, stay as they are.
#}
{% macro redshift__publish_back(nodes) %}
    {%- set build_id = earlier_build_id() -%}
    {%- set known = redshift__known_relations(nodes) -%}
    {%- set shown = redshift__shown_relations() -%}
    {%- set statements, kept = [], [] -%}
    {%- for node in nodes if node.kind != 'view' -%}
        {%- set was = shown.get(node.public_schema ~ '.' ~ node.name, {}) -%}
        {%- if was.get('before_id') is not none
            and redshift__copy(node) in known and redshift__before(node) in known
        -%}
            {%- do kept.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not kept or is_somebody_forgotten() -%}{%- do refuse_to_go_back() -%}{%- endif -%}
    {%- set replaced_whole = redshift__replaced_whole(kept) -%}
    {%- for node in kept -%}
        {%- do redshift__put_rows_back(
            node, known, not node['keys'] or node.name in replaced_whole, statements
        ) -%}
        {%- set was = shown[node.public_schema ~ '.' ~ node.name] -%}
        {%- do was.update({'table_id': was.before_id, 'before_id': none}) -%}
    {%- endfor -%}
    {%- do redshift__note_shown(shown, true, statements) -%}
    {%- do redshift__write_publication(build_id, true, statements) -%}
    {%- do run_query('start transaction;\n' ~ statements | join(';\n') ~ ';\ncommit') -%}
{% endmacro %}

{# Of tables with keys the names of those in which all rows were replaced. #}
{% macro redshift__replaced_whole(nodes) %}
    {%- set asked = [] -%}
    {%- for node in nodes if node['keys'] -%}
        {%- do asked.append(
            "select cast('" ~ node.name ~ "' as varchar(128)) as name from "
            ~ redshift__keys(node) ~ ' where ' ~ node['keys'][0] ~ ' is null'
        ) -%}
    {%- endfor -%}
    {%- do return(
        run_query(asked | join(' union all ')).columns[0].values() | list if asked else []
    ) -%}
{% endmacro %}

{% macro redshift__put_rows_back(node, known, is_whole, statements) %}
    {%- set copy, before = redshift__copy(node), redshift__before(node) -%}
    {%- set keys_of, queue = redshift__keys(node), unpublished(node.name) -%}
    {%- set columns = redshift__columns(known[copy]) | join(', ') -%}
    {%- if node['keys'] -%}
        {%- set keys = node['keys'] | join(', ') -%}
        {%- do statements.append(
            'insert into ' ~ queue ~ ' (' ~ keys ~ ') select ' ~ keys ~ ' from ' ~ keys_of
        ) -%}
    {%- endif -%}
    {%- do statements.append(
        'delete from ' ~ copy if is_whole
        else 'delete from ' ~ copy ~ ' using ' ~ keys_of ~ ' where '
            ~ same_keys(copy, keys_of, node['keys'])
    ) -%}
    {%- do statements.append(
        'insert into ' ~ copy ~ ' (' ~ columns ~ ') select ' ~ columns ~ ' from ' ~ before
    ) -%}
    {%- do redshift__empty_before(node, known, statements) -%}
{% endmacro %}


{# The published table of a model, and what was replaced in it: rows, and their keys. #}
{% macro redshift__copy(node) %}
    {%- do return(published_schema() ~ '.' ~ node.name) -%}
{% endmacro %}

{% macro redshift__before(node) %}
    {%- do return(published_schema() ~ '.' ~ node.name ~ '__before') -%}
{% endmacro %}

{% macro redshift__keys(node) %}
    {%- do return(published_schema() ~ '.' ~ node.name ~ '__keys') -%}
{% endmacro %}

{# The quoted names of a relation's columns. #}
{% macro redshift__columns(relation) %}
    {%- set columns = [] -%}
    {%- for column in relation.columns -%}
        {%- do columns.append(adapter.quote(column[0])) -%}
    {%- endfor -%}
    {%- do return(columns) -%}
{% endmacro %}


{% macro redshift__missing_schemas(nodes) %}
    {%- set there = 'select nspname from pg_catalog.pg_namespace' -%}
    {%- set there = run_query(there).columns[0].values() | list -%}
    {%- set wanted = nodes | map(attribute='public_schema') | list + [published_schema()] -%}
    {%- set statements = [] -%}
    {%- for schema in wanted | unique if schema not in there -%}
        {%- do statements.append('create schema ' ~ adapter.quote(schema)) -%}
    {%- endfor -%}
    {%- do return(statements) -%}
{% endmacro %}

{#
    What is in the schemas of builds, of readers and of published tables: id, type and columns, with
    their types, by '<schema>.<name>'.
#}
{% macro redshift__known_relations(nodes) %}
    {%- set schemas = (
        nodes | map(attribute='public_schema') | list
        + nodes | map(attribute='build_schema') | list + [published_schema()]
    ) | unique -%}
    {%- set columns -%}
        select
            pg_namespace.nspname,
            pg_class.relname,
            cast(pg_class.oid as bigint) as relation_id,
            case when pg_class.relkind = 'v' then 'view' else 'table' end as relation_type,
            pg_attribute.attname,
            format_type(pg_attribute.atttypid, pg_attribute.atttypmod) as column_type
        from pg_catalog.pg_class
        inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
        inner join pg_catalog.pg_attribute on pg_class.oid = pg_attribute.attrelid
        where
            pg_namespace.nspname in ('{{ schemas | join("', '") }}')
            and pg_class.relkind in ('r', 'v')
            and pg_attribute.attnum > 0
            and not pg_attribute.attisdropped
        order by pg_class.oid, pg_attribute.attnum
    {%- endset -%}
    {%- set known = {} -%}
    {%- for schema, name, relation_id, type, column, column_type in run_query(columns).rows -%}
        {%- set relation = known.setdefault(
            schema ~ '.' ~ name, {'id': relation_id | int, 'type': type, 'columns': []}
        ) -%}
        {%- do relation.columns.append((column, column_type)) -%}
    {%- endfor -%}
    {%- do return(known) -%}
{% endmacro %}

{#
    What readers see, by '<schema>.<name>': the id of the built table that each published table was
    filled from, the same of what is kept from before (none: nothing is), and the marks.
#}
{% macro redshift__shown_relations() %}
    {%- set query = 'select relation_schema, relation_name, table_id, before_id, '
        ~ 'definition_mark, comments_mark from ' ~ ops_table('published_relations') -%}
    {%- set found = {} -%}
    {%- for schema, name, table_id, before_id, definition, comments in run_query(query).rows -%}
        {%- do found.update({schema ~ '.' ~ name: {
            'table_id': table_id | int if table_id is not none else none,
            'before_id': before_id | int if before_id is not none else none,
            'definition': definition, 'comments': comments,
        }}) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{% endmacro %}

{# The queries of the models that are views, by the name of the model. #}
{% macro redshift__view_texts(nodes, known) %}
    {%- set ids = {} -%}
    {%- for node in nodes if node.kind == 'view' -%}
        {%- set built = known.get(node.build_schema ~ '.' ~ node.name) -%}
        {%- if built is not none -%}{%- do ids.update({built.id: node.name}) -%}{%- endif -%}
    {%- endfor -%}
    {%- set found = {} -%}
    {%- if ids -%}
        {%- set query = 'select cast(oid as bigint), pg_get_viewdef(oid) from pg_catalog.pg_class '
            ~ 'where oid in (' ~ ids | join(', ') ~ ')' -%}
        {%- for view_id, text in run_query(query).rows -%}
            {%- do found.update({ids[view_id | int]: text.strip().rstrip(';')}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(found) -%}
{% endmacro %}


{#
    How many rows the queue of each published table has, and how many of them have a key, by its
    name. All is asked for at once, since each statement takes a moment there.
#}
{% macro redshift__waiting(nodes, known) %}
    {%- set asked, found = [], {} -%}
    {%- for node in nodes if node['keys'] and node.build_schema ~ '.' ~ node.name in known -%}
        {%- do asked.append(
            "select cast('" ~ node.name ~ "' as varchar(128)) as name, count(*) as waiting, count("
            ~ node['keys'][0] ~ ') as with_key from ' ~ unpublished(node.name)
        ) -%}
    {%- endfor -%}
    {%- if asked -%}
        {%- for name, waiting, with_key in run_query(asked | join(' union all ')).rows -%}
            {%- do found.update({name: (waiting | int, with_key | int)}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(found) -%}
{% endmacro %}

{# The names of kept tables without keys, as seeds are, that differ from what is published. #}
{% macro redshift__differing(nodes, known, shown) %}
    {%- set asked = [] -%}
    {%- for node in nodes if node.kind == 'kept' and not node['keys'] -%}
        {%- set built = known.get(node.build_schema ~ '.' ~ node.name) -%}
        {%- set copy = known.get(redshift__copy(node)) -%}
        {%- set was = shown.get(node.public_schema ~ '.' ~ node.name, {}) -%}
        {%- if built is not none and copy is not none and built.columns == copy.columns
            and was.get('table_id') == built.id
        -%}
            {%- set columns = redshift__columns(built) | join(', ') -%}
            {%- set source = adapter.quote(node.build_schema) ~ '.' ~ adapter.quote(node.name) -%}
            {%- set one = 'select ' ~ columns ~ ' from ' ~ source -%}
            {%- set other = 'select ' ~ columns ~ ' from ' ~ redshift__copy(node) -%}
            {%- do asked.append(
                "select cast('" ~ node.name ~ "' as varchar(128)) as name, count(*) as differences "
                ~ 'from ((' ~ one ~ ' except ' ~ other ~ ') union all (' ~ other ~ ' except ' ~ one
                ~ ')) as difference'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set found = [] -%}
    {%- if asked -%}
        {%- for name, differences in run_query(asked | join(' union all ')).rows
            if differences > 0
        -%}
            {%- do found.append(name) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(found) -%}
{% endmacro %}


{# Brings the rows of the published table of a model to those built. #}
{% macro redshift__fill(node, known, shown, entry, keeps, counts, differs, statements) %}
    {%- set built = known[node.build_schema ~ '.' ~ node.name] -%}
    {%- set copy, before = redshift__copy(node), redshift__before(node) -%}
    {%- set was = known.get(copy) -%}
    {%- set is_same_table = shown.get('table_id') == built.id -%}
    {%- set source = adapter.quote(node.build_schema) ~ '.' ~ adapter.quote(node.name) -%}
    {%- set columns = redshift__columns(built) | join(', ') -%}
    {%- set of_rows = 'rows_of.' ~ columns | replace(', ', ', rows_of.') -%}
    {%- set insert = 'insert into ' ~ copy ~ ' (' ~ columns ~ ') select ' ~ of_rows ~ ' from '
        ~ source ~ ' as rows_of' -%}
    {%- set keep = 'insert into ' ~ before ~ ' (' ~ columns ~ ') select ' ~ of_rows ~ ' from '
        ~ copy ~ ' as rows_of' -%}
    {%- set keys, queue = node['keys'], unpublished(node.name) -%}
    {%- set keys_of, listed = redshift__keys(node), keys | join(', ') -%}
    {%- set waiting, asks_all = counts[0], counts[0] > counts[1] -%}
    {%- do entry.update({'table_id': built.id, 'before_id': none}) -%}
    {%- if shown.get('before_id') is not none -%}
        {%- do redshift__empty_before(node, known, statements) -%}
    {%- endif -%}

    {%- if was is none or was.columns != built.columns -%}
        {%- for schema_and_name in [copy, before, keys_of] if schema_and_name in known -%}
            {%- do redshift__drop(
                published_schema(), schema_and_name.split('.')[1], known, statements
            ) -%}
        {%- endfor -%}
        {%- do statements.extend(['create table ' ~ copy ~ ' (like ' ~ source ~ ')', insert]) -%}
        {%- do redshift__make_before(node, known, statements) -%}
    {%- elif keys and is_same_table and not asks_all -%}
        {%- if waiting > 0 and keeps -%}
            {%- do redshift__make_before(node, known, statements) -%}
            {%- do entry.update({'before_id': built.id}) -%}
            {%- do statements.extend([
                'insert into ' ~ keys_of ~ ' (' ~ listed ~ ') select distinct ' ~ listed
                ~ ' from ' ~ queue,
                keep ~ ' inner join ' ~ keys_of ~ ' as changed on '
                ~ same_keys('rows_of', 'changed', keys)
            ]) -%}
        {%- endif -%}
        {%- if waiting > 0 -%}
            {%- do statements.extend([
                'delete from ' ~ copy ~ ' using ' ~ queue ~ ' where '
                ~ same_keys(copy, queue, keys),
                insert ~ ' inner join (select distinct ' ~ listed ~ ' from ' ~ queue
                ~ ') as changed on ' ~ same_keys('rows_of', 'changed', keys)
            ]) -%}
        {%- endif -%}
    {%- elif differs or asks_all or not is_same_table -%}
        {%- if keeps and shown.get('table_id') is not none -%}
            {%- do redshift__make_before(node, known, statements) -%}
            {%- do entry.update({'before_id': shown.table_id}) -%}
            {%- if keys -%}
                {%- do statements.append(
                    'insert into ' ~ keys_of ~ ' (' ~ keys[0] ~ ') values (null)'
                ) -%}
            {%- endif -%}
            {%- do statements.append(keep) -%}
        {%- endif -%}
        {%- do statements.extend(['delete from ' ~ copy, insert]) -%}
    {%- endif -%}
    {%- if waiting > 0 -%}{%- do statements.append('delete from ' ~ queue) -%}{%- endif -%}
{% endmacro %}

{# Makes the tables of what is replaced, where they are missing. #}
{% macro redshift__make_before(node, known, statements) %}
    {%- if redshift__before(node) not in known -%}
        {%- do statements.append(
            'create table ' ~ redshift__before(node) ~ ' (like ' ~ redshift__copy(node) ~ ')'
        ) -%}
    {%- endif -%}
    {%- set keys_of = known.get(redshift__keys(node)) -%}
    {%- if node['keys']
        and (keys_of is none or keys_of.columns | map('first') | list != node['keys']) -%}
        {%- if keys_of is not none -%}
            {%- do statements.append('drop table ' ~ redshift__keys(node)) -%}
        {%- endif -%}
        {%- do statements.append(
            'create table ' ~ redshift__keys(node) ~ ' (like ' ~ unpublished(node.name) ~ ')'
        ) -%}
    {%- endif -%}
{% endmacro %}

{% macro redshift__empty_before(node, known, statements) %}
    {%- for beside in [redshift__before(node), redshift__keys(node)] if beside in known -%}
        {%- do statements.append('delete from ' ~ beside) -%}
    {%- endfor -%}
{% endmacro %}


{# Makes the public view of a model where it is missing or has to be another one. #}
{% macro redshift__point_view(node, known, texts, shown, entry, statements) %}
    {%- set built = known[node.build_schema ~ '.' ~ node.name] -%}
    {%- set was = known.get(node.public_schema ~ '.' ~ node.name) -%}
    {%- set definition = redshift__definition(node, texts) -%}
    {%- set mark = local_md5(definition ~ tojson(built.columns)) -%}
    {%- if was is none or was.type != 'view' or shown.get('definition') != mark -%}
        {%- if was is not none -%}
            {%- do redshift__drop(node.public_schema, node.name, known, statements) -%}
        {%- endif -%}
        {%- do statements.append('create view ' ~ redshift__view(node) ~ ' as ' ~ definition) -%}
        {%- do entry.update({'comments': none}) -%}
    {%- endif -%}
    {%- do entry.update({'definition': mark}) -%}
{% endmacro %}

{% macro redshift__view(node) %}
    {%- do return(api.Relation.create(
        database=target.database, schema=node.public_schema, identifier=node.name, type='view'
    )) -%}
{% endmacro %}

{# A model that is a view reads, as readers do, public relations. #}
{% macro redshift__definition(node, texts) %}
    {%- if node.kind == 'view' -%}
        {%- set prefix = env_var('WAREHOUSE_SCHEMA_PREFIX', '') -%}
        {%- do return(modules.re.sub(
            '\\b' ~ prefix ~ 'build_(' ~ public_schemas() | join('|') ~ ')\\.',
            prefix ~ '\\1.', texts[node.name]
        )) -%}
    {%- endif -%}
    {%- do return(
        'select * from ' ~ adapter.quote(published_schema()) ~ '.' ~ adapter.quote(node.name)
    ) -%}
{% endmacro %}


{# Writes the comments of a view, and that they are written. #}
{% macro redshift__describe(node, known) %}
    {%- set described = graph.nodes[node.unique_id] -%}
    {%- set view, statements = redshift__view(node), [] -%}
    {%- set there = known[node.build_schema ~ '.' ~ node.name].columns | map('first') | list -%}
    {%- if described.description -%}
        {%- do statements.append('comment on view ' ~ view ~ ' is '
            ~ postgres_escape_comment(described.description)) -%}
    {%- endif -%}
    {%- for column in described.columns.values()
        if column.description and column.name in there
    -%}
        {%- do statements.append('comment on column ' ~ view ~ '.' ~ adapter.quote(column.name)
            ~ ' is ' ~ postgres_escape_comment(column.description)) -%}
    {%- endfor -%}
    {%- do statements.append(
        'update ' ~ ops_table('published_relations') ~ " set comments_mark = '"
        ~ redshift__mark_of_comments(node) ~ "' where relation_schema = '" ~ node.public_schema
        ~ "' and relation_name = '" ~ node.name ~ "'"
    ) -%}
    {%- do run_query('start transaction;\n' ~ statements | join(';\n') ~ ';\ncommit') -%}
{% endmacro %}

{% macro redshift__mark_of_comments(node) %}
    {%- set described, texts = graph.nodes[node.unique_id], [] -%}
    {%- do texts.append(described.description) -%}
    {%- for column in described.columns.values() -%}
        {%- do texts.append(column.name ~ ': ' ~ column.description) -%}
    {%- endfor -%}
    {%- do return(local_md5(texts | join('\n'))) -%}
{% endmacro %}


{# Drops a relation with the views over it, and takes all of them out of what is known. #}
{% macro redshift__drop(schema, name, known, statements) %}
    {%- set relation = known.pop(schema ~ '.' ~ name) -%}
    {%- do redshift__note_dropped(relation.id, known) -%}
    {%- do statements.append(
        'drop ' ~ relation.type ~ ' ' ~ adapter.quote(schema) ~ '.' ~ adapter.quote(name)
        ~ ' cascade'
    ) -%}
{% endmacro %}

{% macro redshift__note_dropped(relation_id, known) %}
    {%- set views -%}
        select distinct pg_namespace.nspname, pg_class.relname, cast(pg_class.oid as bigint)
        from pg_catalog.pg_depend as reads
        inner join pg_catalog.pg_depend as rules on reads.objid = rules.objid
        inner join pg_catalog.pg_class on rules.refobjid = pg_class.oid
        inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where
            reads.refobjid = {{ relation_id }}
            and rules.deptype = 'i'
            and pg_class.relkind = 'v'
            and pg_class.oid <> {{ relation_id }}
    {%- endset -%}
    {%- for schema, name, view_id in run_query(views).rows -%}
        {%- set own = project_models() | selectattr('alias', 'equalto', name) | list -%}
        {%- if known.pop(schema ~ '.' ~ name, none) is none or not own -%}
            {%- do log('Dropped with what it reads: ' ~ schema ~ '.' ~ name, info=true) -%}
        {%- endif -%}
        {%- do redshift__note_dropped(view_id, known) -%}
    {%- endfor -%}
{% endmacro %}


{# Rights of each reader, in three statements. #}
{% macro redshift__grant(nodes, statements) %}
    {%- set readers = {} -%}
    {%- for node in nodes -%}
        {%- for reader in node.readers -%}{%- do readers.update({reader: true}) -%}{%- endfor -%}
    {%- endfor -%}
    {%- for reader in readers -%}
        {%- set schemas, granted, refused = {}, [], [] -%}
        {%- for node in nodes -%}
            {%- set view = adapter.quote(node.public_schema) ~ '.' ~ adapter.quote(node.name) -%}
            {%- if reader in node.readers -%}
                {%- do granted.append(view) -%}
                {%- do schemas.update({adapter.quote(node.public_schema): true}) -%}
            {%- else -%}
                {%- do refused.append(view) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do statements.extend([
            'grant usage on schema ' ~ schemas | join(', ') ~ ' to ' ~ grantee(reader),
            'grant select on ' ~ granted | join(', ') ~ ' to ' ~ grantee(reader)
        ]) -%}
        {%- if refused -%}
            {%- do statements.append(
                'revoke select on ' ~ refused | join(', ') ~ ' from ' ~ grantee(reader)
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{# Writes down what readers see from now on. #}
{% macro redshift__note_shown(entries, is_whole, statements) %}
    {%- set relations = ops_table('published_relations') -%}
    {%- set rows, places = [], [] -%}
    {%- for place, entry in entries.items() -%}
        {%- set schema, name = place.split('.') -%}
        {%- do places.append("'" ~ place ~ "'") -%}
        {%- do rows.append(
            "('" ~ schema ~ "', '" ~ name ~ "', " ~ redshift__literal(entry.get('table_id')) ~ ', '
            ~ redshift__literal(entry.get('before_id')) ~ ', '
            ~ redshift__literal(entry.get('definition')) ~ ', '
            ~ redshift__literal(entry.get('comments')) ~ ')'
        ) -%}
    {%- endfor -%}
    {%- if is_whole -%}
        {%- do statements.append('delete from ' ~ relations) -%}
    {%- elif places -%}
        {%- do statements.append(
            'delete from ' ~ relations ~ " where relation_schema || '.' || relation_name in ("
            ~ places | join(', ') ~ ')'
        ) -%}
    {%- endif -%}
    {%- if rows -%}
        {%- do statements.append(
            'insert into ' ~ relations ~ ' (relation_schema, relation_name, table_id, before_id, '
            ~ 'definition_mark, comments_mark) values ' ~ rows | join(', ')
        ) -%}
    {%- endif -%}
{% endmacro %}

{% macro redshift__literal(value) %}
    {%- do return(
        'null' if value is none else value if value is number else "'" ~ value ~ "'"
    ) -%}
{% endmacro %}

{% macro redshift__write_publication(build_id, is_back, statements) %}
    {%- set publications = ops_table('publications') -%}
    {%- do statements.append(
        'insert into ' ~ publications ~ ' (publication_id, published_at, build_id, is_back) '
        ~ 'select coalesce(max(publication_id), 0) + 1, ' ~ dbt.current_timestamp()
        ~ ', cast(' ~ (build_id if build_id is not none else 'null') ~ ' as bigint), '
        ~ is_back | lower ~ ' from ' ~ publications
    ) -%}
{% endmacro %}
