{%- for mart in ['customer_rfm', 'customer_rfm_history', 'customer_lifetime', 'cohort_retention'] %}
select
    cast('{{ mart }}' as varchar(128)) as model_name,
    source_system,
    min(currency_code) as one_currency,
    max(currency_code) as another_currency
from {{ ref(mart) }}
group by source_system{{ ", as_of_date" if mart == 'customer_rfm_history' }}
having min(currency_code) <> max(currency_code) or count(*) <> count(currency_code)
{{ "union all" if not loop.last }}
{%- endfor %}
union all
-- Where nothing is converted, no rate can be missing.
select
    cast('customer_rfm' as varchar(128)) as model_name,
    customers.source_system,
    customers.currency_code as one_currency,
    cast(null as varchar(3)) as another_currency
from {{ ref('customer_rfm') }} as customers
inner join {{ ref('as_of_dates') }} as sources
    on customers.source_system = sources.source_system
where
    customers.monetary_amount is null
    and not sources.is_converted
