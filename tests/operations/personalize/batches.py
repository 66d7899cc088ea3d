"""Batch jobs through unmodified clients: a file of lines in, a folder of files out."""

import json
from uuid import uuid4

ROLE = "arn:aws:iam::000000000000:role/any"


def request(shop, version, lines, **options):
    """The request of a job for some lines, objects or texts."""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    name = f"job-{uuid4().hex[:8]}"
    return {
        "jobName": name,
        "solutionVersionArn": version,
        "jobInput": {"s3DataSource": {"path": shop.upload(f"{name}/in/lines.json", text)}},
        "jobOutput": {"s3DataDestination": {"path": f"s3://{shop.id}/{name}/out/"}},
        "roleArn": ROLE,
        **options,
    }


def results(shop, name, folder="out"):
    """File name -> bytes that a job of this name has written."""
    prefix = f"{name}/{folder}/"
    found = shop.s3.list_objects_v2(Bucket=shop.id, Prefix=prefix).get("Contents", [])
    return {
        one["Key"].removeprefix(prefix): shop.s3.get_object(Bucket=shop.id, Key=one["Key"])["Body"].read()
        for one in found
    }


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def run(shop, kind, asked, **options):
    """Do a job and wait for it; its record."""
    camel = "".join(part.title() for part in kind.split("_"))
    answer = getattr(shop.personalize, f"create_{kind}")(**asked)
    return shop.wait(kind, answer[f"{camel[0].lower()}{camel[1:]}Arn"], **options)
