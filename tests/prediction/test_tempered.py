"""A runtime at another temperature: by hand, and as any other runtime."""

import numpy as np
import pytest

from nextword.errors import ConfigError
from nextword.prediction.tempered import TemperatureRuntime
from nextword.runtime import Runtime


@pytest.mark.parametrize("temperature", [0.25, 1.0, 3])
def test_probabilities_are_raised_to_a_power(build_tiny_runtime, temperature):
    base = build_tiny_runtime(9)
    runtime = TemperatureRuntime(base, temperature)
    assert isinstance(runtime, Runtime)
    rows = np.array([[3, 4, 2], [8, 1, 5]])
    state = runtime.advance(runtime.initial_state(2), rows)
    powers = np.exp(base.log_probabilities(base.advance(base.initial_state(2), rows)).astype(float)) ** (
        1 / temperature
    )
    before = base.log_probabilities(state)
    found = np.exp(runtime.log_probabilities(state))
    np.testing.assert_allclose(found, powers / powers.sum(axis=1, keepdims=True), rtol=1e-4, atol=1e-7)
    assert not found[:, 0].any()
    np.testing.assert_array_equal(base.log_probabilities(state), before)


@pytest.mark.parametrize("temperature", [0, 0.0, -1.0, float("nan"), float("inf"), 1e-9, True, "1"])
def test_what_is_no_temperature_is_refused(build_tiny_runtime, temperature):
    with pytest.raises(ConfigError, match="`temperature` must be a finite number"):
        TemperatureRuntime(build_tiny_runtime(9), temperature)
