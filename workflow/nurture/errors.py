"""The one exception that reaches a person."""


class NurtureError(Exception):
    """What is wrong, where, and what to do, in one line.

    Scripts print it without a traceback, so the message must stand alone.
    """
