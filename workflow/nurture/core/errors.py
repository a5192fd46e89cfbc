"""The one exception that reaches a person, and what it takes from others."""


class NurtureError(Exception):
    """What is wrong, where, and what to do, in one line.

    Scripts print it without a traceback, so the message must stand alone.
    """


def first_line(error: BaseException) -> str:
    """Shorten what another library's error says to its first line, empty where it says nothing."""
    return (str(error).splitlines() or [""])[0]


def one_line(error: BaseException) -> str:
    """Put all that another library's error says in one line; its name where it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__
