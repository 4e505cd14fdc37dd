"""The documentation as one static site: a guide, the core's diagrams, dbt docs."""

from warehouse.docs.site import build_site

__all__ = ["build_site"]
