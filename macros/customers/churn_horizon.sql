{% macro chosen_churn_horizon(source_system) -%}
    {%- set chosen = var('churn_horizon_days') or {} -%}
    {%- set well_formed = namespace(is_true=chosen is mapping) -%}
    {%- if well_formed.is_true -%}
        {%- for days in chosen.values() if days is not integer or days is boolean or days < 1 -%}
            {%- set well_formed.is_true = false -%}
        {%- endfor -%}
    {%- endif -%}
    {#- A unit test has no graph. -#}
    {%- if execute and graph.get('sources') -%}
        {%- set known = graph.sources.values() | map(attribute='source_name') | list -%}
        {%- for name in chosen if name not in known -%}
            {%- set well_formed.is_true = false -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if not well_formed.is_true -%}
        {%- do exceptions.raise_compiler_error(
            "The variable churn_horizon_days is " ~ chosen ~ ". Name whole days by source system, "
            ~ "for example --vars '{churn_horizon_days: {grocery: 35}}', or leave it out for each "
            ~ "source's own rhythm."
        ) -%}
    {%- endif -%}
    case {{ source_system }}
        {%- for name, days in chosen.items() %}
        when '{{ name }}' then {{ days }}
        {%- endfor %}
        when '' then 0
    end
{%- endmacro %}
