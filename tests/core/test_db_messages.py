"""What the database refuses is told without what it was given."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from school_portal.accounts.models import User
from school_portal.core.clock import now


def test_an_error_of_the_database_names_no_person(session: Session) -> None:
    for _ in range(2):
        session.add(User(name="Lê Thị Mùi", email="mui@truong.vn", created_at=now()))
    with pytest.raises(IntegrityError) as error:
        session.flush()
    assert "Mùi" not in str(error.value)
    session.rollback()
