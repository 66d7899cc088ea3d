"""The AWS clients of a run: they call the server as any user does, signed with the run's access key."""

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.config import Config as ClientConfig
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from presage.config import Config
from presage.errors import Unavailable
from presage.pipelines.language.faults import UNHEARD, StateError

if TYPE_CHECKING:
    from presage.stores import Stores

SERVICES: Mapping[str, tuple[str, str]] = {
    "personalize": ("personalize", "Personalize"),
    "personalizeruntime": ("personalize-runtime", "PersonalizeRuntime"),
    "personalizeevents": ("personalize-events", "PersonalizeEvents"),
    "forecast": ("forecast", "Forecast"),
    "forecastquery": ("forecastquery", "Forecastquery"),
    "s3": ("s3", "S3"),
}
"""A service as resources name it -> the client's name, and what the names of its errors begin with."""
N_THREADS = 64
"""So many tasks of a run are done at once."""
OUTAGE_SECONDS = 30.0
"""So long is a server that is away waited for here; then the run puts itself off, and goes on later."""
AWAY = 503
"""The status of a server that cannot answer for now."""
_PAUSE_SECONDS = 0.5
_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104


def endpoint_of(config: Config) -> str:
    """Where a run calls: the server that is configured for it, or the one that runs it."""
    host = _ANY_HOST.get(config.host)
    return config.endpoint or (f"http://{host}:{config.port}" if host else config.url)


@dataclass
class Clients:
    """Clients by service, made when they are first needed.

    Parameters
    ----------
    key : access key id and secret; None if the server knows no keys
    """

    config: Config
    key: tuple[str, str] | None = None
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(N_THREADS))
    _made: dict[str, Any] = field(default_factory=dict[str, Any])

    def of(self, service: str) -> Any:
        """The client of a service, as resources name it."""
        if service not in self._made:
            self._made[service] = self._make(SERVICES[service][0])
        return self._made[service]

    def _make(self, name: str) -> Any:
        import boto3  # noqa: PLC0415

        config = ClientConfig(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        options: dict[str, Any] = {"region_name": self.config.region, "config": config}
        if name == "s3" and self.config.s3_endpoint:
            return boto3.Session().client(name, endpoint_url=self.config.s3_endpoint, **options)
        key, secret = self.key or ("presage", "presage")
        options |= {"aws_access_key_id": key, "aws_secret_access_key": secret}
        return boto3.Session().client(name, endpoint_url=endpoint_of(self.config), **options)

    async def call(self, service: str, method: str, **arguments: Any) -> Any:
        """The answer to a call, made beside whatever else goes on. Raises StateError."""
        return await self.beside(lambda: answered(service, getattr(self.of(service), method), arguments))

    async def beside(self, step: Callable[[], Any]) -> Any:
        """What a step gives that takes a while, done beside whatever else goes on."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, step)


def answered(service: str, method: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """The answer to a call; a server that is away is waited for.

    Raises StateError, named by the service, and Unavailable: what may have been begun is found again then.
    """
    prefix, until = SERVICES[service][1], time.monotonic() + OUTAGE_SECONDS
    while True:
        try:
            return method(**arguments)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != AWAY:
                code = error.response["Error"]["Code"]
                name = code if code.endswith("Exception") else f"{code}Exception"
                raise StateError(f"{prefix}.{name}", error.response["Error"].get("Message", code)) from None
            away = str(error)
        except ReadTimeoutError as error:
            raise StateError(f"{prefix}.{UNHEARD}", str(error)) from None
        except EndpointConnectionError as error:  # nothing was sent
            away = str(error)
        except HTTPClientError as error:
            raise Unavailable(str(error)) from None
        if time.monotonic() > until:
            raise Unavailable(away)
        time.sleep(_PAUSE_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What steps work with.

    Parameters
    ----------
    pipeline, run : their names
    is_local : whether steps may name files and databases as they like: the definition came by the command
        line, from somebody who has the data folder
    folder : where a step may prepare files
    stores : what is stored, for deliveries: their outbox, and the users of dataset groups
    """

    config: Config
    clients: Clients
    clock: Callable[[], float]
    pipeline: str
    run: str
    is_local: bool
    folder: Path
    stores: "Stores"

    def named(self, call: str) -> str:
        """A name for what a task creates: the same whenever this run does this task again."""
        step = re.sub(r"[^A-Za-z0-9]+", "-", call.rpartition("/")[2].partition("#")[0]).strip("-")[:20]
        return f"{self.pipeline[:24]}-{step}-{hashlib.sha256(f'{self.run}{call}'.encode()).hexdigest()[:12]}"
