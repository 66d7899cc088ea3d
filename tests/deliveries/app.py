"""A company's app with a database, and what a run of its deliveries needs."""

from sqlalchemy import create_engine, text

from presage.deliveries import Means, deliver, read_spec
from presage.resources.database import connect

MONDAY = 1_796_028_600.0
"""2026-11-30 at 08:50 in UTC."""
HOUR, DAY = 3600.0, 86_400.0
WEEKLY = {
    "name": "weekly",
    "audience": {
        "database": "app",
        "query": "SELECT id AS user_id, email, name, zone FROM users ORDER BY id",
    },
    "content": {
        "table": {
            "database": "app",
            "query": "SELECT user_id, item_id FROM recommended WHERE user_id IN :users ORDER BY user_id, rank",
        },
        "items": {"database": "app", "query": "SELECT id AS item_id, title FROM programs"},
    },
    "message": {
        "title": "{{ user.name }}, try {{ item.title }}",
        "body": "{{ item.title }} https://app.example/p/{{ item.item_id }}?r={{ recommendation_id }}",
    },
    "channels": ["hook"],
    "at_once": 4,
}


class App:
    """Users u0, u1, ...; each has three programmes recommended, of ten."""

    def __init__(self, folder, *, n_users=10):
        self.folder = folder
        self.url = f"sqlite:///{folder / 'app.sqlite'}"
        self.now = MONDAY
        self.channels = {}
        self.engine = connect(f"sqlite:///{folder / 'records.sqlite'}")
        self.client = self.users_of = None
        with create_engine(self.url).begin() as connection:
            connection.execute(text("CREATE TABLE users (id TEXT, email TEXT, name TEXT, zone TEXT)"))
            connection.execute(text("CREATE TABLE programs (id TEXT, title TEXT)"))
            connection.execute(text("CREATE TABLE recommended (user_id TEXT, item_id TEXT, rank INT)"))
            users = [
                {"id": f"u{n}", "email": f"u{n}@example.com", "name": f"Name {n}", "zone": "UTC"}
                for n in range(n_users)
            ]
            connection.execute(text("INSERT INTO users VALUES (:id, :email, :name, :zone)"), users)
            programs = [{"id": f"p{n}", "title": f"Programme {n}"} for n in range(10)]
            connection.execute(text("INSERT INTO programs VALUES (:id, :title)"), programs)
            recommended = [
                {"user": f"u{n}", "item": f"p{(n + rank) % 10}", "rank": rank}
                for n in range(n_users)
                for rank in range(3)
            ]
            connection.execute(text("INSERT INTO recommended VALUES (:user, :item, :rank)"), recommended)

    def change(self, sql, **values):
        with create_engine(self.url).begin() as connection:
            connection.execute(text(sql), values)

    def means(self):
        return Means(
            engine=self.engine,
            client=lambda service: self.client,
            clock=lambda: self.now,
            channels=self.channels,
            databases={"app": self.url},
            users_of=self.users_of,
        )

    def run(self, spec=WEEKLY, *, dry_run=False, **changes):
        outcome = deliver(read_spec({**spec, **changes}), self.means(), dry_run=dry_run)
        return outcome if dry_run else outcome.counts
