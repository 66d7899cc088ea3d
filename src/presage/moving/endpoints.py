"""Where an account is: AWS, or a presage server; clients for it, and presage's own calls."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from presage.errors import shown

AWS = "aws"
TRIES = 10
"""How often a call is made that is throttled, or cut off; the waits between grow."""
AT_ONCE = 8
"""Calls that are made side by side."""
REGION = "us-east-1"
_SECONDS = 60


class CallError(RuntimeError):
    """What a call was refused with.

    Parameters
    ----------
    code : AWS's word for it; empty = there was no answer
    """

    def __init__(self, call: str, code: str, message: str) -> None:
        super().__init__(f"{call}: {code + ': ' if code else ''}{message}")
        self.code = code


@dataclass(frozen=True)
class Endpoint:
    """An account.

    Parameters
    ----------
    url : of a presage server; `aws` = AWS itself
    profile : of the AWS credentials; empty = those that the AWS command would take
    """

    url: str
    profile: str = ""

    @property
    def is_aws(self) -> bool:
        """Whether it is AWS itself."""
        return self.url == AWS

    @cached_property
    def _session(self) -> boto3.Session:
        try:
            core = botocore.session.Session(profile=self.profile or None)
            if not self.is_aws:  # nobody but AWS's own machines answers for roles
                core.get_component("credential_provider").remove("iam-role")
            session = boto3.Session(botocore_session=core)
            is_known = session.get_credentials() is not None
        except ProfileNotFound as error:
            raise ValueError(str(error)) from None
        if is_known:
            return session
        if self.is_aws:
            raise ValueError("there are no AWS credentials; set AWS_PROFILE, or name a profile")
        region = session.region_name or REGION
        return boto3.Session(aws_access_key_id="presage", aws_secret_access_key="presage", region_name=region)  # noqa: S106

    @property
    def region(self) -> str:
        """The region of its ARNs."""
        return self._session.region_name or REGION

    @cached_property
    def _clients(self) -> tuple[dict[str, Any], Lock]:
        return {}, Lock()

    def client(self, service: str) -> Any:
        """A client of one of AWS's services, which waits and tries again when it is throttled."""
        made, lock = self._clients
        with lock:
            if service not in made:
                config = Config(
                    retries={"mode": "adaptive", "total_max_attempts": TRIES},
                    max_pool_connections=8 * AT_ONCE,
                    s3={} if self.is_aws else {"addressing_style": "path"},
                    ignore_configured_endpoint_urls=self.is_aws,
                )
                where = None if self.is_aws else self.url
                made[service] = self._session.client(  # pyright: ignore
                    service,  # pyright: ignore
                    endpoint_url=where,
                    region_name=self.region,
                    config=config,
                )
            return made[service]

    def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """The answer to one of AWS's calls, `operation` in small letters. Raises CallError."""
        try:
            return getattr(self.client(service), operation)(**request)
        except ClientError as error:
            told = error.response.get("Error", {})
            message = told.get("Message", str(error))
            raise CallError(error.operation_name, told.get("Code", ""), message) from error
        except BotoCoreError as error:
            raise CallError(operation, "", str(error)) from error

    def own(
        self, method: str, *path: str, body: Any = None, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer to one of presage's own calls. Raises CallError.

        Parameters
        ----------
        path : its segments, as they are; the first names the service
        """
        told = "/".join(path)
        if self.is_aws:
            raise CallError(f"{method} /{told}", "", "AWS has no such call; name a presage server")
        address = f"{self.url.rstrip('/')}/{'/'.join(quote(part, safe='') for part in path)}"
        if query:
            address += "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        sent = b"" if body is None else json.dumps(body).encode()
        signed = AWSRequest(method, address, {"content-type": "application/json"}, sent)
        credentials = self._session.get_credentials()
        assert credentials is not None
        SigV4Auth(credentials.get_frozen_credentials(), path[0], self.region).add_auth(signed)
        status, text = _answer(method, address, sent, dict(signed.headers.items()))
        answer = _decoded(text)
        if status >= http.client.BAD_REQUEST:
            code = str(answer.get("__type") or answer.get("code") or status)
            raise CallError(f"{method} /{told}", code, str(answer.get("message") or status))
        return answer


def endpoint_of(text: str, profile: str = "") -> Endpoint:
    """The account that a text names. Raises ValueError."""
    if text == AWS:
        return Endpoint(AWS, profile)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise ValueError(f"{shown(text)} is no account; name `aws`, or a server as http://127.0.0.1:4600")
    return Endpoint(text.rstrip("/"), profile)


def _answer(method: str, address: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(address)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    connection = kinds[parts.scheme](parts.netloc, timeout=_SECONDS)
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise CallError(
            f"{method} {parts.path}", "", f"{address}: {error or type(error).__name__}"
        ) from error
    finally:
        connection.close()


def _decoded(text: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(text) if text else {}
    except ValueError:
        answer = {"message": text[:200].decode("utf-8", "replace")}
    return answer if isinstance(answer, dict) else {"answer": answer}
