import pytest

from presage.buckets.buckets import Buckets
from presage.buckets.locations import Locations, open_locations
from presage.buckets.objects import LocalObjects, RemoteObjects
from presage.config import Config
from presage.errors import JobFailure
from presage.resources.keys import AccessKey
from presage.s3.app import s3_application

from ..clients.serving import serving

READER = AccessKey(access_key_id="reader", secret="one", allow=("s3:Get*", "s3:List*"))
WRITER = AccessKey(access_key_id="writer", secret="two", allow=("s3:*",))
STRANGER = AccessKey(access_key_id="stranger", secret="three", allow=("personalize:*",))
KEYS = {key.access_key_id: key for key in (READER, WRITER, STRANGER)}


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """Credentials of this test alone, and no waiting for servers that are not there."""
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    use(monkeypatch, WRITER)


def use(monkeypatch, key):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key.secret)


@pytest.fixture
def buckets(tmp_path):
    buckets = Buckets(tmp_path / "buckets")
    buckets.create("shop")
    yield buckets
    buckets.close()


@pytest.fixture
def endpoint(buckets):
    with serving(s3_application(buckets, find_key=KEYS.get)) as url:
        yield url


@pytest.fixture(params=["local", "remote"])
def locations(request, buckets):
    """The same locations, kept by presage and behind an S3 endpoint."""
    if request.param == "local":
        return Locations(LocalObjects(buckets), "http://127.0.0.1:4600")
    endpoint = request.getfixturevalue("endpoint")
    return Locations(RemoteObjects(endpoint, "us-east-1"), endpoint)


def put(buckets, *keys):
    for key in keys:
        buckets.put("shop", key, [key.encode()])


def names(files):
    return [file.name for file in files]


def failure(locations, location):
    with pytest.raises(JobFailure) as caught:
        locations.files(location)
    return str(caught.value)


def test_a_location_names_one_object(locations, buckets):
    put(buckets, "in/a.csv", "in/a.csv.gz")
    (file,) = locations.files("s3://shop/in/a.csv")
    assert (file.name, file.size) == ("s3://shop/in/a.csv", 8)
    with locations.local_path(file) as path:
        assert path.read_bytes() == b"in/a.csv"
    assert not path.exists()


def test_a_folder_is_the_files_directly_in_it(locations, buckets):
    put(buckets, "in/b.csv", "in/a.csv", "in/older/c.csv", "in/", "input.csv")
    assert names(locations.files("s3://shop/in/")) == ["s3://shop/in/a.csv", "s3://shop/in/b.csv"]
    with_subfolders = locations.files("s3://shop/in/", subfolders=True)
    assert names(with_subfolders)[2:] == ["s3://shop/in/older/c.csv"]
    assert (
        names(locations.files("s3://shop")) == names(locations.files("s3://shop/")) == ["s3://shop/input.csv"]
    )


def test_a_folder_has_more_files_than_fit_on_one_page(locations, buckets, monkeypatch):
    put(buckets, *(f"in/{n:04}" for n in range(30)))
    monkeypatch.setattr("presage.s3.listings.LARGEST_PAGE", 7)
    assert len(locations.files("s3://shop/in/")) == 30


def test_a_url_of_the_endpoint_is_a_location_too(locations, buckets):
    put(buckets, "in/a b.csv")
    (file,) = locations.files(f"{locations.endpoint}/shop/in/a%20b.csv")
    assert file.name == "s3://shop/in/a b.csv"


def test_what_is_written_can_be_read(locations, buckets, tmp_path):
    result = tmp_path / "result"
    result.write_bytes(b"1,2\n")
    for folder in ("s3://shop/out", "s3://shop/out/"):
        assert locations.write(folder, "a.csv.out", result) == "s3://shop/out/a.csv.out"
    assert buckets.path("shop", "out/a.csv.out").read_bytes() == b"1,2\n"
    assert locations.write("s3://shop", "top", result) == "s3://shop/top"


