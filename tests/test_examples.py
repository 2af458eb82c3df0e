"""The examples do what they say, from another folder."""

import importlib.util
import json
import os
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from refusals import refuses

import nextword as nw
from nextword.tokens.template import ROLE_TOKENS
from nextword.tokens.tokenizer import tokenizer_from_counts

EXAMPLES = Path(__file__).parents[1] / "examples"


def load_example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(EXAMPLES))  # as for a script: they share `console`
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(EXAMPLES))
    return module


@pytest.mark.slow
def test_quickstart_predicts_foods_and_beats_the_unigram_baseline(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evaluation = load_example("quickstart").main(["-o", str(tmp_path / "my.nextword")])
    assert evaluation.perplexity < 0.5 * evaluation.unigram.perplexity
    assert evaluation.recall_at[3] > evaluation.unigram.recall_at[3]
    printed = capfd.readouterr().out
    suggested = next(line for line in printed.splitlines() if line.startswith("我喜欢吃")).split()[1::2]
    foods = (
        "苹果 面条 米饭 橘子 炒饭 香蕉 草莓 玉米 土豆 蛋糕 包子 面包 葡萄 西瓜 西红柿 馒头 饼干 鸡蛋 牛肉 鱼 豆腐 饺子"
    )
    assert len(set(suggested) & set(foods.split())) >= 3


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    (folder / "english.txt").write_text("I like green tea.\n" * 30, encoding="utf-8")
    (folder / "chinese.txt").write_text("我喜欢吃苹果。\n" * 30, encoding="utf-8")
    model = folder / "my.nextword"
    example = load_example("train_on_your_text")
    assert example.main([str(folder), "-o", str(model), "--context", "I like"]) == 0
    return model


def test_a_training_with_checkpoints_goes_on_when_called_again(tmp_path, capsys):
    text, folder = tmp_path / "my.txt", tmp_path / "my.training"
    text.write_text("I like green tea.\n" * 8, encoding="utf-8")
    example, arguments = load_example("train_on_your_text"), [str(text), "--checkpoints", str(folder), "--context", "I"]
    assert example.main(arguments) == 0
    first = capsys.readouterr()
    assert example.main(arguments) == 0
    second = capsys.readouterr()
    assert "Had finished at step" in second.err
    assert second.out == first.out
    text.write_text("I like black tea.\n" * 9, encoding="utf-8")
    assert example.main(arguments) == 2
    assert "of another training" in capsys.readouterr().err


def test_one_s_own_text_is_learnt_and_loaded_again(trained, capsys):
    example = load_example("train_on_your_text")
    assert example.main(["--load", str(trained), "--context", "I like green", "--context", "我喜欢吃"]) == 0
    english, chinese = capsys.readouterr().out.splitlines()
    assert english.startswith("I like green ... tea")
    assert chinese.startswith("我喜欢吃 ... 苹果")


def test_predictions_can_be_typed(trained, capsys, monkeypatch):
    example = load_example("train_on_your_text")
    typed = iter(["I like green", ""])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert example.main(["--load", str(trained)]) == 0
    assert "tea" in capsys.readouterr().out


def test_a_pipe_is_read():
    command = [sys.executable, str(EXAMPLES / "train_on_your_text.py"), "-", "--minutes", "0.02", "--context", "to be"]
    run = subprocess.run(
        command, input="to be or not to be\n" * 5, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert run.stdout.startswith("Learnt 7 words.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no such file.txt"], "no such file"),
        (["--load", "absent.nextword"], "absent.nextword"),
    ],
)
def test_bad_input_is_one_line_that_names_it(arguments, message, capsys):
    assert load_example("train_on_your_text").main(arguments) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: ")
    assert message in error


CONSOLES = {
    "UTF-8": {"PYTHONIOENCODING": "utf-8"},
    "code page 1252": {"PYTHONIOENCODING": "cp1252"},
    "ASCII": {"PYTHONIOENCODING": "ascii"},
    "old locale": {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"},
}


def run_example(name, arguments, console, after="", stdin=""):
    """Run an example in a shell that fails as the example does, on a console, and return its output."""
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *arguments]
    environment = {**os.environ, **CONSOLES[console]}
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shlex.join(command)} {after}"],
        input=stdin.encode(),
        capture_output=True,
        env=environment,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


