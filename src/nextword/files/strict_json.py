"""JSON read strictly: what two programs could read differently is refused.

Input: a JSON text. Output: its value. The `json` module alone takes the last of two equal keys and reads `NaN` and
`Infinity`, which are not JSON.
"""

import json
from typing import Any, NoReturn

from nextword.errors import InputError


def parse_json(text: str | bytes) -> Any:
    """Return the value of a JSON text.

    Args:
        text: The text; bytes are UTF-8.

    Raises:
        InputError: If it is not JSON, NaN and infinities included (code "not-json"), has a key twice in one object
            ("repeated-key" and the `key`), an integer of more digits than Python converts ("number-too-long"), or too
            many levels ("nested-too-deeply").

    Examples:
        >>> parse_json('{"tea": [1, null]}')
        {'tea': [1, None]}
        >>> parse_json('{"tea": 1, "tea": 2}')
        Traceback (most recent call last):
        ...
        nextword.errors.raised.InputError: the key 'tea' stands twice in one object.
    """
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        return json.loads(decoded, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        message = f"this is no JSON: it is not UTF-8 at byte {error.start + 1}."
        raise InputError(message, code="not-json", position=error.start) from error
    except json.JSONDecodeError as error:
        message = f"this is no JSON: {error.msg} at character {error.pos + 1}."
        raise InputError(message, code="not-json", position=error.pos) from error
    except RecursionError as error:
        raise InputError("it is nested too deeply.", code="nested-too-deeply") from error
    except InputError:
        raise
    except ValueError as error:  # of an integer of thousands of digits
        raise InputError(f"{error}.", code="number-too-long") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys: set[str] = set()
        for key, _ in pairs:
            if key in keys:
                raise InputError(f"the key {key!r:.80} stands twice in one object.", code="repeated-key", key=key)
            keys.add(key)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise InputError(f"{name} is no JSON.", code="not-json", constant=name)
