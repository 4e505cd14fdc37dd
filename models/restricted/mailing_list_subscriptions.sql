-- One row per subscription of a prospect, and per prospect without one. For readers of personal
-- data only.
with prospects as (
    {%- if 'electronics' in var('source_systems') %}
    select
        cast('electronics' as varchar(32)) as source_system,
        name as prospect_name,
        email,
        lower(trim(email)) as address,
        load_id,
        file_line,
        row_number() over (
            partition by lower(trim(email))
            order by load_id desc, file_line desc
        ) as newest_first
    from {{ source('electronics', 'prospect') }}
    {%- else %}
    {{- empty_select({
        'source_system': 'varchar(32)', 'prospect_name': 'varchar(512)',
        'email': 'varchar(512)', 'address': 'varchar(512)', 'load_id': 'bigint',
        'file_line': 'bigint', 'newest_first': 'bigint',
    }) }}
    {%- endif %}
),

subscriptions as (
    {%- if 'electronics' in var('source_systems') %}
    select
        cast('electronics' as varchar(32)) as source_system,
        email_prospect as email,
        lower(trim(email_prospect)) as address,
        type as mailing_list,
        is_subscribed,
        total_emails as email_count,
        last_sent_date,
        load_id,
        file_line
    from {{ source('electronics', 'mailing_list') }}
    {%- else %}
    {{- empty_select({
        'source_system': 'varchar(32)', 'email': 'varchar(512)', 'address': 'varchar(512)',
        'mailing_list': 'varchar(64)', 'is_subscribed': 'boolean', 'email_count': 'bigint',
        'last_sent_date': 'date', 'load_id': 'bigint', 'file_line': 'bigint',
    }) }}
    {%- endif %}
),

-- Several customers may name one address: the one with the last line.
customers as (
    {%- if 'electronics' in var('source_systems') %}
    select
        cast('electronics' as varchar(32)) as source_system,
        id as customer_id,
        lower(trim(email_prospect)) as address,
        row_number() over (
            partition by lower(trim(email_prospect))
            order by load_id desc, file_line desc
        ) as newest_first
    from {{ source('electronics', 'customer') }}
    where email_prospect is not null
    {%- else %}
    {{- empty_select({
        'source_system': 'varchar(32)', 'customer_id': 'varchar(256)',
        'address': 'varchar(512)', 'newest_first': 'bigint',
    }) }}
    {%- endif %}
),

joined as (
    select
        coalesce(subscriptions.source_system, prospects.source_system) as source_system,
        coalesce(subscriptions.address, prospects.address) as address,
        prospects.prospect_name,
        coalesce(subscriptions.email, prospects.email) as email,
        subscriptions.mailing_list,
        subscriptions.is_subscribed,
        subscriptions.email_count,
        subscriptions.last_sent_date,
        coalesce(subscriptions.load_id, prospects.load_id) as load_id,
        coalesce(subscriptions.file_line, prospects.file_line) as file_line
    from subscriptions
    full outer join prospects
        on
            subscriptions.source_system = prospects.source_system
            and subscriptions.address = prospects.address
    where prospects.newest_first = 1 or prospects.newest_first is null
),

final as (
    select
        cast(
            {{ surrogate_key(
                'joined.source_system',
                "cast(joined.load_id as varchar) || ':' || cast(joined.file_line as varchar)"
            ) }} as bigint
        ) as subscription_key,
        cast(joined.source_system as varchar(32)) as source_system,
        cast(
            case
                when customers.customer_id is not null
                    then {{ surrogate_key('customers.source_system', 'customers.customer_id') }}
            end as bigint
        ) as customer_key,
        cast(customers.customer_id as varchar(256)) as customer_id,
        cast(joined.prospect_name as varchar(512)) as prospect_name,
        cast(joined.email as varchar(512)) as email,
        cast(joined.mailing_list as varchar(64)) as mailing_list,
        joined.is_subscribed,
        cast(joined.email_count as bigint) as email_count,
        joined.last_sent_date
    from joined
    left join customers
        on
            joined.source_system = customers.source_system
            and joined.address = customers.address
            and customers.newest_first = 1
)

select * from final
