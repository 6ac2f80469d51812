"""Ways to get at rows of a table: each takes a session and a mapped class, and none of them says who asks.

`READS` work on both databases, `ONLY_POSTGRESQL` there alone. Every shape is valid SQL for every protected table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    MetaData,
    Table,
    and_,
    case,
    column,
    delete,
    except_,
    exists,
    func,
    insert,
    inspect,
    intersect,
    lambda_stmt,
    lateral,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
    tablesample,
    text,
    true,
    tuple_,
    union,
    union_all,
    update,
)
from sqlalchemy.orm import Bundle, Session, aliased

from school_portal.audit.models import AuditHead
from school_portal.core.authz import RowLookup, RowProtected, RowScope, scope
from school_portal.core.db import Base

Shape = Callable[[Session, Any], object]
READS: dict[str, Shape] = {}
ONLY_POSTGRESQL: dict[str, Shape] = {}
OPEN = AuditHead
"""A table without protection, to stand beside the protected one."""


def protected_models() -> list[type[Base]]:
    """Every mapped class that carries RowProtected."""
    models = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, RowProtected)]
    return sorted(models, key=lambda model: model.__tablename__)


def reads(shape: Shape) -> Shape:
    READS[shape.__name__.rstrip("_")] = shape
    return shape


def only_postgresql(shape: Shape) -> Shape:
    ONLY_POSTGRESQL[shape.__name__.rstrip("_")] = shape
    return shape


def key(model: Any) -> Any:
    """The first column of the primary key, as an attribute of the class or alias."""
    mapper = inspect(model).mapper
    return getattr(model, mapper.get_property_by_column(mapper.primary_key[0]).key)


def table_of(model: Any) -> Table:
    return cast(Table, model.__table__)


def some_key(model: Any) -> tuple[Any, ...]:
    """A primary key that no row has, of the right types."""
    samples = {"UUID": "00000000-0000-4000-8000-000000000000", "str": "none", "int": 0, "bytes": b"none"}
    made = {"UUID": UUID(samples["UUID"]), "date": date(1900, 1, 1)}  # type: ignore[arg-type]
    names = [column.type.python_type.__name__ for column in inspect(model).primary_key]
    return tuple(made.get(name, samples.get(name)) for name in names)


def everything(model: Any) -> Any:
    """A clause that a policy could have made, true of each row."""
    return key(model).is_not(None)


# --- selects of the class and of its table -------------------------------------------------------


@reads
def entity(session: Session, model: Any) -> object:
    return session.execute(select(model)).all()


@reads
def one_column(session: Session, model: Any) -> object:
    return session.execute(select(key(model))).all()


@reads
def with_a_condition_only(session: Session, model: Any) -> object:
    return session.execute(select(key(model)).where(key(model) == some_key(model)[0])).all()


@reads
def bundle(session: Session, model: Any) -> object:
    return session.execute(select(Bundle("b", key(model)))).all()


@reads
def session_scalars(session: Session, model: Any) -> object:
    return session.scalars(select(model)).all()


@reads
def session_scalar(session: Session, model: Any) -> object:
    return session.scalar(select(key(model)).limit(1))


@reads
def yield_per(session: Session, model: Any) -> object:
    return list(session.scalars(select(model).execution_options(yield_per=10)))


@reads
def for_update(session: Session, model: Any) -> object:
    return session.execute(select(key(model)).with_for_update()).all()


@reads
def distinct_group_order(session: Session, model: Any) -> object:
    return session.execute(select(key(model)).distinct().group_by(key(model)).order_by(key(model))).all()


@reads
def core_table(session: Session, model: Any) -> object:
    return session.execute(select(table_of(model))).all()


@reads
def core_column(session: Session, model: Any) -> object:
    return session.execute(select(inspect(model).primary_key[0])).all()


@reads
def core_alias(session: Session, model: Any) -> object:
    return session.execute(select(table_of(model).alias("other"))).all()


@reads
def core_table_select(session: Session, model: Any) -> object:
    return session.execute(table_of(model).select()).all()


@reads
def table_by_its_name(session: Session, model: Any) -> object:
    return session.execute(
        select(column(inspect(model).primary_key[0].name)).select_from(table(model.__tablename__))
    ).all()


@reads
def table_of_other_metadata(session: Session, model: Any) -> object:
    twin = table_of(model).to_metadata(MetaData())
    return session.execute(select(twin)).all()


@reads
def lambda_statement(session: Session, model: Any) -> object:
    return session.execute(lambda_stmt(lambda: select(model), track_on=[model])).all()


# --- counts and aggregates -----------------------------------------------------------------------


@reads
def count_of_a_column(session: Session, model: Any) -> object:
    return session.scalar(select(func.count(key(model))))


@reads
def count_from(session: Session, model: Any) -> object:
    return session.scalar(select(func.count()).select_from(model))


@reads
def count_of_a_subquery(session: Session, model: Any) -> object:
    return session.scalar(select(func.count()).select_from(select(model).subquery()))


@reads
def count_over_the_table(session: Session, model: Any) -> object:
    return session.scalar(select(func.count()).select_from(table_of(model)))


@reads
def greatest(session: Session, model: Any) -> object:
    return session.scalar(select(func.count(func.nullif(key(model), None))))


@reads
def window(session: Session, model: Any) -> object:
    return session.execute(select(func.row_number().over(order_by=key(model)))).all()


# --- aliases and joins ---------------------------------------------------------------------------


@reads
def alias(session: Session, model: Any) -> object:
    return session.execute(select(aliased(model))).all()


@reads
def alias_column(session: Session, model: Any) -> object:
    return session.execute(select(key(aliased(model)))).all()


@reads
def alias_of_the_core_table(session: Session, model: Any) -> object:
    return session.execute(select(aliased(model, table_of(model).alias("again")))).all()


@reads
def alias_of_a_subquery(session: Session, model: Any) -> object:
    return session.execute(select(aliased(model, select(model).subquery()))).all()


@reads
def join_of_an_open_table(session: Session, model: Any) -> object:
    return session.execute(select(OPEN.seq).join(model, true())).all()


@reads
def outer_join_of_an_open_table(session: Session, model: Any) -> object:
    return session.execute(select(OPEN.seq, key(model)).outerjoin(model, key(model).is_not(None))).all()


@reads
def alias_joined_to_the_scoped_class(session: Session, model: Any) -> object:
    other = aliased(model)
    statement = scope(select(model), everything(model)).join(other, key(other) == key(model))
    return session.execute(statement).all()


@reads
def class_joined_to_the_scoped_alias(session: Session, model: Any) -> object:
    other = aliased(model)
    return session.execute(
        scope(select(other), everything(other)).join(model, key(other) == key(model))
    ).all()


@reads
def second_class_beside_an_open_one(session: Session, model: Any) -> object:
    return session.execute(select(OPEN.seq, key(model)).where(key(model).is_not(None), OPEN.seq >= 0)).all()


@reads
def scope_in_the_condition_of_a_join(session: Session, model: Any) -> object:
    inside = RowScope(and_(everything(model)))
    return session.execute(select(OPEN.seq, key(model)).outerjoin(model, inside)).all()


# --- selects inside selects ----------------------------------------------------------------------


@reads
def exists_bare(session: Session, model: Any) -> object:
    return session.execute(select(exists().where(key(model).is_not(None)))).all()


@reads
def exists_of_a_select(session: Session, model: Any) -> object:
    return session.execute(select(select(key(model)).exists())).all()


@reads
def exists_in_the_where_of_an_open_table(session: Session, model: Any) -> object:
    return session.execute(select(OPEN.seq).where(select(key(model)).exists())).all()


@reads
def in_a_select(session: Session, model: Any) -> object:
    statement = select(OPEN.seq).where(literal(some_key(model)[0], key(model).type).in_(select(key(model))))
    return session.execute(statement).all()


@reads
def tuple_in_a_select(session: Session, model: Any) -> object:
    given = literal(some_key(model)[0], key(model).type)
    return session.execute(select(OPEN.seq).where(tuple_(given, 1).in_(select(key(model), literal(1))))).all()


@reads
def scalar_subquery_as_a_column(session: Session, model: Any) -> object:
    return session.execute(select(OPEN.seq, select(func.count(key(model))).scalar_subquery())).all()


@reads
def scalar_subquery_in_the_order(session: Session, model: Any) -> object:
    return session.execute(select(OPEN.seq).order_by(select(func.count(key(model))).scalar_subquery())).all()


@reads
def scalar_subquery_in_having(session: Session, model: Any) -> object:
    inner = select(func.count(key(model))).scalar_subquery()
    return session.execute(select(OPEN.seq).group_by(OPEN.seq).having(inner > 0)).all()


@reads
def scalar_subquery_in_a_case(session: Session, model: Any) -> object:
    inner = select(func.count(key(model))).scalar_subquery()
    return session.execute(select(case((inner > 0, 1), else_=0))).all()


@reads
def scalar_subquery_in_the_limit(session: Session, model: Any) -> object:
    return session.execute(select(OPEN.seq).limit(select(func.count(key(model))).scalar_subquery())).all()


@reads
def subquery_in_from(session: Session, model: Any) -> object:
    return session.execute(select(select(key(model)).subquery())).all()


@reads
def subquery_joined(session: Session, model: Any) -> object:
    inner = select(key(model).label("k")).subquery()
    return session.execute(select(OPEN.seq).join(inner, true())).all()


@reads
def subquery_joined_to_the_scoped_class(session: Session, model: Any) -> object:
    inner = select(func.count(key(model)).label("n")).where(OPEN.seq >= 0).subquery()
    return session.execute(scope(select(key(model), inner.c.n), everything(model)).join(inner, true())).all()


@reads
def cte(session: Session, model: Any) -> object:
    return session.execute(select(select(key(model).label("k")).cte("c").c.k)).all()


@reads
def recursive_cte(session: Session, model: Any) -> object:
    first = select(literal(1).label("n")).cte("r", recursive=True)
    both = first.union_all(
        select(first.c.n + 1).where(first.c.n < select(func.count(key(model))).scalar_subquery())
    )
    return session.execute(select(both.c.n)).all()


@reads
def independent_cte(session: Session, model: Any) -> object:
    return session.execute(select(OPEN.seq).add_cte(select(key(model)).cte("c"))).all()


@reads
def scoped_outside_but_not_inside(session: Session, model: Any) -> object:
    inner = select(func.count(key(model))).scalar_subquery()
    return session.execute(scope(select(key(model)), everything(model)).where(inner >= 0)).all()


@reads
def scoped_outside_but_not_in_the_exists(session: Session, model: Any) -> object:
    inner = select(key(model)).where(key(model) == some_key(model)[0]).exists()
    return session.execute(scope(select(key(model)), everything(model)).where(inner)).all()


@reads
def scoped_inside_but_not_outside(session: Session, model: Any) -> object:
    inner = scope(select(key(model)), everything(model))
    return session.execute(select(model).where(key(model).in_(inner))).all()


@reads
def correlated_with_nothing(session: Session, model: Any) -> object:
    inner = select(func.count(key(model))).where(OPEN.seq >= 0).correlate(None).scalar_subquery()
    return session.execute(scope(select(key(model)), everything(model)).where(inner >= 0)).all()


@reads
def correlated_with_another_table(session: Session, model: Any) -> object:
    inner = select(func.count(key(model))).where(OPEN.seq >= 0).correlate(OPEN).scalar_subquery()
    statement = scope(select(key(model), OPEN.seq), everything(model)).where(inner >= 0)
    return session.execute(statement).all()


@reads
def correlated_except_itself(session: Session, model: Any) -> object:
    inner = select(func.count(key(model))).where(OPEN.seq >= 0).correlate_except(model).scalar_subquery()
    statement = scope(select(key(model), OPEN.seq), everything(model)).where(inner >= 0)
    return session.execute(statement).all()


@reads
def joined_inside_a_correlating_select(session: Session, model: Any) -> object:
    inner = select(func.count(OPEN.seq)).select_from(OPEN).join(model, true()).scalar_subquery()
    return session.execute(scope(select(key(model)), everything(model)).where(inner >= 0)).all()


@reads
def read_again_two_selects_below_the_scope(session: Session, model: Any) -> object:
    third = select(OPEN.chain).where(key(model).is_not(None)).exists()
    second = select(aliased(OPEN).seq).where(third).exists()
    return session.execute(scope(select(key(model)), everything(model)).where(second)).all()


# --- unions --------------------------------------------------------------------------------------


@reads
def union_of_both(session: Session, model: Any) -> object:
    return session.execute(union(select(key(model)), select(key(model)))).all()


@reads
def union_with_one_side_scoped(session: Session, model: Any) -> object:
    return session.execute(union_all(scope(select(key(model)), everything(model)), select(key(model)))).all()


@reads
def except_with_one_side_scoped(session: Session, model: Any) -> object:
    return session.execute(except_(scope(select(key(model)), everything(model)), select(key(model)))).all()


@reads
def intersect_with_one_side_scoped(session: Session, model: Any) -> object:
    return session.execute(intersect(scope(select(key(model)), everything(model)), select(key(model)))).all()


@reads
def union_as_a_subquery(session: Session, model: Any) -> object:
    inner = union_all(scope(select(key(model).label("k")), everything(model)), select(key(model).label("k")))
    return session.execute(select(inner.subquery().c.k)).all()


@reads
def entities_from_a_union(session: Session, model: Any) -> object:
    return session.scalars(select(model).from_statement(union_all(select(model), select(model)))).all()


# --- raw SQL -------------------------------------------------------------------------------------


@reads
def raw_text(session: Session, model: Any) -> object:
    return session.execute(text(f"SELECT count(*) FROM {model.__tablename__}")).all()


@reads
def entities_from_text(session: Session, model: Any) -> object:
    return session.scalars(select(model).from_statement(text(f"SELECT * FROM {model.__tablename__}"))).all()


@reads
def entities_from_a_core_select(session: Session, model: Any) -> object:
    return session.scalars(select(model).from_statement(select(table_of(model)))).all()


@reads
def text_with_columns(session: Session, model: Any) -> object:
    inner = text(f"SELECT 1 AS n FROM {model.__tablename__}").columns(column("n"))
    return session.execute(select(inner.subquery().c.n)).all()


@reads
def text_in_the_where_of_an_open_table(session: Session, model: Any) -> object:
    return session.execute(
        select(OPEN.seq).where(text(f"EXISTS (SELECT 1 FROM {model.__tablename__})"))
    ).all()


@reads
def text_in_from(session: Session, model: Any) -> object:
    return session.execute(select(literal(1)).select_from(text(model.__tablename__))).all()


@reads
def literal_column_with_a_select(session: Session, model: Any) -> object:
    return session.execute(select(literal_column(f"(SELECT count(*) FROM {model.__tablename__})"))).all()


# --- the session's own ways ----------------------------------------------------------------------


@reads
def session_get(session: Session, model: Any) -> object:
    return session.get(model, some_key(model))


@reads
def session_merge(session: Session, model: Any) -> object:
    mapper = inspect(model)
    names = [mapper.get_property_by_column(each).key for each in mapper.primary_key]
    return (
        session.merge(model(**dict(zip(names, some_key(model), strict=True))), load=True)
        and session.expunge_all()
    )


@reads
def legacy_query(session: Session, model: Any) -> object:
    return session.query(model).all()


@reads
def legacy_query_count(session: Session, model: Any) -> object:
    return session.query(model).count()


@reads
def legacy_query_first_by(session: Session, model: Any) -> object:
    return session.query(key(model)).filter(key(model).is_not(None)).first()


# --- bulk writes ---------------------------------------------------------------------------------


@reads
def bulk_update(session: Session, model: Any) -> object:
    return session.execute(update(model).values(_same(model)).execution_options(synchronize_session=False))


@reads
def bulk_update_with_a_condition(session: Session, model: Any) -> object:
    statement = update(model).where(key(model) == some_key(model)[0]).values(_same(model))
    return session.execute(statement.execution_options(synchronize_session=False))


@reads
def bulk_delete(session: Session, model: Any) -> object:
    statement = delete(model).where(key(model) == some_key(model)[0])
    return session.execute(statement.execution_options(synchronize_session=False))


@reads
def core_update(session: Session, model: Any) -> object:
    mapped = table_of(model)
    return session.execute(
        mapped.update().where(inspect(model).primary_key[0] == some_key(model)[0]).values(_same_core(model))
    )


@reads
def core_delete(session: Session, model: Any) -> object:
    return session.execute(
        table_of(model).delete().where(inspect(model).primary_key[0] == some_key(model)[0])
    )


@reads
def legacy_update(session: Session, model: Any) -> object:
    return (
        session.query(model)
        .filter(key(model) == some_key(model)[0])
        .update(_same(model), synchronize_session=False)
    )


@reads
def legacy_delete(session: Session, model: Any) -> object:
    return session.query(model).filter(key(model) == some_key(model)[0]).delete(synchronize_session=False)


@reads
def insert_from_select(session: Session, model: Any) -> object:
    source = select(literal("copied"), func.count(key(model)), literal(b"x"))
    return session.execute(insert(OPEN).from_select(["chain", "seq", "mac"], source))


@reads
def insert_of_a_scalar_subquery(session: Session, model: Any) -> object:
    inner = select(func.count(key(model))).scalar_subquery()
    return session.execute(insert(OPEN).values(chain="copied", seq=inner, mac=b"x"))


@reads
def insert_of_many_with_a_scalar_subquery(session: Session, model: Any) -> object:
    inner = select(func.count(key(model))).scalar_subquery()
    rows = [{"chain": "a", "seq": 1, "mac": b"x"}, {"chain": "b", "seq": inner, "mac": b"x"}]
    return session.execute(insert(OPEN.__table__).values(rows))


@reads
def open_table_updated_where_it_exists(session: Session, model: Any) -> object:
    statement = update(OPEN).where(select(key(model)).exists()).values(seq=OPEN.seq)
    return session.execute(statement.execution_options(synchronize_session=False))


@reads
def open_table_updated_from_a_scalar_subquery(session: Session, model: Any) -> object:
    inner = select(func.count(key(model))).scalar_subquery()
    return session.execute(update(OPEN).values(seq=inner).execution_options(synchronize_session=False))


@reads
def open_table_updated_with_a_second_table(session: Session, model: Any) -> object:
    statement = update(OPEN).where(key(model) == some_key(model)[0], OPEN.chain == "x").values(seq=OPEN.seq)
    return session.execute(statement.execution_options(synchronize_session=False))


@reads
def open_table_deleted_by_a_select(session: Session, model: Any) -> object:
    inner = select(literal("x")).where(key(model).is_not(None))
    statement = delete(OPEN).where(OPEN.chain.in_(inner))
    return session.execute(statement.execution_options(synchronize_session=False))


@reads
def scoped_update_reading_the_table_again(session: Session, model: Any) -> object:
    again = select(func.count(key(model))).scalar_subquery()
    statement = scope(update(model), everything(model)).where(again >= 0).values(_same(model))
    return session.execute(statement.execution_options(synchronize_session=False))


# --- scopes that are none ------------------------------------------------------------------------


@reads
def scope_of_another_table(session: Session, model: Any) -> object:
    return session.execute(scope(select(model, OPEN.seq), OPEN.seq >= 0)).all()


@reads
def scope_of_an_alias(session: Session, model: Any) -> object:
    other = aliased(model)
    return session.execute(scope(select(model, key(other)), everything(other))).all()


@reads
def scope_in_an_or(session: Session, model: Any) -> object:
    return session.execute(
        select(model).where(or_(RowScope(and_(everything(model))), key(model).is_(None)))
    ).all()


@reads
def scope_in_a_not(session: Session, model: Any) -> object:
    return session.execute(select(model).where(not_(RowScope(and_(everything(model)))))).all()


@reads
def scope_in_having(session: Session, model: Any) -> object:
    statement = select(key(model)).group_by(key(model)).having(RowScope(and_(everything(model))))
    return session.execute(statement).all()


@reads
def scope_that_names_no_column(session: Session, model: Any) -> object:
    return session.execute(scope(select(model), true())).all()


@reads
def scope_that_stands_in_the_columns(session: Session, model: Any) -> object:
    return session.execute(select(key(model), RowScope(and_(everything(model))))).all()


@reads
def lookup_in_an_or(session: Session, model: Any) -> object:
    return session.execute(
        select(model).where(or_(RowLookup(and_(everything(model))), key(model).is_(None)))
    ).all()


# --- PostgreSQL alone ----------------------------------------------------------------------------


@only_postgresql
def lateral_join(session: Session, model: Any) -> object:
    inner = lateral(select(key(model).label("k")).where(OPEN.seq >= 0))
    return session.execute(select(OPEN.seq, inner.c.k).join(inner, true())).all()


@only_postgresql
def table_sample(session: Session, model: Any) -> object:
    return session.execute(select(tablesample(table_of(model), func.bernoulli(50)))).all()


@only_postgresql
def delete_inside_a_cte(session: Session, model: Any) -> object:
    gone = delete(table_of(model)).where(inspect(model).primary_key[0] == some_key(model)[0])
    return session.execute(
        select(gone.returning(inspect(model).primary_key[0].label("k")).cte("gone").c.k)
    ).all()


@only_postgresql
def delete_inside_the_cte_of_an_insert(session: Session, model: Any) -> object:
    gone = delete(table_of(model)).where(inspect(model).primary_key[0] == some_key(model)[0]).cte("gone")
    return session.execute(insert(OPEN.__table__).values(chain="c", seq=1, mac=b"x").add_cte(gone))


@only_postgresql
def delete_using(session: Session, model: Any) -> object:
    return session.execute(delete(OPEN.__table__).using(table_of(model)).where(OPEN.__table__.c.chain == "x"))


# --- helpers -------------------------------------------------------------------------------------


def _plain_column(model: Any) -> Any:
    """A column to set to itself: not of the key where there is another one."""
    columns = [each for each in table_of(model).columns if not each.primary_key] or list(
        table_of(model).columns
    )
    return columns[0]


def _same(model: Any) -> dict[str, Any]:
    name = inspect(model).get_property_by_column(_plain_column(model)).key
    return {name: getattr(model, name)}


def _same_core(model: Any) -> dict[str, Any]:
    return {_plain_column(model).name: _plain_column(model)}


def shapes(backend: str) -> Iterator[tuple[str, Shape]]:
    """The shapes that a database knows."""
    yield from READS.items()
    if backend == "postgresql":
        yield from ONLY_POSTGRESQL.items()
