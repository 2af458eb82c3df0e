"""Train on your own text, English, Chinese or both, and predict next words as you type.

python examples/train_on_your_text.py my.txt -o my.nextword
python examples/train_on_your_text.py novels/ letters.txt -o my.nextword --minutes 10
cat my.txt | python examples/train_on_your_text.py - -o my.nextword --context "I like" --context "我喜欢"
python examples/train_on_your_text.py my.txt -o my.nextword --checkpoints my.training    # call again to go on
python examples/train_on_your_text.py my.txt -o my.nextword --network transformer
python examples/train_on_your_text.py letters.txt -o mine.nextword --start-from my.nextword    # learns on
python examples/train_on_your_text.py --load my.nextword                     # then type, or: < beginnings.txt
"""

import argparse
import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from console import run

import nextword as nw


def main(arguments: list[str] | None = None) -> int:
    """Run the program; returns its exit status: 0, or 2 for input that cannot be used."""
    options = parse(arguments)
    try:
        lm = nw.load(options.load) if options.load else train(options)
        if options.context:
            for context in options.context:
                show(lm, context)
        elif options.load or (sys.stdin is not None and sys.stdin.isatty()):
            converse(lm)
    except nw.NextwordError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage="%(prog)s PATH... -o FILE"
    )
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="text, chats, mail, books, or a folder of these; - for a pipe"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="where to save the model, for example my.nextword")
    parser.add_argument("--load", metavar="FILE", help="do not train: use a model saved earlier")
    parser.add_argument("--start-from", metavar="FILE", help="train a model saved earlier further, on these texts")
    parser.add_argument("--network", choices=("lstm", "transformer"), default="lstm", help="lstm by default")
    parser.add_argument("--context", action="append", metavar="TEXT", help="predict after TEXT instead of asking")
    parser.add_argument("--minutes", type=float, help="time for all of it; by default as long as it pays")
    parser.add_argument("--checkpoints", metavar="DIR", help="keep checkpoints there; called again, training goes on")
    parser.add_argument(
        "--level",
        choices=("word", "whitespace", "char"),
        help="word: raw text (default); whitespace: already cut into words; char: characters",
    )
    parser.add_argument("--encoding", metavar="NAME", help="of one PATH, such as gb18030; UTF-8 by default")
    parser.add_argument(
        "--unit", choices=("line", "paragraph"), help="what a text is in one PATH; by its lines by default"
    )
    parser.add_argument("--max-vocabulary", type=int, metavar="N", help="keep the N most frequent words only")
    options = parser.parse_args(arguments)
    if bool(options.paths) == bool(options.load):
        parser.error("give PATHs to train on, or --load FILE; see --help")
    if options.output and not Path(options.output).absolute().parent.is_dir():
        parser.error(f"the folder of {options.output} does not exist; make it before training")
    if options.load and options.checkpoints:
        parser.error("--checkpoints is for a model that is trained; with --load nothing is")
    if options.load and options.start_from:
        parser.error("--start-from trains a model further; with --load nothing is trained")
    if options.start_from and (options.level or options.max_vocabulary or options.network != "lstm"):
        parser.error("--start-from goes on with the words and the network of its model; leave the other options out")
    if options.load and options.output:
        parser.error("-o is for a model that is trained; with --load there is nothing new to save")
    return options


def train(options: argparse.Namespace) -> nw.LanguageModel:
    """Train on the given paths, and save if asked."""
    given = nw.load(options.start_from) if options.start_from else None
    tokenizer = nw.TokenizerConfig(level=options.level or "word", max_vocabulary=options.max_vocabulary)
    config = nw.FitConfig(tokenizer=tokenizer)
    if options.network == "transformer":
        config = replace(config, network=nw.TransformerConfig.from_depth(2, dropout=0.3))
    if options.minutes is not None:
        config = replace(config, time_limit=options.minutes * 60)
    paths = options.paths
    if paths == ["-"] and sys.stdin is not None and not sys.stdin.isatty() and Path("/dev/stdin").exists():
        paths = ["/dev/stdin"]  # a pipe is read as a file is
    source: str | Iterable[str] = paths[0] if len(paths) == 1 and paths[0] != "-" else texts_of(paths)
    lm = nw.fit(
        source,
        config,
        start_from=given,
        checkpoint_dir=options.checkpoints,
        encoding=options.encoding,
        unit=options.unit,
    )
    print(f"Learnt {len(lm.vocabulary):,} words.")
    if options.output:
        nw.save(lm, options.output)
        print(f"Saved {options.output}. Use it again with --load, or from Python with nextword.load.")
    return lm


def texts_of(paths: list[str]) -> Iterator[str]:
    """Yield the texts of files, folders and, for "-", of standard input, one a line."""
    for path in paths:
        if path == "-":
            if sys.stdin is None:
                raise nw.TextFileError("there is no standard input to read.", code="no-standard-input")
            try:
                yield from io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")
            except UnicodeDecodeError as error:
                raise nw.TextFileError(
                    f"standard input is no UTF-8 text: {error}. Give it as a file: its encodings are then named.",
                    code="not-utf-8",
                ) from error
        else:
            yield from nw.read_texts(path)


def show(lm: nw.LanguageModel, context: str) -> None:
    """Print the five most probable next words."""
    suggestions = "  ".join(f"{word} {p:.1%}" for word, p in nw.predict_next_word(lm, context, top_k=5))
    print(f"{context} ... {suggestions}")


def converse(lm: nw.LanguageModel) -> None:
    """Ask for texts until the end of input; of a pipe predict after each line."""
    if sys.stdin is None or not sys.stdin.isatty():
        contexts = [line.rstrip("\n") for line in sys.stdin or ()]
        for context in contexts:
            show(lm, context)
        if not contexts:
            print("Nothing was asked: give --context TEXT, or lines on standard input.")
        return
    print("Type the beginning of a sentence; an empty line ends.")
    while True:
        try:
            context = input("> ")
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if not context.strip():
            return
        show(lm, context)


if __name__ == "__main__":
    sys.exit(run(main))
