"""A small company on a running server: an app's database, and what the example pipelines need of it."""

import sqlite3
from pathlib import Path
from uuid import uuid4

import numpy as np

from ..operations.shop import Shop

EXAMPLES = Path(__file__).parents[2] / "examples/pipelines"
FOLLOWS = [{"name": name, "type": kind} for name, kind in (("USER_ID", "string"), ("ITEM_ID", "string"))]
FOLLOWS += [{"name": "TIMESTAMP", "type": "long"}, {"name": "EVENT_TYPE", "type": "string"}]
PEOPLE = [
    {"name": "USER_ID", "type": "string"},
    {"name": "SPORT", "type": "string", "categorical": True},
]
N_USERS = 40


class Company:
    """Users who follow each other, in an SQLite database; a dataset group and a solution without any data."""

    def __init__(self, server, folder):
        self.shop = Shop(server)
        self.database = f"sqlite:///{folder / f'{uuid4().hex}.sqlite'}"
        self.fill()
        self.shop.dataset("INTERACTIONS", FOLLOWS)
        self.shop.dataset("USERS", PEOPLE)
        self.solution = self.shop.solution()

    def connect(self):
        return sqlite3.connect(self.database.removeprefix("sqlite:///"))

    def fill(self):
        rng = np.random.default_rng(0)
        with self.connect() as app:
            app.execute("CREATE TABLE users (id INTEGER, sport TEXT)")
            app.execute(
                "CREATE TABLE follows (follower_id INTEGER, followed_id INTEGER, followed_at INTEGER)"
            )
            app.executemany(
                "INSERT INTO users VALUES (?, ?)", [(n, "ski" if n % 2 else "row") for n in range(N_USERS)]
            )
            pairs = [
                (int(a), int(b), 1_700_000_000 + n)
                for n, (a, b) in enumerate(rng.integers(0, N_USERS, (1200, 2)))
            ]
            app.executemany("INSERT INTO follows VALUES (?, ?, ?)", pairs)

    def given(self, **more):
        """What a run of the examples is given."""
        datasets = [
            {
                "name": "interactions",
                "arn": self.shop.datasets["INTERACTIONS"],
                "query": 'SELECT follower_id AS "USER_ID", followed_id AS "ITEM_ID", followed_at AS "TIMESTAMP",'
                " 'follow' AS \"EVENT_TYPE\" FROM follows",
            },
            {
                "name": "users",
                "arn": self.shop.datasets["USERS"],
                "query": 'SELECT id AS "USER_ID", sport AS "SPORT" FROM users',
            },
        ]
        return {
            "bucket": self.shop.id,
            "database": self.database,
            "solution": self.solution,
            "table": "user_recommendations",
            "users": 'SELECT CAST(id AS TEXT) AS "userId" FROM users',
            "datasets": datasets,
            "role": "arn:aws:iam::000000000000:role/any",
            "pause": 0,
        } | more

    def loaded(self):
        """How many users have recommendations, and how many those are."""
        with self.connect() as app:
            return app.execute(
                "SELECT count(DISTINCT user_id), count(*) FROM user_recommendations"
            ).fetchone()
