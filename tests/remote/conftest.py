from uuid import uuid4

import pytest

from presage.remote import ObjectStore


@pytest.fixture
def bucket(server, monkeypatch):
    """A new bucket of a running server's S3, with the credentials for it in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "presage")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "presage")
    name = f"remote-{uuid4().hex[:8]}"
    server.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def store(server, bucket):
    return ObjectStore(f"s3://{bucket}/some/where", endpoint=server.url)