def test_what_is_not_there_is_named_with_what_would_be_right(locations, buckets):
    put(buckets, "in/a.csv", "in/older/b.csv")
    assert failure(locations, "s3://depot/a") == (
        "Invalid Data location: s3://depot/a: the bucket 'depot' does not exist; create it first"
    )
    assert failure(locations, "s3://depot/in/").startswith(
        "Invalid Data location: s3://depot/in/: the bucket"
    )
    assert failure(locations, "s3://shop/in/b.csv") == (
        "Invalid Data location: there is no object s3://shop/in/b.csv; beside it there is s3://shop/in/a.csv"
    )
    assert failure(locations, "s3://shop/x/b.csv").endswith(
        "no object s3://shop/x/b.csv; its folder is empty"
    )
    assert "end it with '/'" in failure(locations, "s3://shop/in")
    assert "s3://shop/out/ is a folder without files directly in it" in failure(locations, "s3://shop/out/")


@pytest.mark.parametrize(
    "location", ["s3://", "s3:///a", "https://example.com/shop/a", "s3://shop/\ud800", "shop/a"]
)
def test_what_is_no_location_says_how_to_write_one(locations, location):
    assert "write s3://bucket/key" in failure(locations, location)


@pytest.mark.parametrize("location", ["s3://No Bucket/a", "s3://../a", "s3://a/../../b"])
def test_a_bucket_that_cannot_be_does_not_exist(locations, location):
    assert "does not exist" in failure(locations, location)


def test_a_write_that_cannot_be_is_an_invalid_output_path(locations, tmp_path):
    (tmp_path / "result").write_bytes(b"1")
    with pytest.raises(
        JobFailure, match=r"^Invalid S3 output path: s3://depot/: the bucket 'depot' does not"
    ):
        locations.write("s3://depot/", "a", tmp_path / "result")
    with pytest.raises(JobFailure, match=r"^Invalid S3 output path: .*write s3://bucket/key"):
        locations.write("out", "a", tmp_path / "result")


def test_a_file_that_is_deleted_before_it_is_read_is_named(locations, buckets):
    put(buckets, "a.csv")
    (file,) = locations.files("s3://shop/a.csv")
    buckets.delete("shop", "a.csv")
    with (
        pytest.raises(JobFailure, match=r"^Invalid Data location: s3://shop/a.csv"),
        locations.local_path(file),
    ):
        pass


def test_who_may_not_read_is_told_what_must_be_allowed(endpoint, monkeypatch):
    use(monkeypatch, STRANGER)
    text = failure(Locations(RemoteObjects(endpoint, "us-east-1"), endpoint), "s3://shop/a")
    assert text.startswith("Insufficient privileges for accessing data in Amazon S3: s3://shop/a")
    assert "must allow listing the bucket" in text


def test_who_may_only_read_cannot_write(endpoint, buckets, monkeypatch, tmp_path):
    (tmp_path / "result").write_bytes(b"1")
    put(buckets, "a")
    use(monkeypatch, READER)
    locations = Locations(RemoteObjects(endpoint, "us-east-1"), endpoint)
    assert names(locations.files("s3://shop/a")) == ["s3://shop/a"]
    with pytest.raises(JobFailure, match="Insufficient privileges"):
        locations.write("s3://shop/", "b", tmp_path / "result")


def test_who_has_no_credentials_is_told_where_to_put_them(endpoint, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    text = failure(Locations(RemoteObjects(endpoint, "us-east-1"), endpoint), "s3://shop/a")
    assert text.startswith("Insufficient privileges")
    assert "AWS_ACCESS_KEY_ID" in text


def test_an_endpoint_that_does_not_answer_is_named():
    with serving(None) as url:
        pass
    text = failure(Locations(RemoteObjects(url, "us-east-1"), url), "s3://shop/a")
    assert text.startswith("Invalid Data location: s3://shop/a could not be reached")
    assert url in text


def test_a_configuration_without_an_endpoint_means_the_own_buckets(buckets, endpoint):
    put(buckets, "a")
    own = open_locations(Config(), buckets)
    assert names(own.files("http://127.0.0.1:4600/shop/a")) == ["s3://shop/a"]
    other = open_locations(Config(s3_endpoint=endpoint), buckets)
    assert isinstance(other.objects, RemoteObjects)
    assert names(other.files("s3://shop/a")) == ["s3://shop/a"]