@pytest.mark.parametrize("console", [console for console in CONSOLES if console != "UTF-8"])
def test_typing_is_shown_on_every_console(trained, console):
    assert b"tea" in run_example("type_and_generate", ["--load", str(trained)], console)
    context = ["--load", str(trained), "--context", "我喜欢吃"]
    shown = run_example("train_on_your_text", context, console)
    assert b" ... " in shown
    shown = run_example("train_on_your_text", context[:2], console, stdin="I like green\n我喜欢吃\n")
    assert shown.startswith(b"I like green ... tea")
    assert len(shown.splitlines()) == 2


def test_figures_and_predictions_are_shown_on_a_console_without_chinese(trained, tmp_path):
    unseen = tmp_path / "unseen.txt"
    unseen.write_text("I like green tea too.\n我喜欢吃苹果。\n" * 4, encoding="utf-8")
    judging = ["--load", str(trained), "--texts", str(unseen), "--trained-on", str(trained.parent)]
    assert b"perplexity" in run_example("evaluate_a_model", judging, "code page 1252")
    assert len(run_example("quickstart", ["--predict", str(trained)], "code page 1252").splitlines()) == 5


def test_without_a_terminal_an_example_says_what_it_waits_for(trained):
    for after in ("< /dev/null", "<&-"):
        assert b"--context" in run_example("train_on_your_text", ["--load", str(trained)], "UTF-8", after)
    assert run_example("train_on_your_text", ["--load", str(trained)], "UTF-8", ">&-") == b""


@pytest.mark.parametrize("name", ["train_on_your_text", "quickstart"])
def test_a_reader_may_have_seen_enough(name, trained):
    loading = "--predict" if name == "quickstart" else "--load"
    lines = "I like\n" * 3_000 if name == "train_on_your_text" else ""  # more than a pipe holds
    assert len(run_example(name, [loading, str(trained)], "UTF-8", "| head -1", lines).splitlines()) == 1


def test_a_dialogue_is_shown_and_gone_on_with_on_every_console(tmp_path, build_tiny_runtime):
    tokenizer = tokenizer_from_counts(
        Counter(("hello", "tea", "茶", ".")), nw.TokenizerConfig(), dict.fromkeys(ROLE_TOKENS, 1)
    )
    path = tmp_path / "talks.nextword"
    nw.save(nw.build_language_model(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary))), path)
    arguments = ["--load", str(path), "--talk"]
    assert b"assistant: " in run_example("dialogue", arguments, "code page 1252", stdin="你好！\nHello.\n")
    assert b"assistant: " in run_example("dialogue", arguments, "old locale", stdin="你好！\nHello.\n")
    assert b"assistant: " in run_example("dialogue", arguments, "UTF-8", "<&-")


def test_typing_completes_and_generation_leaves_a_word_out(trained, capsys):
    generated = load_example("type_and_generate").main(["--load", str(trained)])
    printed = capsys.readouterr().out
    assert "'I l'" in printed
    assert [generated[prompt][: len(prompt)] for prompt in generated] == list(generated)
    line = next(
        line for line in printed.splitlines() if line.startswith("'我喜欢吃苹'") or line.startswith("'我喜欢吃'")
    )
    assert "吃" in line


def test_a_model_is_evaluated_calibrated_and_compared_with_its_text(trained, tmp_path, capsys):
    unseen = tmp_path / "unseen.txt"
    unseen.write_text("I like green tea too.\n我喜欢吃苹果。\n" * 4, encoding="utf-8")
    arguments = ["--load", str(trained), "--texts", str(unseen), "--trained-on", str(trained.parent)]
    before, after, copies = load_example("evaluate_a_model").main(arguments)
    assert next(iter(before.baselines)) == "unigram"
    assert before.perplexity < before.unigram.perplexity
    assert after.perplexity <= before.perplexity
    assert after.recall_at == before.recall_at
    assert copies.passages[0].words >= 5  # it was trained on two sentences
    assert 0.1 < copies.share < 1.0
    printed = capsys.readouterr().out
    assert "is the next word" in printed
    assert "The unseen texts themselves: " in printed


