"""Fixtures of bundles: one that was written, and the refusal of others."""

from collections.abc import Callable
from pathlib import Path

import pytest
from bundle_files import build

import nextword as nw
from nextword.bundle.writing import bundle_bytes


@pytest.fixture(scope="session")
def content() -> bytes:
    """Return the content of a bundle with an LSTM."""
    return bundle_bytes(build())


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[bytes], nw.BundleError]:
    """Return a function that writes bytes to a file and returns the error that loading it raises."""

    def load(damaged: bytes) -> nw.BundleError:
        path = tmp_path / "damaged.nextword"
        path.write_bytes(damaged)
        with pytest.raises(nw.BundleError) as caught:
            nw.load(path)
        return caught.value

    return load
