"""Sealed fields and files, bound to their row; the key table; blind search tokens.

AES-256-GCM under a data key of the year, itself wrapped by a key that is never in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
import unicodedata
from datetime import datetime
from typing import Any, overload
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from school_portal.core.clock import now, today
from school_portal.core.db import Base, Database, database, insert_into, read_first
from school_portal.core.keys import Keys

VERSION = 1
_HEADER = struct.Struct(">BI")
_NONCE = 12


class SealBroken(Exception):
    """Sealed bytes were changed, moved to another row or field, or their key is gone."""


class Dek(Base):
    """A data-encryption key, one per province and year, wrapped by the newest key of ENCRYPTION_KEYS."""

    __tablename__ = "dek"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    year: Mapped[int] = mapped_column(unique=True)
    wrapped: Mapped[bytes]
    made_at: Mapped[datetime]


class KeyRing:
    """The process's keys: wrapping keys from the settings, data keys from the table, opened once."""

    def __init__(self) -> None:
        self._wrapping: tuple[AESGCM, ...] = ()
        self._index_key = b""
        self._data: dict[int, AESGCM] = {}
        self._years: dict[int, int] = {}
        self._database: Database | None = None

    def open(self, keys: Keys, source: Database = database) -> None:
        """Take the keys of the settings; data keys are read from `source` when they are first needed."""
        self._wrapping = tuple(AESGCM(key) for key in keys.encryption)
        self._index_key = keys.index
        self._database = source
        self._data.clear()
        self._years.clear()

    def ensure_year(self, session: Session, year: int) -> None:
        """Make the data key of a year when there is none yet; two processes at once make one."""
        nonce = os.urandom(_NONCE)
        wrapped = nonce + self._wrapping[0].encrypt(nonce, AESGCM.generate_key(256), _dek_label(year))
        row = {"id": year, "year": year, "wrapped": wrapped, "made_at": now()}
        session.execute(insert_into(session, Dek).values(row).on_conflict_do_nothing(index_elements=["id"]))

    def learn(self, session: Session) -> None:
        """Open the data keys of the table. Raises SealBroken when none of ENCRYPTION_KEYS fits one."""
        for dek_id, year, wrapped in session.execute(select(Dek.id, Dek.year, Dek.wrapped)):
            self._data[dek_id] = AESGCM(self._unwrap(year, wrapped))
            self._years[year] = dek_id

    def rewrap(self, session: Session) -> int:
        """Wrap all data keys under the newest of ENCRYPTION_KEYS; returns how many. The data stay as they are."""
        deks = session.scalars(select(Dek)).all()
        for dek in deks:
            plain = self._unwrap(dek.year, dek.wrapped)
            nonce = os.urandom(_NONCE)
            dek.wrapped = nonce + self._wrapping[0].encrypt(nonce, plain, _dek_label(dek.year))
        return len(deks)

    def _unwrap(self, year: int, wrapped: bytes) -> bytes:
        for key in self._wrapping:
            try:
                return key.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _dek_label(year))
            except InvalidTag:
                continue
        raise SealBroken(f"no key of ENCRYPTION_KEYS opens the data key of {year}")

    def _read_table(self) -> None:
        assert self._database is not None, "the key ring is not open yet"
        # The caller may hold SQLite's only write lock already: this transaction must not ask for it.
        with Session(self._database.engine) as session, read_first(session):
            self.learn(session)

    def _current(self) -> tuple[int, AESGCM]:
        year = today().year
        if year not in self._years:
            self._read_table()
        usable = [known for known in self._years if known <= year] or list(self._years)
        if not usable:
            raise SealBroken("there is no data key yet: run `flask --app school_portal db upgrade`")
        dek_id = self._years[max(usable)]
        return dek_id, self._data[dek_id]

    def _key(self, dek_id: int) -> AESGCM:
        if dek_id not in self._data:
            self._read_table()
        try:
            return self._data[dek_id]
        except KeyError:
            raise SealBroken("the data key is gone") from None

    def seal(self, label: str, row_id: UUID, plain: bytes) -> bytes:
        """Seal bytes for one field of one row: header, nonce, ciphertext."""
        dek_id, key = self._current()
        header = _HEADER.pack(VERSION, dek_id)
        nonce = os.urandom(_NONCE)
        return header + nonce + key.encrypt(nonce, plain, _bound_to(header, label, row_id))

    def unseal(self, label: str, row_id: UUID, sealed: bytes) -> bytes:
        """Open what seal() made for this label and row; anything else raises SealBroken."""
        header, nonce = sealed[: _HEADER.size], sealed[_HEADER.size : _HEADER.size + _NONCE]
        if len(nonce) != _NONCE or header[0] != VERSION:
            raise SealBroken("unknown format")
        _, dek_id = _HEADER.unpack(header)
        try:
            ciphertext = sealed[_HEADER.size + _NONCE :]
            return self._key(dek_id).decrypt(nonce, ciphertext, _bound_to(header, label, row_id))
        except InvalidTag:
            raise SealBroken(label) from None

    def index(self, label: str, value: str) -> bytes:
        """The blind token of a value: equal values give equal tokens, and only the holder of INDEX_KEY makes them."""
        return hmac.new(self._index_key, f"{label}|{value}".encode(), hashlib.sha256).digest()[:16]


