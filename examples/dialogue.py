"""Train on dialogues in under a minute, ask, and see what the user may say next.

python examples/dialogue.py                            # English and Chinese dialogues that come with the package
python examples/dialogue.py --talk                     # then talk to it
python examples/dialogue.py my.jsonl -o my.nextword    # dialogues of your own, kept as a model
python examples/dialogue.py --load my.nextword --talk

A file has one conversation a line: {"messages": [{"role": "user", "content": "Hello!"}, {"role": "assistant", ...}]}.
A model this small knows what it was taught: it answers those questions, and others by the words they share with them.
"""

import argparse
import sys
from pathlib import Path

from console import run

import nextword as nw

# Those of the first line it has seen, those of the second it has not.
QUESTIONS = (
    *("Hello!", "What is your name?", "Can you suggest a good book?", "你好！", "你叫什么名字？", "我很累。"),
    *("Could you suggest a book?", "能告诉我你的名字吗？"),
)

# Learns the dialogues by heart, so nothing is held out, and both sides of them, to suggest what the user may say; with
# `replies_only` it would answer a little better. Counted n-grams do not reach across the end of a turn, and a cache
# would repeat the question: both are left out.
CONFIG = nw.FitConfig(
    network=nw.LSTMConfig(hidden_dim=200, num_layers=1, dropout=0.3),
    training=nw.TrainingConfig(epochs=80, sequence_length=70),
    held_out=0.0,
    ngram=None,
    cache=None,
)
# The most probable word each time: of a few learnt replies, the one that fits best.
ANSWER = nw.GenerationConfig(temperature=0.0, max_words=40)


def main(arguments: list[str] | None = None) -> dict[str, str] | int:
    """Train or load, ask and answer; returns the answers by question, or 2 for input that cannot be used."""
    options = parse(arguments)
    try:
        lm = nw.load(options.load) if options.load else train(options)
        answers = {question: nw.reply(lm, nw.Conversation().say("user", question), ANSWER) for question in QUESTIONS}
    except nw.NextwordError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    for question, answer in answers.items():
        talk = nw.Conversation().say("user", question).say("assistant", answer)
        suggestions = nw.start_session(lm, conversation=talk).predict(top_k=3)
        print(f"user:      {question}\nassistant: {answer}")
        print(f"user:      ... {'  '.join(f'{word} {probability:.0%}' for word, probability in suggestions)}\n")
    if options.talk:
        converse(lm)
    return answers


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?", metavar="FILE.jsonl", help="dialogues; those of the package by default")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to save the model, for example my.nextword")
    parser.add_argument("--load", metavar="FILE", help="do not train: use a model saved earlier")
    parser.add_argument("--talk", action="store_true", help="go on with a conversation at a prompt")
    options = parser.parse_args(arguments)
    if options.load and (options.path or options.output):
        parser.error("with --load nothing is trained: leave FILE.jsonl and -o out")
    if options.path and not options.path.lower().endswith(".jsonl"):
        parser.error(f"dialogues are in a file named *.jsonl, one a line; received {options.path}")
    if options.output and not Path(options.output).absolute().parent.is_dir():
        parser.error(f"the folder of {options.output} does not exist; make it before training")
    return options


def train(options: argparse.Namespace) -> nw.LanguageModel:
    """Train on the given file, or on the dialogues of the package, and save if asked."""
    source = options.path or nw.sample_conversations()
    lm = nw.fit(source, CONFIG)
    print(f"Learnt {len(lm.vocabulary):,} words.\n")
    if options.output:
        nw.save(lm, options.output)
        print(f"Saved {options.output}. Use it again with --load, or from Python with nextword.load.\n")
    return lm


def converse(lm: nw.LanguageModel) -> None:
    """Talk until the end of input; what was said before is read along."""
    print("Say something; an empty line ends.")
    talk = nw.Conversation()
    while True:
        try:
            said = input("> ")
        except (EOFError, KeyboardInterrupt, RuntimeError):  # the last one where there is no standard input
            print()
            return
        if not said.strip():
            return
        talk = talk.say("user", said)
        answer = nw.reply(lm, talk, ANSWER)
        print(answer)
        if answer.strip():
            talk = talk.say("assistant", answer)


if __name__ == "__main__":
    sys.exit(run(main))
