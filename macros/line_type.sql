{#
    What kind of line it is: as the source says, else a return when the quantity is negative and a
    sale otherwise. With signed_amount.sql and signed_discount.sql the one place where the sign of
    returns is decided.
    Arguments: quantity, SQL of the quantity as given; given, SQL of the source's own line type, or
    none where it has no types.
    Example: {{ line_type('quantity', 'given_line_type') }} as line_type
#}
{% macro line_type(quantity, given=none) -%}
    {%- set by_sign = "case when " ~ quantity ~ " < 0 then 'return' else 'sale' end" -%}
    {{ by_sign if given is none else "coalesce(" ~ given ~ ", " ~ by_sign ~ ")" }}
{%- endmacro %}
