"""A server whose disk is full: it says so, loses nothing, and goes on once there is space again."""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from .operations.shop import Shop
from .running import RunningServer, wait_until

SIZE_MB, LEFT_BYTES = 24, 300_000
FIELDS = [{"name": name, "type": "string"} for name in ("USER_ID", "ITEM_ID")]
FIELDS += [{"name": "TIMESTAMP", "type": "long"}]
N_ROWS = 200_000


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small disk can be mounted by root alone")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


class Filler:
    """A file that takes up the space of a disk."""

    def __init__(self, disk):
        self.disk, self.path = disk, disk / "filler"

    def leave(self, n_bytes):
        with self.path.open("ab") as file:
            for _ in range(max(0, shutil.disk_usage(self.disk).free - n_bytes) // 4096):
                file.write(b"x" * 4096)
                file.flush()

    def give_up(self):
        self.path.unlink()


def ready(server):
    try:
        with urllib.request.urlopen(f"{server.url}/readyz") as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def refusal(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


@pytest.fixture
def server(disk):
    """A server whose data folder is the small disk; its log lies elsewhere."""
    running = RunningServer(disk).start()
    yield running
    assert running.stop() == 0


def test_a_full_disk_fails_nothing_for_good(disk, server):
    filler = Filler(disk)
    shop = Shop(server)
    dataset = shop.dataset("INTERACTIONS", FIELDS)
    tracker = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)["trackingId"]
    s3, events = server.client("s3"), server.client("personalize-events")
    rows = "".join(f"u{n % 100},item-{n * 7919 % 90_001},{1_700_000_000 + n}\n" for n in range(N_ROWS))
    s3.create_bucket(Bucket=shop.id)
    s3.put_object(Bucket=shop.id, Key="rows.csv", Body=f"USER_ID,ITEM_ID,TIMESTAMP\n{rows}".encode())

    filler.leave(LEFT_BYTES)
    status, text = ready(server)
    assert (status, b"disk full" in text) == (503, True)
    job = shop.personalize.create_dataset_import_job(
        jobName=shop.id,
        datasetArn=dataset,
        dataSource={"dataLocation": f"s3://{shop.id}/rows.csv"},
        roleArn="arn:aws:iam::000000000000:role/r",
    )["datasetImportJobArn"]

    def described():
        return shop.personalize.describe_dataset_import_job(datasetImportJobArn=job)["datasetImportJob"]

    deadline = time.monotonic() + 60
    while "waiting for space on the disk" not in (log := server.output()):
        assert time.monotonic() < deadline, log
        time.sleep(0.1)
    assert described()["status"] == "CREATE IN_PROGRESS"

    filler.leave(0)
    event = {"eventType": "click", "itemId": "item-1", "sentAt": time.time()}
    told = {"trackingId": tracker, "userId": "u1", "sessionId": "s", "eventList": [event]}
    for call, members in (
        (events.put_events, told),
        (shop.personalize.create_dataset_group, {"name": f"{shop.id}-2"}),
        (s3.put_object, {"Bucket": shop.id, "Key": "more", "Body": b"x" * 100_000}),
    ):
        status, code, text = refusal(call, **members)
        assert (status, code) == (503, "ServiceUnavailable")
        assert "disk is full" in text
    assert s3.head_object(Bucket=shop.id, Key="rows.csv")["ContentLength"] > len(rows), "reading goes on"

    filler.give_up()
    assert ready(server)[0] == 200
    assert wait_until(described)["status"] == "ACTIVE"
    events.put_events(**told)
    assert not [path for path in disk.rglob("*") if "draft" in path.name]
