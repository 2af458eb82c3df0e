"""What all examples share: they run on a console of any encoding, and end quietly where nobody reads on.

Not an example itself: `run` is the last line of each.
"""

import io
import os
import sys
from collections.abc import Callable

import nextword as nw


def run(main: Callable[[], object]) -> int:
    """Run a program and return its exit status: 0, or what `main` returns if that is an `int`, or 2 for an error.

    A console of code page 1252 or of ASCII shows question marks for Chinese characters, instead of an error.

    Args:
        main: The program.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        result = main()
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python still flushes at the end
        return 0
    except nw.NextwordError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
        return 2
    return result if isinstance(result, int) else 0
