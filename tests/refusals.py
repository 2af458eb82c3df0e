"""How a test says that something is refused: by kind, code and figures, never by the sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def refuses(kind: type[BaseException], code: str, /, **figures: Any) -> Iterator[pytest.ExceptionInfo[BaseException]]:
    """Fail unless an error of this kind, with this code and at least these figures, comes out of the block."""
    with pytest.raises(kind) as caught:
        yield caught
    error: Any = caught.value
    assert error.code == code, f"{error.code!r}: {error}"
    assert {name: error.figures.get(name) for name in figures} == figures
