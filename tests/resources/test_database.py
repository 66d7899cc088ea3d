"""Opening a database that others use."""

from sqlalchemy import func, insert, select

from presage.resources.database import aliases, metadata, open_engine


def test_who_opens_a_database_waits_for_nobody_who_writes(postgres):
    url = postgres.new_database()
    first = open_engine(url, metadata)
    with first.begin() as connection:
        connection.execute(insert(aliases).values(alias="a", arn="arn:1"))
        second = open_engine(url, metadata)
    with second.connect() as connection:
        assert connection.execute(select(func.count()).select_from(aliases)).scalar_one() == 1
    for engine in (first, second):
        engine.dispose()
