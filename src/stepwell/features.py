"""Finds what the features serve: a module named `routes` or `..._routes` declares routes, `includes` adds to
`with=`, `jobs` or `..._jobs` is done by workers.
"""

from importlib import import_module
from pkgutil import walk_packages

import stepwell


def load() -> None:
    """Declare every route, include and job; repeated calls change nothing."""
    for module in walk_packages(stepwell.__path__, "stepwell."):
        if module.name.rsplit(".", 1)[-1].endswith(("routes", "includes", "jobs")):
            import_module(module.name)
