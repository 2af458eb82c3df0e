import subprocess
import sys

import pytest
from hypothesis import given, settings, strategies as st

from nextword.errors import ConfigError, InputError, InputTypeError, NextwordError
from nextword.tokens import segmentation
from nextword.tokens.segmentation import MissingSegmenterError, build_segmenter, segment_runs

HAN = st.sampled_from("我喜欢吃苹果不是吗今天天气很好中国人民々〇豈\U00020000\U0002a6d6㐀")
RUNS = st.lists(st.text(HAN, min_size=1, max_size=12), min_size=1, max_size=6)
MARKED = st.lists(st.text(HAN | st.sampled_from("\u0301\ufe00\u302a\u200d"), max_size=8).map("我".__add__), max_size=4)


def test_worked_examples() -> None:
    assert build_segmenter("rjieba")("我喜欢吃苹果") == ["我", "喜欢", "吃", "苹果"]
    assert build_segmenter("characters")("我\ufe00喜欢") == ["我\ufe00", "喜", "欢"]
    assert build_segmenter(list) is list
    assert segment_runs(["中国\u0301", "人"]) == ["中国\u0301", "\n", "人", "\n"]
    assert segment_runs(["我喜欢"], lambda run: ["", "我喜", "", "欢"]) == ["我喜", "欢", "\n"]


@settings(deadline=None, max_examples=100)
@given(RUNS)
def test_runs_cut_together_are_cut_as_alone(runs: list[str]) -> None:
    alone = [word for run in runs for word in (*build_segmenter()(run), "\n")]
    assert segment_runs(runs) == alone


@settings(deadline=None, max_examples=100)
@given(MARKED, st.sampled_from([build_segmenter(), build_segmenter("characters"), list]))
def test_words_make_up_the_runs_and_keep_marks(runs: list[str], segmenter: segmentation.Segmenter) -> None:
    words = segment_runs(runs, segmenter)
    assert "".join(words) == "".join(f"{run}\n" for run in runs) or not runs
    assert not any(word[0] in "\u0301\ufe00\u302a\u200d" for word in words)


def test_errors() -> None:
    with pytest.raises(ConfigError, match=r'"characters" or a function.*received .jieba'):
        build_segmenter("jieba")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"for '我喜欢' it returned \['我', '欢'\]"):
        segment_runs(["我喜欢"], lambda run: ["我", "欢"])
    with pytest.raises(InputTypeError, match="must return strings"):
        segment_runs(["我"], lambda run: [1])  # type: ignore[list-item,return-value]
    with pytest.raises(InputTypeError, match="received str"):
        segment_runs(["我"], "rjieba")  # type: ignore[arg-type]


def test_a_missing_rjieba_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rjieba", None)
    segmentation._rjieba_cut.cache_clear()
    with pytest.raises(MissingSegmenterError, match=r"pip install rjieba.*segmenter=\"characters\"") as caught:
        segment_runs(["我"])
    assert isinstance(caught.value, NextwordError)
    assert isinstance(caught.value, ImportError)


def test_words_added_to_rjieba_elsewhere_change_nothing() -> None:
    code = (
        "import sys, nextword.tokens.words as t\n"
        "assert 'rjieba' not in sys.modules\n"
        "t.split_words('I like tea')\n"
        "assert 'rjieba' not in sys.modules\n"
        "import rjieba\n"
        "rjieba.add_word('我喜欢吃苹果', 10**6, 'n')\n"
        "assert t.split_words('我喜欢吃苹果') == ['我', '喜欢', '吃', '苹果']\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
