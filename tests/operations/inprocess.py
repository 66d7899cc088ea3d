"""A server without a socket: unmodified boto3 clients reach its operations in this process.

Every answer is held against its shape in the service model: a member that the shape does not know, or a required one
that is left out, fails the test.
"""

import importlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from unittest.mock import patch

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config as ClientConfig

from presage.app import handlers
from presage.config import Config
from presage.errors import JobFailure
from presage.live.live import Live
from presage.live.reading import LiveSets
from presage.operations.server import Server
from presage.operations.table import KINDS
from presage.recipes.data import silent
from presage.s3.app import s3_application
from presage.serving.deployments import Deployments
from presage.stores import Stores
from presage.wire.app import application
from presage.wire.models import OPERATIONS
from presage.works import driver
from presage.works.registry import WORKS

from ..servers import database_for_tests
from ..wire.asgi import call
from ..wire.generate import Raw


class Clock:
    """A clock that tests turn."""

    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


class InProcess:
    """A server's rooms, and clients that reach them. What is left for later is done at once, jobs when asked."""

    def __init__(self, data, **settings):
        self.clock = Clock()
        settings.setdefault("database", database_for_tests())
        self.stores = Stores(Config(data=data, **settings), self.clock)
        self.live = live = Live(self.stores)
        self.server = Server(
            stores=self.stores,
            deployments=Deployments(),
            kinds=KINDS,
            later=lambda step: step(),
            beside=lambda step: step(),
            feed=live.feed,
            live=LiveSets(live),
        )
        self.line = ThreadPoolExecutor(1)
        strict = {name: checked(name, handler) for name, handler in handlers(self.server, self.line).items()}
        s3 = s3_application(self.stores.buckets, find_key=None, region="us-east-1")
        self.app = application(strict, find_key=None, s3=s3)

    @property
    def data(self):
        return self.stores.config.data

    @property
    def environ(self):
        """The environment of commands that use the same stores."""
        return {**os.environ, "PRESAGE_DATABASE": self.stores.config.database}

    def settle(self):
        """Nothing is known later elsewhere."""

    def client(self, service):
        config = ClientConfig(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
        client = boto3.client(
            service,
            region_name="us-east-1",
            aws_access_key_id="a",
            aws_secret_access_key="b",
            endpoint_url="http://in.process",
            config=config,
        )
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request, **_):
        headers = {
            name.lower(): str(value, "ascii") if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        body = request.body or b""
        body = body.read() if hasattr(body, "read") else body
        path = request.url.removeprefix("http://in.process")
        answer = call(
            self.app, Raw(request.method, path, headers, body if isinstance(body, bytes) else body.encode())
        )
        return AWSResponse(request.url, answer.status, answer.headers, _Body(answer.body))

    def run_jobs(self):
        """Do the jobs that wait, in this process."""
        for record in self.server.records.under_way():
            move = KINDS[record.service, record.kind].moves[record.motion]
            if move.job:
                self._run(WORKS[move.job], record.arn)

    def _run(self, work, arn):
        """Do a job on these stores, whose clock is the test's."""
        with patch.object(driver, "open_stores", lambda _: nullcontext(self.stores)):
            try:
                function(work.run)(self.stores.config, arn, silent)
            except JobFailure as failure:
                function(work.failed)(self.stores.config, arn, str(failure))
        self.stores.jobs.forget(arn)

    def close(self):
        self.line.shutdown()
        self.stores.close()


def function(path):
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


class _Body(io.BytesIO):
    def stream(self, **_):
        yield self.read()


def checked(name, handler):
    """A handler whose answers must be what its operation's shape says."""
    shape = OPERATIONS[name].output_shape

    async def handle(request):
        answer = await handler(request)
        if shape is not None:
            faults = list(faults_of(answer or {}, shape, name[1]))
            assert not faults, faults
        return answer

    return handle


def faults_of(value, shape, where):
    """Members that a shape does not know, and required ones that are missing, at any depth."""
    if shape.type_name == "structure":
        held = {name: given for name, given in value.items() if given is not None}
        yield from (f"{where} does not know {name}" for name in held.keys() - shape.members.keys())
        yield from (f"{where} lacks {name}" for name in set(shape.required_members) - held.keys())
        for name in held.keys() & shape.members.keys():
            yield from faults_of(held[name], shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list":
        for one in value:
            yield from faults_of(one, shape.member, where)
    elif shape.type_name == "map":
        for key, one in value.items():
            yield from faults_of(one, shape.value, f"{where}[{key}]")
