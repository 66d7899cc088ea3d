"""One HTML file that needs nothing else: styles and plots inside, no address of any other machine."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from presage.demo import charts

from .terminal import METRICS


def render(template: str, **values: Any) -> str:
    """Fill a template of `templates/`; all text is escaped."""
    environment = Environment(
        loader=PackageLoader("presage.demo"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = "{:,}".format
    return environment.get_template(template).render(charts=charts, metric_names=METRICS, **values)
