-- Grain: one live ticket.
-- Tickets have no number. Branch, minute and content name one; ticket_number separates identical
-- tickets of one file apart. Windows hold load_id, so that one load can be read by itself.
with transactions as (
    select * from {{ ref('stg_cafe__transactions') }}
),

hashed as (
    select
        *,
        to_char(ordered_at, 'YYYY-MM-DD HH24:MI') as ordered_minute,
        md5(products || '|' || cast(total_amount as varchar(32)) || '|' || payment_method)
            as ticket_hash
    from transactions
),

numbered as (
    select
        *,
        row_number() over (
            partition by load_id, branch_name, ordered_minute, ticket_hash
            order by file_line
        ) as ticket_number
    from hashed
),

final as (
    select
        branch_name || '|' || ordered_minute || '|' || ticket_hash || '|'
        || cast(ticket_number as varchar(16)) as order_id,
        card_token,
        branch_name,
        products,
        payment_method,
        total_amount,
        ordered_at,
        load_id,
        file_line
    from numbered
)

select * from final
