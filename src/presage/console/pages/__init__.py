"""The table of pages, in the order of the navigation: a page is a file here, a template, and a line below."""

from . import login, overview, resources

PAGES = (*login.PAGES, *overview.PAGES, *resources.PAGES)
