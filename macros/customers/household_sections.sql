{# The fifteen sections of the shop in the published household summary, in its order. #}
{% macro household_sections() %}
    {%- do return([
        'alcohol', 'beverages', 'concessions', 'dairy', 'drug', 'garden', 'grain_goods', 'grocery',
        'home_family', 'junk_food', 'kitchen', 'meat', 'misc', 'produce', 'seasonal',
    ]) -%}
{% endmacro %}
