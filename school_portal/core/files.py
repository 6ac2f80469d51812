"""Generated and uploaded files, sealed by their owners: a folder of the instance, or an S3 store by a setting."""

from __future__ import annotations

from pathlib import Path

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from school_portal.core.errors import NotFound


class Files:
    """One store; keys are random names such as `reports/0b5c....bin`."""

    def __init__(self) -> None:
        self._store: ObjectStore | None = None

    def connect(self, url: str) -> None:
        """Open the store; a `file://` folder is made when it is missing."""
        if url.startswith("file://"):
            folder = Path(url.removeprefix("file://"))
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store = LocalStore(folder)
        else:
            self._store = from_url(url)

    def _open(self) -> ObjectStore:
        assert self._store is not None, "the file store is not connected yet"
        return self._store

    def store(self, key: str, data: bytes) -> None:
        """Write a file whole or not at all; raises OSError when the store refuses, because it is full for one."""
        try:
            obstore.put(self._open(), key, data)
        except BaseError as error:
            raise OSError(f"the store refused a file: {type(error).__name__}") from error

    def read(self, key: str) -> bytes:
        """Its bytes; raises NotFound when it is gone."""
        try:
            return bytes(obstore.get(self._open(), key).bytes())
        except (NotFoundError, FileNotFoundError):
            raise NotFound from None

    def delete(self, key: str) -> None:
        """Remove it; silent when it is gone already."""
        try:
            obstore.delete(self._open(), key)
        except (NotFoundError, FileNotFoundError):
            return

    def keys(self, prefix: str) -> list[str]:
        """All keys that begin with `prefix`."""
        return [str(item["path"]) for page in obstore.list(self._open(), prefix=prefix) for item in page]


files = Files()
"""The process's store."""
