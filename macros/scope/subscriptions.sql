{#
    Models that subscribe: an incremental model rebuilds what changed in the models it reads.
    CONTRIBUTING shows one from the first line to the last. The words of `config: meta`:

    rebuilt_by: [column, ...]  what the model rebuilds: all its rows with these keys
    after: [model, ...]        the producers whose changes it takes in
    takes_in: entity           a fact: it takes in the loads of this entity (int_<source>__<entity>)
    compared_by: [column, ...] a lookup: rows that differ from those built are found by these keys
    reaches: [model, ...]      a lookup: the rows of these models with such a key are what changed,
                               for each subscriber those of the first that has its keys; the
                               lookup names them in comments: depends_on
    only_from: [source, ...]   all rows are of these sources: keys of others are not queued, and a
                               build whose news are all of others leaves the model out
    valid_on: column           a lookup whose rows hold from valid_from until before valid_to:
                               the day of `reaches` on which a row of it counts

    Each model with rebuilt_by has a queue, schema `changes`, with exactly those keys. A producer
    writes into the queues of its subscribers in the transaction that writes itself, a subscriber
    empties its own in the transaction that uses it. A row of nulls asks for everything.

    The keys of a run are the temporary table `<model>__scope`, made in the pre-hook of all models,
    inside the transaction that also writes the model; the new loads of a fact are
    `<model>__new_loads`, where a row without load_id asks for everything.

    Under `dbt run --empty` no load comes in and no queue is emptied: nothing is rebuilt, and a
    model that is built whole, without rows, asks itself for everything.
#}

{# A word of this model's meta, or `default`. #}
{% macro subscription(word, default=[]) %}
    {%- do return(model.config.meta.get(word, default)) -%}
{% endmacro %}


{# The schema of the queues, and the queue of a model. #}
{% macro queue_schema() %}{{ env_var('WAREHOUSE_SCHEMA_PREFIX', '') }}changes{% endmacro %}
{% macro queue_of(name) %}{{ queue_schema() }}.{{ name }}{% endmacro %}
{# The queue of what changed in a model since it was published: macros/publish. #}
{% macro unpublished(name) %}{{ queue_of(name ~ '__unpublished') }}{% endmacro %}


{# Models that take in what this model changes. #}
{% macro subscribers() %}
    {%- set found = [] -%}
    {%- for node in project_models() -%}
        {%- if model.name in node.config.meta.get('after', []) -%}
            {%- do found.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(found) -%}
{% endmacro %}


{% macro make_queues() %}
    {%- if execute and flags.INTROSPECT -%}
    {%- set columns -%}
        select table_name, column_name from information_schema.columns
        where table_schema = '{{ queue_schema() }}'
        order by table_name, ordinal_position
    {%- endset -%}
    {%- set left = {} -%}
    {%- for row in run_query(columns).rows -%}
        {%- do left.setdefault(row[0], []).append(row[1]) -%}
    {%- endfor -%}
    {%- if not left %}
    create schema if not exists {{ queue_schema() }};
    {%- endif -%}
    {%- for node in project_models() -%}
        {%- set keys = node.config.meta.get('rebuilt_by') -%}
        {%- if keys and left.pop(node.name, []) != keys %}
    {{ make_queue(queue_of(node.name), node, keys) }}
    {{ ask_for_everything(node) }}
        {%- endif -%}
        {%- set shown_by = publication_keys(node) -%}
        {%- if shown_by and left.pop(node.name ~ '__unpublished', []) != shown_by %}
    {{ make_queue(unpublished(node.name), node, shown_by) }}
    insert into {{ unpublished(node.name) }} ({{ shown_by[0] }}) values (null);
        {%- endif -%}
    {%- endfor -%}
    {%- for name in left %}
    drop table {{ queue_of(name) }};
    {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{% macro make_queue(queue, node, keys) %}
    drop table if exists {{ queue }};
    create table {{ queue }} (
        {%- for key in keys %}
        {{ key }} {{ node.columns[key].data_type }}{{ "," if not loop.last }}
        {%- endfor %}
    );
{% endmacro %}


{% macro ask_for_everything(node) %}
    delete from {{ queue_of(node.name) }};
    insert into {{ queue_of(node.name) }} ({{ node.config.meta.rebuilt_by[0] }}) values (null);
{% endmacro %}


{# Whether this run rebuilds what changed (true) or everything (false). #}
{% macro is_scoped() %}
    {%- if not is_incremental() -%}
        {%- do return(false) -%}
    {%- elif not flags.INTROSPECT -%}
        {%- do return(true) -%}
    {%- endif -%}
    {%- set keys = subscription('rebuilt_by') -%}
    {%- if keys -%}
        {%- set queue = adapter.get_relation(target.database, queue_schema(), this.identifier) -%}
        {%- do return(queue is not none and not has_rows(
            'select 1 from ' ~ queue ~ ' where ' ~ keys[0] ~ ' is null ' ~ is_not_to_wait()
        )) -%}
    {%- elif subscription('takes_in') -%}
        {#- Rows that several loads share are kept under the first of them, so taking one out may
            leave another's: then all is built anew. -#}
        {%- do return(not has_rows(
            'select 1 from ' ~ this ~ ' where load_id in (' ~ withdrawn_loads() ~ ')'
        )) -%}
    {%- endif -%}
    {%- do return(true) -%}
{% endmacro %}

{% macro has_rows(select) %}
    {%- do return(run_query(select ~ ' limit 1').rows | length > 0) -%}
{% endmacro %}


{% macro touched(relation) %}
    {%- if is_scoped() -%}
    (
        select rows_of.*
        from {{ relation }} as rows_of
        inner join {{ this.identifier }}__scope as scope
            on {{ same_keys('rows_of', 'scope') }}
    ) as {{ relation.identifier }}
    {%- else -%}
    {{ relation }}
    {%- endif -%}
{% endmacro %}

{% macro same_keys(one, other, keys=none) %}
    {%- for key in keys or subscription('rebuilt_by') -%}
        {{ one }}.{{ key }} = {{ other }}.{{ key }}{{ " and " if not loop.last }}
    {%- endfor -%}
{% endmacro %}


{# Pre-hook of every model: what this run rebuilds. #}
{% macro open_scope() %}
    {%- set keys = subscription('rebuilt_by') -%}
    {%- set entity = subscription('takes_in') -%}
    {%- set takes_part = keys or entity or subscription('compared_by') -%}
    {#- A clone is a view on the model of another prefix. -#}
    {%- if execute and takes_part and flags.WHICH != 'clone' -%}
        {%- set scoped = is_scoped() -%}
        {%- if entity -%}{{ find_new_loads(scoped) }}{%- endif -%}
        {%- if keys -%}{{ take_from_queue(scoped) }}{%- endif -%}
        {%- if entity -%}{{ write_loads_down(scoped) }}{%- endif -%}
        {%- if entity and keys and scoped -%}{{ copy_touched_rows() }}{%- endif -%}
        {%- for subscriber in subscribers() if not scoped -%}
        {{ ask_for_everything(subscriber) }}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{% macro take_from_queue(scoped) %}
    {%- set scope = this.identifier ~ '__scope' -%}
    {%- set keys = subscription('rebuilt_by') | join(', ') -%}
    {%- set queue = queue_of(this.identifier) %}
    {{ drop_scratch(scope) }}
    create temporary table {{ scope }} as
    select {{ keys }} from {{ queue }}
    where 1 = 1 {{ is_not_to_wait() }}
    {%- if scoped and subscription('takes_in') %}
    union
    select {{ keys }} from (
        select
            source_system,
            order_id,
            {{ surrogate_key('source_system', 'order_id') }} as order_key
        from ({{ orders_of_loads() }}) as orders_of_loads
    ) as keyed
    {%- else %}
    group by {{ keys }}
    {%- endif %};
    {%- if scoped and flags.EMPTY %}
    delete from {{ scope }};
    {%- else %}
    delete from {{ queue }}
    where 1 = 1 {{ is_not_to_wait() }};
    {%- endif %}
    {%- if not scoped %}
    insert into {{ scope }} ({{ subscription('rebuilt_by')[0] }}) values (null);
    {%- endif %}
    {{ analyze_scratch(scope) }}
    {%- if not scoped and flags.EMPTY %}
    {{ ask_for_everything(model) }}
    {%- endif %}
    {%- for source_system in held_sources() if not scoped and subscription('takes_in') %}
    insert into {{ queue }} (source_system) values ('{{ source_system }}');
    {%- endfor %}
{% endmacro %}


{# Condition on a queue: not of a source that is held back, if the model is a fact. #}
{% macro is_not_to_wait() -%}
    {{ is_not_held("coalesce(source_system, '')") if subscription('takes_in') }}
{%- endmacro %}


{# The incremental strategy of all models: what the scope names out, what was built for it in. #}
{% macro get_incremental_subscription_sql(arg_dict) %}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set built = arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set scope, asks = this.identifier ~ '__scope', (subscription('rebuilt_by') | first) -%}
    {%- if subscription('compared_by') -%}
        {%- do return(write_moved_rows(arg_dict)) -%}
    {%- elif not subscription('rebuilt_by') -%}
        {%- set scope, asks = this.identifier ~ '__new_loads', 'load_id' -%}
    {%- endif -%}
    {{ tell_readers(scope) }}
    {%- if has_rows('select 1 from ' ~ scope ~ ' where ' ~ asks ~ ' is null') %}
    delete from {{ target_relation }};
    {%- else %}
    {%- set changed = [built ~ ' as changed'] -%}
    {%- if subscription('rebuilt_by') -%}
        {%- do changed.append(
            target_relation ~ ' as changed inner join ' ~ scope ~ ' on '
            ~ same_keys('changed', scope)
        ) -%}
    {%- endif -%}
    {%- for subscriber in subscribers() %}{{ tell(subscriber, changed) }}{% endfor %}
    {%- if subscription('rebuilt_by') %}
    delete from {{ target_relation }} using {{ scope }}
    where {{ same_keys(target_relation, scope) }};
    {%- endif %}
    {%- endif %}
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ built }};
{% endmacro %}


{# Queues the keys of what changed in this model, for the next publication. #}
{% macro tell_readers(changed) %}
    {%- set keys = publication_keys(model) | join(', ') -%}
    {%- if keys %}
    insert into {{ unpublished(model.name) }} ({{ keys }})
    select distinct {{ keys }} from {{ changed }};
    {%- endif -%}
{% endmacro %}

{#
    Queues the keys of the rows `changed` of from clauses, for a subscriber. Redshift takes all in
    one insert; one for several subscribers would need one queue for all, which models that run side
    by side may not write there.
#}
{% macro tell(subscriber, changed) %}
    {{- adapter.dispatch('tell')(subscriber, changed) -}}
{% endmacro %}

{% macro postgres__tell(subscriber, changed) %}
    {%- for rows in changed %}{{ queue_keys(subscriber, [rows]) }}{% endfor -%}
{% endmacro %}

{% macro redshift__tell(subscriber, changed) %}{{ queue_keys(subscriber, changed) }}{% endmacro %}

{% macro queue_keys(subscriber, changed) %}
    {%- set keys = subscriber.config.meta.rebuilt_by %}
    {%- set sources = subscriber.config.meta.get('only_from') %}
    {%- set read = keys + (['source_system'] if sources is not none else []) %}
    insert into {{ queue_of(subscriber.name) }} ({{ keys | join(', ') }})
    select distinct {{ keys | join(', ') }} from (
        {%- for rows in changed %}
        select changed.{{ read | unique | join(', changed.') }} from {{ rows }}
        {{ "union all" if not loop.last }}
        {%- endfor %}
    ) as told
    {%- if sources is not none %}
    where source_system in ('{{ sources | join("', '") }}')
    {%- endif %};
{% endmacro %}


{# Writes only the rows of a lookup that differ from those built, and queues what these reach. #}
{% macro write_moved_rows(arg_dict) %}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set built = arg_dict['temp_relation'] -%}
    {%- set names = arg_dict['dest_columns'] | map(attribute='name') | list -%}
    {%- set columns = names | join(', ') -%}
    {%- set keys = subscription('compared_by') -%}
    {%- set moved = target_relation.identifier ~ '__moved' -%}
    {%- do run_query(
        drop_scratch(moved) ~ ' create temporary table ' ~ moved ~ ' as '
        ~ keys_of_difference(target_relation, built, columns) ~ ' union '
        ~ keys_of_difference(built, target_relation, columns)
    ) -%}
    {{ tell_readers(moved) }}
    {%- set day = subscription('valid_on') -%}
    {%- for subscriber in (subscribers() if has_rows('select 1 from ' ~ moved) else []) -%}
    {%- set reached -%}
        {{ moved }} inner join {{ reached_for(subscriber) }} as changed
            on {{ same_keys('changed', moved, keys) }}
        {%- if day %}
        {%- for rows, name in [(target_relation, 'was'), (built, 'becomes')] %}
        left join {{ rows }} as {{ name }}
            on {{ same_keys('changed', name, keys) }}
                and changed.{{ day }} >= {{ name }}.valid_from
                and changed.{{ day }} < {{ name }}.valid_to
        {%- endfor %}
        where
            {%- for name in names | reject('in', ['valid_from', 'valid_to']) %}
            {{ "or " if not loop.first }}coalesce(cast(was.{{ name }} as varchar(256)), '')
            <> coalesce(cast(becomes.{{ name }} as varchar(256)), '')
            {%- endfor %}
        {%- endif %}
    {%- endset %}
    {{ tell(subscriber, [reached]) }}
    {%- endfor %}
    delete from {{ target_relation }} using {{ moved }}
    where {{ same_keys(target_relation, moved, keys) }};
    insert into {{ target_relation }} ({{ columns }})
    select built.{{ names | join(', built.') }}
    from {{ built }} as built
    inner join {{ moved }} on {{ same_keys('built', moved, keys) }};
{% endmacro %}

{% macro keys_of_difference(one, other, columns) -%}
    select {{ subscription('compared_by') | join(', ') }} from (
        select {{ columns }} from {{ one }} except select {{ columns }} from {{ other }}
    ) as difference
{%- endmacro %}

{# Of the models that a lookup reaches the first with the keys of a subscriber. #}
{% macro reached_for(subscriber) %}
    {%- for name in subscription('reaches') -%}
        {%- set columns = model_named(name).columns -%}
        {%- if not subscriber.config.meta.rebuilt_by | reject('in', columns) | list -%}
            {%- do return(ref(name)) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
