"""Model descriptions: Markdown under up to four headings."""

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markupsafe import Markup

HEADINGS = ("Overview", "Primary key", "Business rules", "Example questions")
_HEADING = re.compile(
    rf"^\s*(?:#+\s*|\*\*)(?P<title>{'|'.join(HEADINGS)})\s*:?(?:\*\*)?:?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
# No raw HTML: a description is text, whoever wrote it.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Description:
    """A description cut at its headings; text before the first heading counts as overview.

    Each part is Markdown, empty when its heading is missing.
    """

    overview: str = ""
    primary_key: str = ""
    business_rules: str = ""
    example_questions: str = ""

    @property
    def first_sentence(self) -> str:
        """The overview up to its first full stop, on one line, without Markdown's marks."""
        text = re.sub(r"[*`]", "", " ".join(self.overview.split()))
        return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text, maxsplit=1)[0]


def read_description(text: str) -> Description:
    """Cuts a description at the four headings, whether written as `## Title` or `**Title**`."""
    found = list(_HEADING.finditer(text))
    starts = [*(heading.start() for heading in found), len(text)]
    parts = {"overview": text[: starts[0]]}
    for heading, end in zip(found, starts[1:], strict=True):
        body = text[heading.end() : end]
        name = heading["title"].lower().replace(" ", "_")
        parts[name] = "\n\n".join(filter(None, (parts.get(name, "").strip(), body.strip())))
    return Description(**{name: part.strip() for name, part in parts.items()})


def render(markdown: str) -> Markup:
    """Markdown as HTML that is safe to put on a page."""
    return Markup(_markdown.render(markdown))  # noqa: S704 (HTML in it is escaped)
