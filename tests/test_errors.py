"""Errors and notes that programs can read, and the checks of single values that raise them."""

import copy
import dataclasses
import errno
import json
import math
import os
import pickle
import sys

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword import errors
from nextword.errors import (
    ConfigError,
    InputError,
    InputTypeError,
    NextwordError,
    Note,
    TrainingDivergedError,
    check_bool,
    check_choice,
    check_config,
    check_ids,
    check_integer,
    check_items,
    check_kind,
    check_mask,
    check_number,
    described,
)
from nextword.files.paths import check_path
from nextword.tokens.texts import check_texts

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, NextwordError) and kind is not TrainingDivergedError
]


class MissingPackageError(NextwordError, ImportError):
    """As the errors that name a package to install."""


def through_pickle(protocol):
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": through_pickle(protocol) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)},
}


@pytest.fixture(params=COPIES)
def copied(request):
    """Return a function that copies a value in one of several ways."""
    return COPIES[request.param]


@pytest.mark.parametrize("kind", [*KINDS, MissingPackageError], ids=lambda kind: kind.__name__)
def test_copies_of_errors_keep_code_and_figures(kind, copied):
    error = kind("no such thing", code="no-thing", path="a/b", position=3, values=[1.5, None])
    other = copied(error)
    assert type(other) is kind
    assert (str(other), other.args) == ("no such thing", ("no such thing",))
    assert (other.code, other.figures) == ("no-thing", {"path": "a/b", "position": 3, "values": [1.5, None]})


@pytest.mark.parametrize("kind", [*KINDS, MissingPackageError], ids=lambda kind: kind.__name__)
def test_code_and_figures_may_be_left_out(kind):
    error = kind("no such thing")
    assert (str(error), error.code, error.figures) == ("no such thing", "", {})


def test_errors_are_of_the_kind_that_is_expected():
    for kind, builtin in (
        (errors.ConfigError, ValueError),
        (errors.InputError, ValueError),
        (errors.InputTypeError, TypeError),
        (errors.MissingFileError, FileNotFoundError),
        (errors.BundleCorruptError, errors.BundleError),
        (errors.CheckpointFolderError, OSError),
        (errors.TrainingDivergedError, ArithmeticError),
    ):
        assert issubclass(kind, builtin)
        assert issubclass(kind, NextwordError)


def test_errors_of_files_tell_number_and_path_as_every_oserror(copied):
    cases = {
        errors.MissingFileError: errno.ENOENT,
        errors.FileAccessError: errno.EIO,
        errors.FilePermissionError: errno.EACCES,
        errors.CheckpointFolderError: errno.ENOTDIR,
    }
    assert cases.keys() == {kind for kind in KINDS if issubclass(kind, OSError)}
    for kind, number in cases.items():
        figures = {} if kind is errors.MissingFileError else {"errno": number}
        error = copied(kind("no such thing", path="a/b", **figures))
        assert (error.errno, error.strerror, error.filename) == (number, os.strerror(number), "a/b")
        assert str(error) == "no such thing"
    bare = errors.FileAccessError("no such thing")
    assert (bare.errno, bare.strerror, bare.filename) == (None, None, None)


def test_copies_of_a_diverged_training_keep_its_step(copied):
    error = copied(TrainingDivergedError("the loss is nan", step=7, learning_rate=0.5))
    assert (error.step, error.learning_rate, str(error)) == (7, 0.5, "the loss is nan")
    assert (error.code, error.figures) == ("diverged", {"step": 7, "learning_rate": 0.5})


def test_notes_are_sentences_with_code_and_figures(copied):
    note = copied(Note("Held out 5 texts.", code="held-out-texts", held_out=5))
    assert note == "Held out 5 texts."
    assert isinstance(note, str)
    assert type(note) is Note
    assert (note.code, note.figures) == ("held-out-texts", {"held_out": 5})
    assert (Note("a").code, Note("a").figures) == ("", {})


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (
            lambda value: check_integer("size", value, 1),
            [1, 2, 10**30, np.int64(3), np.uint8(1)],
            [0, -1, 1.0, True, None, "1", np.int64(0), np.float64(2)],
        ),
        (lambda value: check_integer("size", value, -2, 3), [-2, 0, 3], [-3, 4]),
        (
            lambda value: check_number("size", value, 0.5),
            [0.5, 1, 1e300, np.float32(2), np.int64(1)],
            [0.4, math.inf, math.nan, True, "1", None],
        ),
        (lambda value: check_number("size", value, 0.0, above=True), [1e-300, 7], [0, 0.0, -1]),
        (lambda value: check_number("size", value, 0, 1), [0, 0.999], [1, 1.0, -0.001]),
        (lambda value: check_number("size", value, 0, highest=1), [0, 1, 1.0], [1.001, math.inf]),
        (lambda value: check_bool("size", value), [True, False, np.True_], [0, 1, None, "True"]),
        (
            lambda value: check_choice("size", value, ("a", "b", 1, None)),
            ["a", "b", 1, None],
            ["c", "", 1.0, True, False, ["a"]],
        ),
    ],
    ids=["integer", "integer to", "number", "number above", "number below", "number to", "bool", "choice"],
)
def test_options_are_in_their_range(check, good, bad):
    for value in good:
        check(value)
    for value in bad:
        with refuses(ConfigError, "option-out-of-range", option="size") as caught:
            check(value)
        assert caught.value.figures["value"] is value


