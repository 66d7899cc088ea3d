"""Unmodified AWS clients of other languages and environments; `scripts/clients` installs them."""

import os
import subprocess
from pathlib import Path

import pytest

from presage.buckets.buckets import Buckets
from presage.resources.keys import AccessKey
from presage.s3.app import s3_application

from .serving import serving

KEY = AccessKey(access_key_id="presage", secret="presage")
HOME = Path(__file__).parents[2] / ".clients"
MOST_SECONDS = 120


@pytest.fixture(scope="session")
def clients():
    """The folder of the installed clients."""
    if not (HOME / "stamp").exists():
        text = "the clients are not installed; run scripts/clients"
        if os.environ.get("CI"):
            pytest.fail(text)
        pytest.skip(text)
    return HOME


@pytest.fixture
def run(clients, tmp_path):
    """Run a program of `.clients/bin` in an environment without the caller's variables; return its output."""

    def run(program, *arguments, env, folder=tmp_path, text=None):
        environment = {
            "PATH": f"{clients / 'bin'}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY.access_key_id,
            "AWS_SECRET_ACCESS_KEY": KEY.secret,
            **env,
        }
        done = subprocess.run(
            [clients / "bin" / program, *arguments],
            env=environment,
            cwd=folder,
            input=text,
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{program} {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    return run


@pytest.fixture
def cli(run):
    """`cli(arguments, env)`: the output of the AWS CLI."""
    return lambda arguments, env: run("aws", *arguments, env=env)


@pytest.fixture
def node(run, clients):
    """`node(script, env)`: the output of an ECMAScript module, which may import AWS's clients."""
    return lambda script, env: run(
        "node", "--input-type=module", "-", env=env, folder=clients / "node", text=script
    )


@pytest.fixture
def python(run):
    """`python(script, env)`: the output of a Python program, which may import pandas and s3fs."""
    return lambda script, env: run("python", "-", env=env, text=script)


@pytest.fixture
def buckets(tmp_path):
    """The buckets that `s3` serves; one is called `shop`."""
    buckets = Buckets(tmp_path / "buckets")
    buckets.create("shop")
    yield buckets
    buckets.close()


@pytest.fixture
def s3(buckets):
    """The URL of an S3 endpoint that checks the signatures of the key `presage`."""
    with serving(s3_application(buckets, find_key={KEY.access_key_id: KEY}.get)) as url:
        yield url
