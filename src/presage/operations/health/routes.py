"""Which function answers which path below /health."""

from ..rest.routes import Route, Service
from . import alarms, prices
from .conversions import describe_conversions

HEALTH = Service(
    "health",
    (
        Route("GET", "/health/alarms", "ListAlarms", alarms.list_alarms),
        Route("POST", "/health/alarms", "PutAlarm", alarms.put_alarm),
        Route("GET", "/health/alarms/{name}", "DescribeAlarm", alarms.describe_alarm),
        Route("DELETE", "/health/alarms/{name}", "DeleteAlarm", alarms.delete_alarm, status=204),
        Route("GET", "/health/notices", "ListNotices", alarms.list_notices),
        Route("GET", "/health/conversions", "DescribeConversions", describe_conversions, is_long=True),
        Route("GET", "/health/prices", "DescribePrices", prices.describe_prices, is_long=True),
        Route("GET", "/health/readings", "ListReadings", alarms.list_readings, is_long=True),
    ),
)
