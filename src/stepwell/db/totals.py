"""Reading the totals that triggers keep (see the migration `totals`)."""

from __future__ import annotations


def kept_total(kind: str, subject: str = "''") -> str:
    """The sum over all shards, as an SQL expression; `subject` is one too.

    Written out rather than called as a function, which would be planned for itself in every session.
    """
    return (
        "(SELECT coalesce(sum(kept.n), 0)::bigint FROM totals kept WHERE kept.organization_id = %(organization_id)s"  # noqa: S608 - constants
        f" AND kept.kind = '{kind}' AND kept.subject = {subject})"
    )