def test_a_missing_folder_for_the_model_is_said_before_training(tmp_path, capsys):
    with pytest.raises(SystemExit):
        load_example("train_on_your_text").main(["my.txt", "-o", str(tmp_path / "absent" / "my.nextword")])
    assert "absent" in capsys.readouterr().err


def test_help_shows_how(capsys):
    with pytest.raises(SystemExit):
        load_example("train_on_your_text").main(["--help"])
    assert "my.nextword" in capsys.readouterr().out


@pytest.mark.slow
def test_a_dialogue_is_learnt_saved_and_gone_on_with(tmp_path, capsys, monkeypatch):
    talks = {"Hello!": "Good morning.", "What is your name?": "I have no name.", "你好！": "很高兴见到你！"}
    path, model = tmp_path / "talks.jsonl", tmp_path / "my.nextword"
    lines = [
        json.dumps({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": reply}]})
        for said, reply in talks.items()
    ]
    path.write_text("\n".join(lines * 10), encoding="utf-8")
    example = load_example("dialogue")
    answers = example.main([str(path), "-o", str(model)])
    assert {question: answers[question] for question in talks} == talks
    assert set(answers) == set(example.QUESTIONS)
    printed = capsys.readouterr().out
    assert "user:      你好！\nassistant: 很高兴见到你！\nuser:      ... " in printed
    typed = iter(["你好！", "What is your name?", ""])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    assert example.main(["--load", str(model), "--talk"]) == answers
    assert "an empty line ends.\n很高兴见到你！\n" in capsys.readouterr().out


def test_the_questions_of_the_dialogue_are_those_it_can_have_learnt():
    example = load_example("dialogue")
    said = {turn.text for talk in nw.sample_conversations() for turn in talk.turns if turn.role == "user"}
    assert [question in said for question in example.QUESTIONS] == [True] * 6 + [False] * 2


@pytest.mark.parametrize("content", ["{", '{"messages": [{"role": "weather", "content": "Hello."}]}', ""])
def test_dialogues_that_cannot_be_read_are_told_in_one_line(content, tmp_path, capsys):
    path = tmp_path / "talks.jsonl"
    path.write_text(content, encoding="utf-8")
    assert load_example("dialogue").main([str(path)]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["my.txt"], "my.txt"), (["a.jsonl", "--load", "b.nextword"], "nothing is trained"), (["-o", "no/b"], "no/b")],
)
def test_arguments_of_the_dialogue_that_do_not_fit_are_told_before_training(arguments, message, capsys):
    with pytest.raises(SystemExit):
        load_example("dialogue").main(arguments)
    assert message in capsys.readouterr().err


TURNS = (("Bo", "Tea?"), ("Anna", "Yes, please."), ("Bo", "我很累。"), ("Anna", "休息吧。"))
CHAT = "".join(
    f"{day:02}.03.24, 09:{minute:02} - {name}: {text}\n"
    for day in range(1, 29)
    for minute, (name, text) in enumerate(
        [("Bo", "Tea?"), ("Anna", "Yes, please."), ("Bo", "我很累。"), ("Anna", "休息吧。")]
    )
)


@pytest.mark.slow
def test_a_chat_is_learnt_and_replied_to(capfd):
    replies = load_example("learn_from_a_chat").main([])
    assert len(set(replies.values())) >= 3  # not one reply to everything
    assert all(replies.values())
    assert "520 conversations" in capfd.readouterr().out


def test_a_chat_of_ones_own_is_learnt_as_the_person_that_is_named(tmp_path, capfd, monkeypatch):
    example = load_example("learn_from_a_chat")
    small = nw.LSTMConfig(hidden_dim=8, num_layers=1)
    monkeypatch.setattr(example, "CONFIG", nw.FitConfig(network=small, training=nw.TrainingConfig(epochs=1)))
    path, model = tmp_path / "chat.txt", tmp_path / "anna.nextword"
    path.write_text(CHAT, encoding="utf-8")
    example.main([str(path), "--me", "Anna", "-o", str(model)])
    assert "28 conversations, in which Anna wrote 56 times" in capfd.readouterr().out
    assert nw.load(model).template is not None
    with refuses(nw.InputError, "name-missing", names={"Bo": 56, "Anna": 56}):
        example.main([str(path)])
    with pytest.raises(SystemExit):
        example.main(["--me", "Anna"])
