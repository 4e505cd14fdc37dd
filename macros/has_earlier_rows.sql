{#
    Whether the table that this model is about to replace exists, so that the model may read from
    it (`this`) what its sources no longer say.
#}
{% macro has_earlier_rows() %}
    {%- if not execute or not flags.INTROSPECT -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- do return(load_relation(this) is not none) -%}
{% endmacro %}
