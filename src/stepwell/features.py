"""Finds what the features serve: a module named `routes` or `..._routes` declares routes, `includes` adds to
`with=`.
"""

from importlib import import_module
from pkgutil import walk_packages

import stepwell


def load() -> None:
    """Declare every route and include; repeated calls change nothing."""
    for module in walk_packages(stepwell.__path__, "stepwell."):
        if module.name.rsplit(".", 1)[-1].endswith(("routes", "includes")):
            import_module(module.name)
