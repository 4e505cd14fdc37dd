{% macro date_parts_of_text(expression) -%}
    {%- set day = '[0-9]{1,2}' -%}
    {%- set year_first = '^([0-9]{4}-' ~ day ~ '-' ~ day ~ '|[0-9]{4}/' ~ day ~ '/' ~ day ~ ')$' -%}
    {%- set month_first = '^' ~ day ~ '/' ~ day ~ '/[0-9]{4}$' -%}
    {%- set day_first = '^' ~ day ~ '-' ~ day ~ '-[0-9]{4}$' -%}
    {%- set dashed = "replace(" ~ expression ~ ", '/', '-')" -%}
    {%- set positions = {'year': (1, 3, 3), 'month': (2, 1, 2), 'day': (3, 2, 1)} -%}
    {%- for part, places in positions.items() %}
        case
            {%- for pattern, place in zip((year_first, month_first, day_first), places) %}
            when {{ expression }} ~ '{{ pattern }}'
                then cast(split_part({{ dashed }}, '-', {{ place }}) as integer)
            {%- endfor %}
        end as {{ part }}_number{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{% macro calendar_date() -%}
    case
        when
            year_number >= 1
            and month_number between 1 and 12
            and day_number between 1 and case
                when month_number in (4, 6, 9, 11) then 30
                when month_number <> 2 then 31
                when
                    mod(year_number, 4) = 0
                    and (mod(year_number, 100) <> 0 or mod(year_number, 400) = 0)
                    then 29
                else 28
            end
            then cast(
                lpad(cast(year_number as varchar(4)), 4, '0')
                || '-' || lpad(cast(month_number as varchar(2)), 2, '0')
                || '-' || lpad(cast(day_number as varchar(2)), 2, '0') as date
            )
    end
{%- endmacro %}
