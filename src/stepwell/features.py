"""The features whose routes are served. Loading a module declares its routes."""

from importlib import import_module

ROUTES = (
    "stepwell.organizations.routes",
    "stepwell.people.routes",
    "stepwell.templates.routes",
    "stepwell.processes.routes",
    "stepwell.tasks.routes",
)


def load() -> None:
    """Declare every route; repeated calls change nothing."""
    for name in ROUTES:
        import_module(name)
