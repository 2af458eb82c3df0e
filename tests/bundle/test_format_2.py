"""Files of format 2 load as the same models; each is made of a newer file by editing its header."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundle_files import (
    KINDS,
    as_format_2,
    build,
    build_early_mixture,
    build_mixture,
    load_bytes,
    options_of,
    probabilities,
    with_options,
)

import nextword as nw
from nextword.bundle.writing import bundle_bytes

Refused = Callable[[bytes], nw.BundleError]
OLD_KINDS = [kind for kind in KINDS if kind != "early mixture"]


@pytest.mark.parametrize("kind", OLD_KINDS)
def test_a_file_of_format_2_is_the_same_model(kind: str, tmp_path: Path) -> None:
    lm = KINDS[kind]()
    content = bundle_bytes(lm)
    loaded = load_bytes(as_format_2(content), tmp_path)
    assert (loaded.training, loaded.template) == (lm.training, lm.template)
    assert probabilities(loaded) == probabilities(lm)
    assert bundle_bytes(loaded) == content  # saved again it is a file of the newest format
    assert nw.inspect(tmp_path / "forged.nextword").format_version == 2


def test_weights_that_format_2_did_not_have_are_lost_with_it(tmp_path: Path) -> None:
    loaded = load_bytes(as_format_2(bundle_bytes(build_early_mixture())), tmp_path)
    assert probabilities(loaded) == probabilities(build_mixture())


def forged(options: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**options, **changes}


def test_formats_are_not_mixed(refused: Refused) -> None:
    newest = bundle_bytes(build_mixture())
    second = options_of(as_format_2(newest))
    network, training = second["network"], second["training"]
    for options in (
        forged(second, network={**network, "early_weights": []}),
        forged(second, training={**training, "config": {**training["config"], "shuffle": False}}),
        forged(second, format_version=3),
        forged(options_of(newest), format_version=2),
        {name: value for name, value in second.items() if name != "network"},
        forged(second, network=[]),
    ):
        assert isinstance(refused(with_options(newest, options)), nw.BundleCorruptError)


def test_a_network_alone_needs_no_change(tmp_path: Path) -> None:
    lm = build(training=None)
    assert bundle_bytes(load_bytes(as_format_2(bundle_bytes(lm)), tmp_path)) == bundle_bytes(lm)
