with source as (
    select * from {{ source('grocery', 'product') }}
),

-- One blank means missing.
renamed as (
    select
        load_id,
        file_line,
        cast(product_id as varchar) as product_id,
        cast(manufacturer as varchar) as manufacturer,
        case when trim(department) <> '' then department end as department,
        case when trim(brand) <> '' then brand end as brand,
        case when trim(commodity_desc) <> '' then commodity_desc end as commodity,
        case when trim(sub_commodity_desc) <> '' then sub_commodity_desc end as sub_commodity,
        case when trim(curr_size_of_product) <> '' then curr_size_of_product end as size
    from source
)

select * from renamed
