{# Titles before a name that are not part of it; with or without a full stop, in any case. #}
{% macro name_titles() %}
    {%- do return(['Mr', 'Mrs', 'Ms', 'Miss', 'Mx', 'Mdm', 'Madam', 'Dr', 'Prof', 'Rev']) -%}
{% endmacro %}


{# Suffixes after a name that are not part of it; a comma before, full stops within allowed. #}
{% macro name_suffixes() %}
    {%- do return([
        'Jr', 'Sr', 'II', 'III', 'IV', 'MD', 'DDS', 'DMD', 'DVM', 'PhD', 'RN', 'Esq',
    ]) -%}
{% endmacro %}


{% macro name_without_titles(expression) -%}
    {%- set blanks = "translate(" ~ expression ~ ", chr(9) || chr(10) || chr(13), '   ')" -%}
    {%- set words = "' ' || " ~ squeeze_blanks(blanks) ~ " || ' '" -%}
    {%- set titles = "^( *(" ~ patterns_of_words(name_titles()) | join('|') ~ "),? )+" -%}
    {%- set suffixes = "((,? |, ?)(" ~ patterns_of_words(name_suffixes()) | join('|') ~ "))+ *$" -%}
    trim(regexp_replace(
        regexp_replace({{ words }}, '{{ titles }}', ' '), '{{ suffixes }}', ''
    ))
{%- endmacro %}


{# Regular expressions of words, each letter with or without a full stop behind it. #}
{% macro patterns_of_words(words) %}
    {%- set patterns = [] -%}
    {%- for word in words -%}
        {%- set letters = [] -%}
        {%- for letter in word -%}
            {%- set either = letter if word | upper == word else letter | upper ~ letter | lower -%}
            {%- do letters.append('[' ~ either ~ '][.]?') -%}
        {%- endfor -%}
        {%- do patterns.append(letters | join) -%}
    {%- endfor -%}
    {%- do return(patterns) -%}
{% endmacro %}
