"""Which examples the property tests try: the same in every run, unless another profile is asked for.

`--hypothesis-profile=random` tries new ones and prints what repeats a failure, `few` is for runs of many mutants.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile("random", settings.get_profile("same"), derandomize=False)
settings.register_profile("few", settings.get_profile("same"), max_examples=25)


def load() -> None:
    settings.load_profile("same")


def times(many: int) -> settings:
    """So many times the examples of the profile, for a test whose interesting cases are rare."""
    profile = settings.get_profile(settings.get_current_profile_name())
    return settings(max_examples=many * profile.max_examples)
