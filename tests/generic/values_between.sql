{#
    No value lies below the minimum or above the maximum, and none is empty.
    Arguments: minimum, maximum, numbers; either may be left out.
    Example: - values_between: {arguments: {minimum: 0, maximum: 1}}
#}
{% test values_between(model, column_name, minimum=none, maximum=none) %}
    select {{ column_name }}
    from {{ model }}
    where
        {{ column_name }} is null
        {%- if minimum is not none %}
        or {{ column_name }} < {{ minimum }}
        {%- endif %}
        {%- if maximum is not none %}
        or {{ column_name }} > {{ maximum }}
        {%- endif %}
{% endtest %}
