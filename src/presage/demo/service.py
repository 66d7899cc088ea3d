"""The server as any user meets it: boto3 clients on one endpoint, and what scripts do again and again."""

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

Record = dict[str, Any]
ROLE = "arn:aws:iam::000000000000:role/demo"
REGION = "us-east-1"
ENDED_BADLY = ("CREATE FAILED", "CREATE STOPPED")


class DemoError(RuntimeError):
    """What went wrong, in the server's own words."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """The four clients of a recommendation script, and the resources behind them."""

    personalize: Any
    runtime: Any
    events: Any
    s3: Any

    def create(
        self, kind: str, *, name_member: str = "name", within: Record | None = None, **request: Any
    ) -> str:
        """The ARN of a resource: made now, or found by its name where an earlier run left it.

        Parameters
        ----------
        kind : as the API names it, for instance `DatasetGroup`
        within : the parent by which the list of this kind can be narrowed
        """
        member = _camel(kind)
        try:
            answer = getattr(self.personalize, f"create_{xform_name(kind)}")(**request)
        except self.personalize.exceptions.ResourceAlreadyExistsException:
            name = request[name_member]
            found = [r for r in self.every(kind, **(within or {})) if r[name_member] == name]
            if not found:
                raise DemoError(
                    f"there is a {kind} {name!r} already, but it belongs to something else"
                ) from None
            return found[0][f"{member}Arn"]
        return answer[f"{member}Arn"]

    def every(self, kind: str, **within: str) -> list[Record]:
        """Every resource of a kind, within a parent where one is given."""
        pages = self.personalize.get_paginator(f"list_{xform_name(kind)}s").paginate(**within)
        return [record for page in pages for record in page[f"{_camel(kind)}s"]]

    def describe(self, kind: str, arn: str) -> Record:
        """One resource."""
        member = _camel(kind)
        return getattr(self.personalize, f"describe_{xform_name(kind)}")(**{f"{member}Arn": arn})[member]

    def upload(self, bucket: str, key: str, path: Path, on_bytes: Callable[[int], None]) -> str:
        """Put a file into a bucket, which is made if need be; its `s3://` location."""
        taken = self.s3.exceptions
        with contextlib.suppress(taken.BucketAlreadyOwnedByYou, taken.BucketAlreadyExists):
            self.s3.create_bucket(Bucket=bucket)
        self.s3.upload_file(str(path), bucket, key, Callback=on_bytes)
        return f"s3://{bucket}/{key}"

    def usable_version(self, solution: str, *, since: datetime) -> str | None:
        """The newest version of a solution that was begun after `since` and has not failed."""
        versions = [
            version
            for version in self.every("SolutionVersion", solutionArn=solution)
            if version["status"] not in ENDED_BADLY and version["creationDateTime"] >= since
        ]
        newest_first = sorted(versions, key=lambda version: version["creationDateTime"], reverse=True)
        return newest_first[0]["solutionVersionArn"] if newest_first else None

    def recommend(self, campaign: str, user: str, n_items: int) -> list[Record]:
        """GetRecommendations: `itemId` and, where the recipe has them, `score`; best first."""
        answer = self.runtime.get_recommendations(campaignArn=campaign, userId=user, numResults=n_items)
        return answer["itemList"]


def connect(endpoint: str) -> Service:
    """Clients for a server that answers any key."""
    return Service(
        personalize=client_of(endpoint, "personalize"),
        runtime=client_of(endpoint, "personalize-runtime"),
        events=client_of(endpoint, "personalize-events"),
        s3=client_of(endpoint, "s3"),
    )


@cache
def client_of(endpoint: str, name: str) -> Any:
    """A client of one of AWS's services, for a server that answers any key."""
    session = boto3.Session(aws_access_key_id="demo", aws_secret_access_key="demo", region_name=REGION)  # noqa: S106
    config = Config(proxies={}, retries={"total_max_attempts": 3}, s3={"addressing_style": "path"})
    return session.client(name, endpoint_url=endpoint, config=config)  # pyright: ignore


@contextlib.contextmanager
def plain_errors(endpoint: str) -> Generator[None]:
    """Turn what the server or the way to it raises into a DemoError of one line."""
    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        refused = f"{told.get('Code', 'error')}: {told.get('Message', error)}"
        raise DemoError(f"{error.operation_name}: {refused}") from error
    except (BotoCoreError, S3UploadFailedError) as error:
        raise DemoError(f"{endpoint}: {error}") from error


def _camel(kind: str) -> str:
    return kind[0].lower() + kind[1:]
