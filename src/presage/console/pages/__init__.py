"""The table of pages, in the order of the navigation: a page is a file here, a template, and a line below."""

from . import data, filters, jobs, login, models, overview, resources, start, trying

PAGES = (
    *overview.PAGES,
    *jobs.PAGES,
    *start.PAGES,
    *data.PAGES,
    *models.PAGES,
    *trying.PAGES,
    *filters.PAGES,
    *resources.PAGES,
    *login.PAGES,
)
