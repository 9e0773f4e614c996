from __future__ import annotations

from uuid import UUID

import psycopg
from hypothesis import given
from hypothesis import strategies as st

from stepwell.tasks.value_ids import KICKOFF, TASK, ValuePlace, place_of, value_id

ORGANIZATION = UUID("01a1f86e-0000-7000-8000-000000000001")
places = st.builds(
    ValuePlace, st.sampled_from([TASK, KICKOFF]), st.integers(1, 2**40 - 1), st.integers(1, 2**16 - 1)
)


@given(places)
def test_an_id_says_where_it_belongs(place: ValuePlace) -> None:
    made = value_id(ORGANIZATION, place)
    assert len(made) == 32
    assert place_of(ORGANIZATION, made) == place
    assert place_of(ORGANIZATION, str(UUID(made))) == place


@given(places, st.integers(0, 31), st.sampled_from("0123456789abcdef"))
def test_a_changed_id_is_none(place: ValuePlace, index: int, digit: str) -> None:
    made = value_id(ORGANIZATION, place)
    changed = made[:index] + digit + made[index + 1 :]
    assert place_of(ORGANIZATION, changed) == (place if changed == made else None)


@given(places, st.uuids())
def test_it_is_none_in_another_organization(place: ValuePlace, other: UUID) -> None:
    assert other == ORGANIZATION or place_of(other, value_id(ORGANIZATION, place)) is None


def test_other_texts_are_none() -> None:
    assert place_of(ORGANIZATION, "name") is None
    assert place_of(ORGANIZATION, "f" * 32) is None


def test_the_database_makes_the_same(database: str) -> None:
    with psycopg.connect(database) as owner:
        for place in (
            ValuePlace(TASK, 1, 1),
            ValuePlace(KICKOFF, 2**40 - 1, 2**16 - 1),
            ValuePlace(TASK, 31337, 12),
        ):
            row = owner.execute(
                "SELECT value_id(%s, %s, %s, %s)", [ORGANIZATION, place.letter, place.number, place.place]
            ).fetchone()
            assert row == (value_id(ORGANIZATION, place),)
