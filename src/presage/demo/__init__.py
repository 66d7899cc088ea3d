"""The demonstrations: they talk to a server over the wire as any user does."""

from .company.company import SMALL, Machine, run_company_demo
from .compared_page import compared_page
from .demand import run_forecast, run_forecast_demo
from .forecast_page import page_of
from .lab8 import run_lab8
from .offers import run_offers_demo
from .regret_page import follow_page, regret_page
from .script import run_demo
from .series import read_series
from .service import DemoError
from .simulated_page import simulated_page
from .steps import Steps

__all__ = [
    "SMALL",
    "DemoError",
    "Machine",
    "Steps",
    "compared_page",
    "follow_page",
    "page_of",
    "read_series",
    "regret_page",
    "run_company_demo",
    "run_demo",
    "run_forecast",
    "run_forecast_demo",
    "run_lab8",
    "run_offers_demo",
    "simulated_page",
]
