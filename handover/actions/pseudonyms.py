"""Pseudonyms turned back, by the database that gave them."""

from collections.abc import Sequence

from db.record import Record
from handover.actions.plans import names_in
from handover.actions.report import Report, table
from handover.errors import UsageError
from handover.pseudonyms import turned_back


def who(record: Record, asked: Sequence[str]) -> Report:
    """Which child or family stands behind each pseudonym; a line of the trail says that it was asked.

    Raises `UsageError` for one that this database did not give; nothing is told then.
    """
    with record.writing() as store:
        names = names_in(store)
        found = {name: turned_back(name, names) for name in asked}
        unknown = [name for name, ident in found.items() if ident is None]
        if unknown:
            raise UsageError(
                f"{', '.join(unknown)}: not a pseudonym of this database. Give it whole, as X7K3-M9QT-X2WP, and with "
                "--db the database that the export was made from."
            )
        store.audit("who", None, {"pseudonyms": [names[str(ident)] for ident in found.values()]})
    rows = [(names[str(ident)], ident) for ident in found.values()]
    return Report(table(("pseudonym", "id"), rows), {"pseudonyms": [{"pseudonym": p, "id": i} for p, i in rows]})
