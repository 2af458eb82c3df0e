"""What mixing will take, measured before training begins, so that training gets the time that is left.

Input: what training begins with, and the seconds that are left of a time limit. Output: a `MixingPlan`. The n-grams are
counted, which mixing needs anyway, and a few held-out tokens are scored with the untrained network, which takes as long
as with the trained one.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np

from nextword.fitting.mixing_plan import JUDGED_TOKENS, LEAST_JUDGED, MixingPlan
from nextword.fitting.mixture import candidates, count_training_part, judged_on
from nextword.fitting.recipes import FitConfig
from nextword.fitting.start import Start
from nextword.mixing.held_out_scores import Reading, score_held_out
from nextword.networks.kinds import to_runtime

# Share of a time limit that scoring held-out tokens may take.
SCORING_SHARE = 0.1
# Share of them that is scored to find out, and texts at least, which are read side by side.
SAMPLE_SHARE, SAMPLE_TEXTS = 0.02, 16
# Seconds that fitting the weights takes for each token, and all that is not measured.
WEIGHTS_PER_TOKEN, FINISHING = 2e-5, 0.5


def plan_mixing(
    start: Start, config: FitConfig, left: Callable[[], float], limit: float, now: Callable[[], float] = time.monotonic
) -> MixingPlan:
    """Count the n-grams, and plan the time of mixing.

    Args:
        start: What training begins with.
        config: Options of n-gram model and cache.
        left: Asked for the seconds that are left of the limit.
        limit: Seconds for all of `fit`.
        now: A clock in seconds.

    Returns:
        The plan; the least that gives a mixture where no time is left.

    Raises:
        OSError: If n-grams are counted on disk and there is no room for them.
    """
    begun = now()
    counted = count_training_part(start, config)
    counting = now() - begun
    least = MixingPlan(counted, LEAST_JUDGED, counts_again=False, is_least=True)
    fresh, running = judged_on(start.stream, read_on=start.template is None)
    if not fresh:
        return MixingPlan(counted, seconds=FINISHING)
    if left() <= counting:
        return least
    counting *= len(start.stream.ids) / len(start.stream.training.ids)
    begun = now()
    network = to_runtime(start.model, half_precision=True)
    finishing = FINISHING + 2 * (now() - begun)
    parts = candidates(network, start, config, counted)
    runtimes = (*parts.runtimes, *(() if start.base is None else (part.runtime for part in start.base.parts)))

    def scoring(readings: Sequence[Reading], sample: Sequence[Reading]) -> float:
        begun = now()
        score_held_out(tuple({id(runtime): runtime for runtime in runtimes}.values()), sample)
        return (now() - begun) * _tokens(readings) / _tokens(sample)

    seconds = scoring(fresh, _some(fresh))
    if running:
        seconds += scoring(running, [_beginning(running[0])])
    a_token = seconds / JUDGED_TOKENS + WEIGHTS_PER_TOKEN * (1 + bool(running))
    judged = planned_tokens(a_token * JUDGED_TOKENS, limit)
    whole = counting + a_token * judged + finishing
    if whole < left():
        return MixingPlan(counted, judged, seconds=whole)
    return least._replace(seconds=a_token * LEAST_JUDGED + finishing)


def planned_tokens(seconds: float, limit: float) -> int:
    """Return how many held-out tokens are scored.

    Args:
        seconds: What scoring 10,000 takes, and as many in the running text.
        limit: Seconds for all of `fit`.

    Examples:
        >>> planned_tokens(10.0, 180.0), planned_tokens(36.0, 180.0), planned_tokens(3600.0, 180.0)
        (10000, 5000, 500)
    """
    allowed = SCORING_SHARE * limit
    return JUDGED_TOKENS if seconds <= allowed else max(LEAST_JUDGED, int(JUDGED_TOKENS * allowed / seconds))


def _tokens(readings: Sequence[Reading]) -> int:
    return sum(len(reading.ids) for reading in readings)


def _some(readings: Sequence[Reading]) -> list[Reading]:
    """Return a share of the texts, drawn evenly; of a single long one its beginning."""
    if len(readings) <= SAMPLE_TEXTS:
        return [_beginning(reading) for reading in readings]
    step = max(1, min(len(readings) // SAMPLE_TEXTS, round(1 / SAMPLE_SHARE)))
    return list(readings[step // 2 :: step])


def _beginning(reading: Reading) -> Reading:
    """Return the beginning of a text that has a share of all tokens that count, at least one."""
    counted = np.flatnonzero(reading.loss_mask)
    end = int(counted[min(len(counted) - 1, int(SAMPLE_SHARE * len(counted)))]) + 1
    return Reading(reading.ids[:end], reading.loss_mask[:end])
