"""What the demo's cases tell of: stories and phrases as data, and how one of them becomes a narrative."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from school_portal.incidents.domain import PersonKind, PlainGroup, Sex
from school_portal.organisations.domain import Level

HERE = Path(__file__).parent
AWAY = frozenset({"way", "leisure", "home", "online", "elsewhere", "lodging", "work", "tutoring", "unknown"})
AFTER_HOURS = frozenset({"evening", "unknown"})
STAFF = frozenset({"teacher", "manager", "staff"})
NO_PUPIL = frozenset(
    {
        "parent",
        "step_parent",
        "relative",
        "other_parent",
        "neighbour",
        "employer",
        "stranger",
        "online_contact",
    }
)
RARELY = 0.25
ASKED_FOR_INJURY = frozenset({PlainGroup.FIGHT, PlainGroup.BULLYING})
_CHOICE = re.compile(r"\{([^{}]*)\}")
_QUOTED = re.compile(r"(«[^»]*»)")
_CAST = re.compile(r"(harmed|acting|both|unclear|witness)(?: ([a-z_]+))?(?: (\d)(?:-(\d))?)?")


@dataclass(frozen=True)
class Cast:
    """So many people with a part in a story, and what they are to the one harmed."""

    part: str
    relation: str
    least: int
    most: int

    @property
    def kind(self) -> PersonKind:
        """Pupil, staff or other, as the relation says."""
        if self.relation in STAFF:
            return PersonKind.STAFF
        return PersonKind.OTHER if self.relation in NO_PUPIL else PersonKind.PUPIL


@dataclass(frozen=True)
class Story:
    """What happened, with everything that must fit it.

    In the files: the levels of school, the types that triage may code ("TC01+TL05": both), who is in it, where and
    when, how it comes to light, what is answered. Its people stand in the order in which the case page calls them:
    the first is A. From a list of words one is drawn, a word that stands twice twice as often; in the text
    `{this|that}` likewise. `<when>` and `<place>` become words for what was drawn, `<When>` at a beginning.
    """

    group: PlainGroup
    levels: frozenset[Level]
    types: tuple[tuple[str, ...], ...]
    people: tuple[Cast, ...]
    places: tuple[str, ...]
    whens: tuple[str, ...]
    told: tuple[str, ...]
    injuries: tuple[str, ...]
    weapons: tuple[str, ...]
    repeated: tuple[str, ...]
    online: tuple[str, ...]
    self_harm: tuple[str, ...]
    safety: tuple[str, ...]
    family: tuple[str, ...]
    calls: tuple[str, ...]
    sexes: tuple[Sex | None, Sex | None]
    """Of the first person and of who acts; None: either."""
    is_rare: bool
    is_about_manager: bool
    text: str

    @property
    def weight(self) -> float:
        """How often it is told beside others."""
        return RARELY if self.is_rare else 1.0

    @property
    def happens_away(self) -> bool:
        """Whether it can happen when there is no school."""
        return bool(AWAY.intersection(self.places) and AFTER_HOURS.intersection(self.whens))

    @property
    def has_pupils_only(self) -> bool:
        """Whether all in it are pupils, so that another report may tell of the same ones."""
        return all(cast.kind is PersonKind.PUPIL for cast in self.people)


@cache
def all_stories() -> tuple[Story, ...]:
    """The stories of all groups."""
    found = []
    for path in sorted((HERE / "stories").glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        default = data.get("default", {})
        found += [_story(data["group"], {**default, **entry}) for entry in data["story"]]
    return tuple(found)


def _story(group: str, entry: Mapping[str, Any]) -> Story:
    def words(key: str, default: str = "") -> tuple[str, ...]:
        return tuple(entry.get(key, default).split())

    sexes = [None if word == "any" else Sex(word) for word in words("sexes", "any any")]
    return Story(
        group=PlainGroup(group),
        levels=frozenset(map(Level, words("at"))),
        types=tuple(tuple(word.split("+")) for word in words("types")),
        people=tuple(_cast(part) for part in entry["people"].split(";")),
        places=words("place"),
        whens=words("when"),
        told=words("told"),
        injuries=words("injury"),
        weapons=words("weapon"),
        repeated=words("repeated"),
        online=words("online"),
        self_harm=words("self_harm", "unknown"),
        safety=words("safety", "safe " * 24 + "unknown unknown"),
        family=words("family"),
        calls=words("calls"),
        sexes=(sexes[0], sexes[1]),
        is_rare=bool(entry.get("rare")),
        is_about_manager=bool(entry.get("manager")),
        text=entry["text"],
    )


def _cast(text: str) -> Cast:
    found = _CAST.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"nobody is meant by {text!r}")
    part, relation, least, most = found.groups()
    first = int(least or 1)
    return Cast(part, relation or "", first, int(most or first))


# --- words around a story --------------------------------------------------------------------------------------------


@cache
def phrases() -> dict[str, Any]:
    """The words of phrases.toml."""
    return tomllib.loads((HERE / "phrases.toml").read_text(encoding="utf-8"))


def phrase(random: Random, *keys: str) -> str:
    """One of the phrases under these keys."""
    value: Any = phrases()
    for key in keys:
        value = value[key]
    return choose(random, random.choice(value.split("|")))


def choose(random: Random, text: str) -> str:
    """The text with one of each `{this|that}`."""
    return _CHOICE.sub(lambda found: random.choice(found[1].split("|")), text)


def narrative(
    random: Random, story: Story, level: Level, place: str, when: str, injury: str, *, closing: str = ""
) -> str:
    """The facts as a teacher writes them: the story, who was hurt, and sometimes what comes next. No names."""
    key = "MN" if level is Level.MN else "other"
    words = phrase(random, "when", key, when)
    told = choose(random, story.text).replace("<place>", phrase(random, "place", place))
    told = told.replace("<when>", words).replace("<When>", capital(words))
    sentences = [
        told,
        _injury(random, story, level, place, injury),
        phrase(random, "closing", closing or key),
    ]
    text = " ".join(sentence.rstrip(".") + "." for sentence in sentences if sentence)
    return of_small_children(text) if level is Level.MN else text


def _injury(random: Random, story: Story, level: Level, place: str, injury: str) -> str:
    """Whether somebody was hurt, where that is the first question; other stories tell it themselves."""
    first = story.people[0]
    if story.group not in ASKED_FOR_INJURY or first.part not in ("harmed", "both"):
        return ""
    if story.group is PlainGroup.BULLYING and injury == "none":
        return ""
    if level is Level.MN:
        return phrase(random, "injury", "MN", injury)
    here, away = ("both", "both_away") if first.part == "both" else ("one", "away")
    return phrase(random, "injury", away if place in AWAY else here, injury)


def capital(text: str) -> str:
    """With a capital letter."""
    return text[:1].upper() + text[1:]


def of_small_children(text: str) -> str:
    """As it is said of children in kindergarten: «cháu» for «em», and they call themselves «con»."""
    parts = _QUOTED.split(text)
    return "".join(
        re.sub(r"\bem\b", "con", re.sub(r"\bEm\b", "Con", part))
        if part.startswith("«")
        else re.sub(r"\bem\b", "cháu", re.sub(r"\bEm\b", "Cháu", part))
        for part in parts
    )


def words_of(text: str) -> frozenset[str]:
    """The words of a text, in lower case."""
    return frozenset(re.findall(r"\w+", text.lower()))


def candidates(
    group: PlainGroup, level: Level, *, away: bool = False, about_manager: bool = False
) -> Sequence[Story]:
    """The stories of a group at a level of school; `away`: those for a day without school."""
    return [
        story
        for story in all_stories()
        if story.group is group
        and level in story.levels
        and story.is_about_manager is about_manager
        and (story.happens_away or not away)
    ]