def _dek_label(year: int) -> bytes:
    return f"dek|{year}".encode()


def _bound_to(header: bytes, label: str, row_id: UUID) -> bytes:
    return header + label.encode() + row_id.bytes


keyring = KeyRing()
"""The process's keys."""


def seal_bytes(label: str, row_id: UUID, plain: bytes) -> bytes:
    """Seal a file or a draft for its row."""
    return keyring.seal(label, row_id, plain)


def open_bytes(label: str, row_id: UUID, sealed: bytes) -> bytes:
    """Open a sealed file or draft; raises SealBroken."""
    return keyring.unseal(label, row_id, sealed)


def blind_index(value: str, label: str) -> bytes:
    """Token for an exact search of a value that is stored sealed."""
    return keyring.index(label, value)


def fold(text: str) -> str:
    """A text as search sees it: lower case, without accents, đ as d, single spaces ("Hoà" finds "Hòa")."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d").replace("ð", "d"))
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())


def search_tokens(text: str, label: str) -> set[bytes]:
    """Blind tokens of the words of a name, accents folded."""
    return {blind_index(word, label) for word in fold(text).split()}


class Sealed:
    """A text attribute of a model that is stored sealed.

    `label` is a constant written at the field, so that renaming a table breaks no seal. Setting seals at once;
    the same text again writes nothing. Reading needs `undefer(Model.attribute)` in the query, else it raises.
    """

    def __init__(self, label: str) -> None:
        self.label = label

    def __set_name__(self, owner: type, name: str) -> None:
        self.column = f"{name}_sealed"
        if "__annotations__" not in owner.__dict__:
            owner.__annotations__ = {}
        owner.__annotations__[self.column] = Mapped[bytes | None]
        column = mapped_column(LargeBinary, nullable=True, deferred=True, deferred_raiseload=True)
        setattr(owner, self.column, column)

    @overload
    def __get__(self, row: None, owner: type) -> InstrumentedAttribute[bytes | None]: ...
    @overload
    def __get__(self, row: Base, owner: type) -> str | None: ...
    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return getattr(owner, self.column)
        sealed = getattr(row, self.column)
        return None if sealed is None else keyring.unseal(self.label, row.id, sealed).decode()

    def __set__(self, row: Any, value: str | None) -> None:
        if value is None:
            setattr(row, self.column, None)
        elif self.column not in row.__dict__ or self.__get__(row, type(row)) != value:
            setattr(row, self.column, keyring.seal(self.label, row.id, value.encode()))


def sealed_fields(model: type[Base]) -> dict[str, Sealed]:
    """The sealed attributes of a model by name, for the inventory."""
    return {name: field for name, field in vars(model).items() if isinstance(field, Sealed)}
