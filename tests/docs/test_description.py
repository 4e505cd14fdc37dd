from warehouse.docs.description import read_description, render

TEXT = """\
## Overview
Every order, ticket or `basket`. One line each.

It has two paragraphs.

## Primary key
order_key

## Business rules
- A return is negative.

## Example questions
- How many orders were there?
- On which day?
"""


def test_cuts_at_the_four_headings() -> None:
    description = read_description(TEXT)
    assert description.overview == (
        "Every order, ticket or `basket`. One line each.\n\nIt has two paragraphs."
    )
    assert description.primary_key == "order_key"
    assert description.business_rules == "- A return is negative."
    assert description.example_questions == "- How many orders were there?\n- On which day?"


def test_first_sentence_stands_on_one_line_without_marks() -> None:
    assert read_description(TEXT).first_sentence == "Every order, ticket or basket."
    assert read_description("Cut at v1.5 of\nit. Then more.").first_sentence == "Cut at v1.5 of it."


def test_text_without_headings_is_the_overview() -> None:
    description = read_description("All files that were loaded.")
    assert description.overview == "All files that were loaded."
    assert description.primary_key == ""
    assert read_description("").first_sentence == ""


def test_bold_headings_count_and_words_in_the_text_do_not() -> None:
    description = read_description("**Primary key**\nday\n\n**Overview:**\nOverview of the days.")
    assert description.primary_key == "day"
    assert description.overview == "Overview of the days."


def test_markdown_becomes_html_and_html_stays_text() -> None:
    assert render("- `a`\n- b") == "<ul>\n<li><code>a</code></li>\n<li>b</li>\n</ul>\n"
    assert render("<script>x</script>") == "<p>&lt;script&gt;x&lt;/script&gt;</p>\n"
