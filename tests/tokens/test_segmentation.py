"""Chinese is cut into words, by rjieba or by a function of one's own."""

import rjieba
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.errors import ConfigError, InputError, InputTypeError
from nextword.tokens.segmentation import Segmenter, build_segmenter, segment_runs, segment_words

HAN = st.sampled_from("我喜欢吃苹果不是吗今天天气很好中国人民々〇豈\U00020000\U0002a6d6㐀")
RUNS = st.lists(st.text(HAN, min_size=1, max_size=12), min_size=1, max_size=6)
MARKED = st.lists(st.text(HAN | st.sampled_from("\u0301\ufe00\u302a\u200d"), max_size=8).map("我".__add__), max_size=4)


def test_worked_examples() -> None:
    assert build_segmenter("rjieba")("我喜欢吃苹果") == ["我", "喜欢", "吃", "苹果"]
    assert build_segmenter("characters")("我\ufe00喜欢") == ["我\ufe00", "喜", "欢"]
    assert build_segmenter(list) is list
    assert segment_runs(["中国\u0301", "人"]) == ["中国\u0301", "\n", "人", "\n"]
    assert segment_runs(["我喜欢"], lambda run: ["", "我喜", "", "欢"]) == ["我喜", "欢", "\n"]


@settings(deadline=None, max_examples=50)
@given(RUNS)
def test_runs_cut_together_are_cut_as_alone(runs: list[str]) -> None:
    alone = [word for run in runs for word in (*build_segmenter()(run), "\n")]
    assert segment_runs(runs) == alone


@settings(deadline=None, max_examples=50)
@given(MARKED, st.sampled_from([build_segmenter(), build_segmenter("characters"), list]))
def test_words_make_up_the_runs_and_keep_marks(runs: list[str], segmenter: Segmenter) -> None:
    words = segment_runs(runs, segmenter)
    assert "".join(words) == "".join(f"{run}\n" for run in runs) or not runs
    assert not any(word[0] in "\u0301\ufe00\u302a\u200d" for word in words)


def test_segmenters_that_do_not_fit_are_refused() -> None:
    for segmenter in ("jieba", None):
        with refuses(ConfigError, "option-out-of-range", option="segmenter", value=segmenter):
            build_segmenter(segmenter)  # type: ignore[arg-type]
    with refuses(InputError, "segmenter-changes-text", run="我喜欢", pieces=["我", "欢"]):
        segment_runs(["我喜欢"], lambda run: ["我", "欢"])
    with refuses(InputTypeError, "segmenter-not-strings", run="我", pieces=[1]):
        segment_runs(["我"], lambda run: [1])  # type: ignore[list-item,return-value]
    with refuses(InputTypeError, "segmenter-not-callable", received="str"):
        segment_runs(["我"], "rjieba")  # type: ignore[arg-type]


def test_words_added_to_rjieba_elsewhere_change_nothing() -> None:
    run = "吃苹果喜欢我"
    before = segment_words(run)
    rjieba.add_word(run, 10**6, "n")
    assert rjieba.cut(run) == [run]
    assert segment_words(run) == before == ["吃", "苹果", "喜欢", "我"]
