"""Which bodies were posted lately: a body that is sent again under the same Idempotency-Key creates nothing."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from evenkeel.database import Database, now_ms
from evenkeel.records.rows import Ensured
from evenkeel.schema import experiments, posts


@dataclass(frozen=True)
class Post:
    """Who posts a body, and under which Idempotency-Key.

    Attributes:
        posted_by: id of an API key; '' if the lab has no keys.
        key: the Idempotency-Key; None if the post has none.
        body_hash: the hash of the body, which tells two bodies apart.
    """

    posted_by: str = ""
    key: str | None = None
    body_hash: str = ""


class KeyReused(Exception):
    """The Idempotency-Key was used before with another body."""


class Posts:
    def __init__(self, database: Database) -> None:
        self.database = database

    def forget(self, older_than_ms: int) -> None:
        """Delete the Idempotency-Keys that were used before this time."""
        with self.database.write() as db:
            db.execute(delete(posts).where(posts.c.created_ms < older_than_ms))


def posted_before(database: Database, db: Connection, name: str, post: Post) -> Ensured | None:
    """The result of the same post to the experiment `name` when it came before; None if its key is new.

    A new key is inserted here. The same post, sent at the same time, waits for that insert. If the experiment was
    deleted since it was posted, a repeated post makes it again.

    Raises KeyReused.
    """
    if post.key is None:
        return None
    row = {"posted_by": post.posted_by, "key": post.key, "body_hash": post.body_hash, "created_ms": now_ms()}
    taken = database.insert(posts).values(**row, created=0, existing=0).on_conflict_do_nothing()
    if db.execute(taken.returning(posts.c.key)).one_or_none() is not None:
        return None
    before = db.execute(select(posts).where(*_is_post(post))).one()
    if before.body_hash != post.body_hash:
        raise KeyReused
    exists = db.scalar(select(experiments.c.id).where(experiments.c.name == name)) is not None
    return Ensured([], before.existing, before.created) if exists else None


def note_post(db: Connection, post: Post, ensured: Ensured) -> None:
    """Keep the result of a post for the case that it comes again."""
    if post.key is not None:
        values = {"created": ensured.num_created, "existing": ensured.existing}
        db.execute(update(posts).where(*_is_post(post)).values(values))


def _is_post(post: Post) -> tuple[Any, ...]:
    return posts.c.posted_by == post.posted_by, posts.c.key == post.key