def test_an_argument_is_of_its_kind():
    check_kind("size", 1, int)
    check_kind("size", "1", (int, str))
    with refuses(InputTypeError, "wrong-kind", argument="size", received="str") as caught:
        check_kind("size", "big", int, "Give a number.")
    for part in ("`size`", "int", "'big' (str)", "Give a number."):
        assert part in str(caught.value)


def test_items_are_of_their_kind():
    assert check_items("sizes", [1, 2], int) == (1, 2)
    assert check_items("sizes", (size for size in (1, "2")), (int, str)) == (1, "2")
    for values in (None, 3, "12", b"12", {1: 2}, np.array(3)):
        with refuses(InputTypeError, "wrong-kind", argument="sizes", received=type(values).__name__):
            check_items("sizes", values, int)
    with refuses(InputTypeError, "not-a-size", argument="sizes", received="str", position=1):
        check_items("sizes", [1, "2"], int, code="not-a-size")


@pytest.mark.parametrize(
    ("given", "way_out"),
    [
        (None, "Leave it out"),
        ({"seed": 1}, "EmbeddingConfig(**options)"),
        (nw.EmbeddingConfig, "EmbeddingConfig()"),
        (nw.FitConfig(), "`.embedding`"),
        (nw.LSTMConfig(), "another stage"),
        (50, "EmbeddingConfig(embedding_dim=50)"),
        (3.5, "EmbeddingConfig(embedding_dim, seed"),
        (nw.LSTMConfig, "EmbeddingConfig(embedding_dim"),
    ],
)
def test_what_is_no_config_is_told_the_way_to_one(given, way_out):
    check_config(nw.EmbeddingConfig(), nw.EmbeddingConfig)
    check_config(nw.LSTMConfig(), (nw.LSTMConfig, nw.TransformerConfig))
    with refuses(InputTypeError, "wrong-kind", argument="options", received=type(given).__name__) as caught:
        check_config(given, nw.EmbeddingConfig, "options")
    assert way_out in str(caught.value)


def test_what_is_an_option_is_told_its_name():
    for given, kind, way_out in (
        (50, nw.GenerationConfig, "GenerationConfig(max_words=50)"),
        ("sentence", nw.GenerationConfig, "GenerationConfig(stop_at='sentence')"),
        (nw.TransformerConfig(), nw.FitConfig, "FitConfig(network=...)"),
    ):
        with refuses(InputTypeError, "wrong-kind", argument="config") as caught:
            check_config(given, kind)
        assert way_out in str(caught.value)


def test_numbers_of_numpy_become_plain_ones_in_configs():
    config = nw.TrainingConfig(
        epochs=np.int64(3), learning_rate=np.float32(0.5), shuffle=np.False_, optimizer=np.str_("adam")
    )
    assert config == nw.TrainingConfig(epochs=3, learning_rate=0.5, shuffle=False, optimizer="adam")
    assert {type(value) for value in dataclasses.asdict(config).values()} <= {int, float, bool, str, type(None)}
    assert [type(count) for count in nw.NgramConfig(min_counts=(np.int32(1), 2)).min_counts] == [int, int]
    assert json.dumps(dataclasses.asdict(nw.Template(window=np.int16(64)))) == '{"window": 64}'


def test_a_message_stays_short_whatever_arrived():
    class Odd:
        def __repr__(self):
            raise ValueError("no text")

    assert described("fast") == "'fast' (str)"
    assert described(None) == "None"
    for value in ("a" * 10**6, [[1] * 1000] * 1000, dict.fromkeys(range(10**6)), np.zeros((300, 300)), Odd(), {"a\nb"}):
        assert len(described(value)) < 120
        assert "\n" not in described(value)


