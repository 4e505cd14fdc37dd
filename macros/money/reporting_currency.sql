{# The variable reporting_currency as SQL. #}
{% macro reporting_currency() %}
    {%- set given = var('reporting_currency') | string -%}
    {%- if not modules.re.fullmatch('[A-Z]{3}', given) -%}
        {%- do exceptions.raise_compiler_error(
            "The variable reporting_currency is '" ~ given ~ "'. Write the three capital letters "
            ~ "of a currency that seeds/exchange_rates.csv has, for example "
            ~ "--vars '{reporting_currency: EUR}'."
        ) -%}
    {%- endif -%}
    {%- do return("cast('" ~ given ~ "' as varchar(3))") -%}
{% endmacro %}
