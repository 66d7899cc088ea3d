"""The AWS CLI, pandas with s3fs, and AWS's JavaScript client, unmodified, at the local endpoint."""

import os

import pytest

pytestmark = pytest.mark.clients

BIG = os.urandom(17 << 20)


@pytest.fixture
def env(s3):
    return {"AWS_ENDPOINT_URL_S3": s3}


def keys(buckets):
    return [each.key for each in buckets.objects("shop").objects]


def test_the_cli_copies_lists_and_deletes(cli, env, buckets, tmp_path):
    (tmp_path / "small.csv").write_text("1,2\n")
    (tmp_path / "big.bin").write_bytes(BIG)
    cli(["s3", "mb", "s3://depot"], env)
    cli(["s3", "cp", "small.csv", "s3://shop/in/small.csv"], env)
    cli(["s3", "cp", "big.bin", "s3://shop/in/big.bin"], env)
    assert "small.csv" in cli(["s3", "ls", "s3://shop/in/"], env)
    assert "PRE in/" in cli(["s3", "ls", "s3://shop"], env)
    cli(["s3", "cp", "s3://shop/in/big.bin", "s3://depot/copy.bin"], env)
    cli(["s3", "cp", "s3://depot/copy.bin", "back.bin"], env)
    assert (tmp_path / "back.bin").read_bytes() == BIG
    cli(["s3", "mv", "s3://shop/in/small.csv", "s3://shop/out/small.csv"], env)
    assert keys(buckets) == ["in/big.bin", "out/small.csv"]
    cli(["s3", "rm", "s3://shop/", "--recursive"], env)
    assert keys(buckets) == []
    cli(["s3", "rb", "s3://depot", "--force"], env)
    assert [bucket.name for bucket in buckets.buckets()] == ["shop"]


def test_the_cli_synchronises_folders_both_ways(cli, env, buckets, tmp_path):
    (tmp_path / "here" / "deep").mkdir(parents=True)
    for name in ("a.csv", "deep/b ü.csv", "deep/c+d.csv"):
        (tmp_path / "here" / name).write_text(name)
    assert cli(["s3", "sync", "here", "s3://shop/there"], env).count("upload:") == 3
    assert cli(["s3", "sync", "here", "s3://shop/there"], env) == ""
    assert keys(buckets) == ["there/a.csv", "there/deep/b ü.csv", "there/deep/c+d.csv"]
    (tmp_path / "here" / "a.csv").unlink()
    cli(["s3", "sync", "here", "s3://shop/there", "--delete"], env)
    cli(["s3", "sync", "s3://shop/there", "back"], env)
    assert sorted(path.name for path in (tmp_path / "back").rglob("*.csv")) == ["b ü.csv", "c+d.csv"]


def test_pandas_reads_and_writes(python, env):
    script = """
import pandas as pd
frame = pd.DataFrame({"USER_ID": [f"u{n % 97}" for n in range(50_000)], "TIMESTAMP": range(50_000)})
frame.to_csv("s3://shop/in/a.csv", index=False)
frame.to_parquet("s3://shop/in/a.parquet")
pd.testing.assert_frame_equal(pd.read_csv("s3://shop/in/a.csv"), frame)
pd.testing.assert_frame_equal(pd.read_parquet("s3://shop/in/a.parquet"), frame)
import s3fs
files = s3fs.S3FileSystem()
print(files.ls("shop/in"), files.exists("shop/none"))
files.copy("shop/in/a.csv", "shop/in/b.csv")
files.rm("shop/in", recursive=True)
"""
    assert python(script, env).strip() == "['shop/in/a.csv', 'shop/in/a.parquet'] False"


def test_javascript_streams_up_and_down(node, env, s3, buckets, tmp_path):
    """Bodies of streams come in chunks with a checksum after them."""
    (tmp_path / "big.bin").write_bytes(BIG)
    script = """
import { createReadStream, statSync } from "node:fs";
import { S3Client, PutObjectCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
const s3 = new S3Client({ forcePathStyle: true });
const here = { Bucket: "shop", Key: "in/ü +.bin" };
const Body = createReadStream(process.env.FILE);
await s3.send(new PutObjectCommand({ ...here, Body, ContentLength: statSync(process.env.FILE).size }));
const { Body: back } = await s3.send(new GetObjectCommand(here));
const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: "shop", Prefix: "in/" }));
console.log((await back.transformToByteArray()).length, Contents.map((each) => each.Key).join());
"""
    said = node(script, env | {"FILE": str(tmp_path / "big.bin")})
    assert said.strip() == f"{len(BIG)} in/ü +.bin"
    assert buckets.path("shop", "in/ü +.bin").read_bytes() == BIG