def test_what_cannot_be_written_is_described_all_the_same():
    class Silent:
        def __repr__(self):
            raise ValueError("no words")

    huge = 10 ** (sys.get_int_max_str_digits() + 1)
    for value, kind in ((huge, "int"), (-huge, "int"), ([huge], "list"), ({1: huge}, "dict"), (Silent(), "Silent")):
        assert described(value).endswith(f" ({kind})")
        with refuses(ConfigError, "option-out-of-range", option="rate"):
            check_number("rate", value, 0.0, highest=1.0)
    with refuses(InputTypeError, "path-kind"):
        check_path(Silent())
    with refuses(ConfigError, "option-out-of-range", option="min_counts"):
        nw.NgramConfig(min_counts=Silent())
    with refuses(InputTypeError, "text-not-str", position=0):
        list(check_texts([huge]))


def test_messages_of_options_say_what_may_be_given():
    for check, expected in (
        (lambda: check_integer("size", 0, 1), ("`size`", "at least 1", "0 (int)")),
        (lambda: check_integer("size", 9, 1, 8), ("`size`", "from 1 to 8", "9 (int)")),
        (lambda: check_number("rate", "x", 0, 1, above=True), ("`rate`", "above 0", "below 1", "'x' (str)")),
        (lambda: check_number("rate", 3.0, 0, highest=2), ("`rate`", "at least 0", "at most 2", "3.0 (float)")),
        (lambda: check_bool("tied", 1), ("`tied`", "True or False", "1 (int)")),
        (lambda: check_choice("level", "x", ("word", "char")), ("`level`", "'word', 'char'", "'x' (str)")),
    ):
        with pytest.raises(ConfigError) as caught:
            check()
        assert all(part in str(caught.value) for part in expected), str(caught.value)


V = 9


@pytest.mark.parametrize(
    ("ids", "rows", "shape"),
    [
        ([], None, (0,)),
        ([3, 8], None, (2,)),
        ((3, 0), None, (2,)),
        ([1, 2], 1, (1, 2)),
        ([1, 2], 2, (2, 1)),
        ([[1, 2]], 1, (1, 2)),
        (np.ones((2, 3), np.int8), 2, (2, 3)),
        ([], 1, (1, 0)),
        ([], 2, (2, 0)),
        ([[], []], 2, (2, 0)),
    ],
)
def test_ids_become_int32_of_their_shape(ids, rows, shape):
    checked = check_ids(ids, V, rows=rows)
    assert (checked.dtype, checked.shape) == (np.int32, shape)
    assert checked.ravel().tolist() == np.ravel(ids).tolist()


@pytest.mark.parametrize(
    ("ids", "options", "kind", "code", "figures"),
    [
        (3, {}, InputError, "ids-shape", {"shape": ()}),
        ([[3, 4]], {}, InputError, "ids-shape", {"shape": (1, 2)}),
        ([1, 2, 3], {"rows": 2}, InputError, "ids-shape", {"shape": (3,)}),
        ([3, V], {}, InputError, "id-outside-vocabulary", {"token_id": V, "position": 1, "vocabulary_size": V}),
        ([-1], {}, InputError, "id-outside-vocabulary", {"token_id": -1, "position": 0}),
        ([3, V], {"start": 100}, InputError, "id-outside-vocabulary", {"token_id": V, "position": 101}),
        ([[3, 3], [3, 2**40]], {"rows": 2}, InputError, "id-outside-vocabulary", {"token_id": 2**40, "position": 1}),
        ([1.5], {}, InputTypeError, "ids-not-integers", {"dtype": "float64"}),
        ([True], {}, InputTypeError, "ids-not-integers", {"dtype": "bool"}),
        ([None], {}, InputTypeError, "ids-not-integers", {"dtype": "object"}),
        ([[3], [3, 4]], {}, InputTypeError, "ids-ragged", {}),
    ],
)
def test_what_is_no_ids_is_refused(ids, options, kind, code, figures):
    with refuses(kind, code, **figures):
        check_ids(ids, V, **options)


IDS = np.array([3, 4, 5], np.int32)


def test_masks_fit_their_ids():
    assert check_mask("loss_mask", None, IDS) is None
    assert check_mask("loss_mask", None, None) is None
    checked = check_mask("loss_mask", [True, False, True], IDS)
    assert (checked.dtype, checked.tolist()) == (np.bool_, [True, False, True])


@pytest.mark.parametrize(
    ("mask", "ids", "code", "figures"),
    [
        ([True, False], IDS, "mask-shape", {"shape": (2,)}),
        ([[True, False, True]], IDS, "mask-shape", {"shape": (1, 3)}),
        ([1, 0, 1], IDS, "mask-shape", {"shape": (3,)}),
        ([True], None, "mask-shape", {"shape": (1,)}),
        ([False] * 3, IDS, "mask-empty", {}),
    ],
)
def test_masks_that_do_not_fit_are_refused(mask, ids, code, figures):
    with refuses(InputError, code, argument="loss_mask", **figures):
        check_mask("loss_mask", mask, ids)
