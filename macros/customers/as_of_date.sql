{# The variable as_of_date as SQL of type date, or none where it is not set. #}
{% macro as_of_date() %}
    {%- set given = var('as_of_date', none) -%}
    {%- if given is none -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set pattern = '([1-9][0-9]{3})-([0-9]{2})-([0-9]{2})' -%}
    {%- set parts = modules.re.fullmatch(pattern, given | string) -%}
    {%- if not parts or not is_calendar_day(*parts.groups()) -%}
        {%- do exceptions.raise_compiler_error(
            "The variable as_of_date is '" ~ given ~ "', which is no date. Write it as YYYY-MM-DD, "
            ~ "for example --vars '{as_of_date: 2005-12-31}', or leave it out for the day after "
            ~ "each source's last order."
        ) -%}
    {%- endif -%}
    {%- do return("cast('" ~ given ~ "' as date)") -%}
{% endmacro %}


{# Whether year, month and day, texts of digits, are a day of the calendar. #}
{% macro is_calendar_day(year, month, day) %}
    {%- set year, month, day = year | int, month | int, day | int -%}
    {%- if month < 1 or month > 12 -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- set next_month = modules.datetime.date(year + month // 12, month % 12 + 1, 1) -%}
    {%- set last_day = (next_month - modules.datetime.timedelta(days=1)).day -%}
    {%- do return(1 <= day <= last_day) -%}
{% endmacro %}
