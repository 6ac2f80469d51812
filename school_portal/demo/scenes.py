"""Cases that every demo has, whatever chance brings: each state, restricted ones, conflicts, at X and Y above all."""

from __future__ import annotations

from dataclasses import dataclass

from school_portal.demo.cases import Wanted
from school_portal.demo.past import Fate
from school_portal.incidents.domain import IncidentState, PlainGroup

G, S = PlainGroup, IncidentState
ACCEPTED = Fate(ends_in=S.ACCEPTED)


@dataclass(frozen=True)
class Scene:
    """A case at a school (x, y, or the first of a kind) so many days before the end.

    `own`: reported by the teacher of the accounts file. `of_staff`: who of the school is meant. `same_as` and
    `follows` name earlier scenes, whose children are in this one too.
    """

    school: str
    days: int
    wanted: Wanted
    fate: Fate = ACCEPTED
    own: bool = False
    of_staff: str = ""
    key: str = ""
    same_as: str = ""
    follows: str = ""


def _codes(*codes: str) -> frozenset[str]:
    return frozenset(codes)


WAITS = Fate(S.ACCEPTED, asks_lower=True, waits=True)
AGREED, REFUSED = (Fate(S.ACCEPTED, asks_lower=True, officer_says=says) for says in (True, False))

SCENES = (
    Scene("x", 24, Wanted(G.FIGHT), Fate(S.ACCEPTED, adds=True), own=True),
    Scene("x", 5, Wanted(G.WORDS), Fate(S.IN_TRIAGE), own=True),
    Scene("x", 1, Wanted(G.BULLYING), Fate(S.SUBMITTED), own=True),
    Scene("x", 10, Wanted(G.BULLYING, types=_codes("TC04", "TS01")), WAITS),
    Scene("x", 13, Wanted(G.OUTSIDE, types=_codes("NG02"))),
    Scene("x", 6, Wanted(G.WORRY, self_harm="thoughts"), Fate(S.IN_TRIAGE)),
    Scene("x", 11, Wanted(G.ADULT, about_manager=True)),
    Scene("y", 2, Wanted(G.FIGHT), Fate(S.SUBMITTED)),
    Scene("y", 7, Wanted(G.BULLYING), Fate(S.IN_TRIAGE), own=True),
    Scene("y", 17, Wanted(G.FIGHT), Fate(S.ACCEPTED, adds=True), own=True),
    Scene("x", 33, Wanted(G.WORDS), Fate(S.NOT_SUBSTANTIATED), own=True),
    Scene("x", 19, Wanted(G.FIGHT, types=_codes("TC02")), key="first"),
    Scene("x", 19, Wanted(G.FIGHT), own=True, same_as="first"),
    Scene("x", 46, Wanted(G.BULLYING, types=_codes("TL03")), key="begun"),
    Scene("x", 41, Wanted(G.WORDS, types=_codes("TL02")), follows="begun"),
    Scene("x", 52, Wanted(G.SEXUAL, types=_codes("TD01")), AGREED),
    Scene("x", 28, Wanted(G.ADULT, types=_codes("TL07"))),
    Scene("y", 9, Wanted(G.ADULT, types=_codes("TL07", "TC05")), of_staff="teacher"),
    Scene("y", 37, Wanted(G.FIGHT, conflict=True), Fate(S.ACCEPTED, gives_back=True)),
    Scene("y", 14, Wanted(G.ONLINE, types=_codes("TL04")), REFUSED),
    Scene("TH", 10, Wanted(G.ADULT, about_manager=True), Fate(S.IN_TRIAGE), of_staff="head"),
    Scene("THPT", 6, Wanted(G.ONLINE), Fate(S.IN_TRIAGE)),
    Scene("THPT", 1, Wanted(G.FIGHT), Fate(S.SUBMITTED)),
    Scene("MN", 8, Wanted(G.ADULT, types=_codes("TC05", "TC06"))),
    Scene("TH", 2, Wanted(G.BULLYING), Fate(S.SUBMITTED)),
    Scene("y", 21, Wanted(G.WORRY, types=_codes("SH01"), self_harm="thoughts")),
)
