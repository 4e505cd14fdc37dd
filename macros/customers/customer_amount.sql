{% macro with_measured_currency(looked_back, day) -%}
    left join {{ ref('measured_currencies') }} as measured
        on
            {{ looked_back }}.source_system = measured.source_system
            and {{ day }} >= measured.valid_from
            and {{ day }} < measured.valid_to
{%- endmacro %}


{# An amount, or its currency, in the currency in which the source's customers are measured. #}
{% macro measured(own, converted, source=none) -%}
    case when {{ source ~ '.' if source }}is_converted then {{ converted }} else {{ own }} end
{%- endmacro %}
