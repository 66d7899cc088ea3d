"""Which function answers which path below /deliveries."""

from ..rest.routes import Route, Service
from . import deliveries

_DELIVERIES, _DELIVERY = "/deliveries", "/deliveries/{name}"
DELIVERIES = Service(
    "deliveries",
    (
        Route("POST", _DELIVERIES, "PutDelivery", deliveries.put_delivery),
        Route("GET", _DELIVERIES, "ListDeliveries", deliveries.list_deliveries),
        Route("GET", _DELIVERY, "DescribeDelivery", deliveries.describe_delivery),
        Route("DELETE", _DELIVERY, "DeleteDelivery", deliveries.delete_delivery, status=204),
    ),
)
