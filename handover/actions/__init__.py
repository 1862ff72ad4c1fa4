"""What a manager does, a function each: the only room that opens the solver and the record.

Each action gives a `Report`: what to print, the same as figures, and, where something is left to decide, the error that
sets the exit code. Nothing is imported here but the errors, so that `handover --help` stays fast.
"""

from handover.errors import HandoverError, NobodyToAsk

__all__ = ["HandoverError", "NobodyToAsk"]
