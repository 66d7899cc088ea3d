"""Imports: what is wrong with a file is named."""

from ..shop import INTERACTIONS, ITEMS, error_of, interactions_csv


def test_a_bad_row_is_named_and_nothing_is_stored(shop):
    shop.dataset("INTERACTIONS", INTERACTIONS)
    lines = interactions_csv().splitlines()
    lines[700] = "u1,i1,yesterday,click,1,phone"
    record = shop.import_rows("INTERACTIONS", "\n".join(lines), wanted=("CREATE FAILED",), ended=())
    for part in (".csv", "701", "TIMESTAMP", "yesterday"):
        assert part in record["failureReason"]


def test_films_as_public_files_have_them_are_imported(shop):
    shop.dataset("ITEMS", [*ITEMS, {"name": "YEAR", "type": "int"}])
    text = "item_id,Genre,price,creation_timestamp,Year\nold,drama,1,-157766400,1965\nnew,drama,2,,\n"
    assert shop.import_rows("ITEMS", text)["status"] == "ACTIVE"


def test_a_missing_file_is_named(shop):
    shop.dataset("INTERACTIONS", INTERACTIONS)
    job = shop.personalize.create_dataset_import_job(
        jobName=shop.id,
        datasetArn=shop.datasets["INTERACTIONS"],
        dataSource={"dataLocation": f"s3://{shop.id}/never.csv"},
    )["datasetImportJobArn"]
    record = shop.wait("dataset_import_job", job, wanted=("CREATE FAILED",), ended=())
    assert "Invalid Data location" in record["failureReason"]
    assert "never.csv" in record["failureReason"]


def test_a_dataset_that_is_not_there(shop):
    code, _ = error_of(
        shop.personalize.create_dataset_import_job,
        jobName="x",
        datasetArn=shop.group.replace("dataset-group", "dataset"),
        dataSource={"dataLocation": "s3://b/k"},
    )
    assert code == "ResourceNotFoundException"


def test_the_list_of_a_dataset_has_its_jobs_alone(stocked):
    jobs = stocked.personalize.list_dataset_import_jobs(datasetArn=stocked.datasets["ITEMS"])
    assert [job["status"] for job in jobs["datasetImportJobs"]] == ["ACTIVE"]
