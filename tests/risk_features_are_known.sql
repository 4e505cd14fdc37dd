-- depends_on: {{ ref('customer_features') }}
{%- set columns = [] %}
{%- if execute and flags.INTROSPECT %}
{%- for column in adapter.get_columns_in_relation(ref('customer_features')) %}
{%- do columns.append(column.name | lower) %}
{%- endfor %}
{%- endif %}
select
    risk_type,
    feature_name
from {{ ref('risk_features') }}
where feature_name not in ('{{ columns | join("', '") }}')
