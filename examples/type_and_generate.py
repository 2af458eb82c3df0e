"""Suggestions at every key, completion, and generation without a blocked word, in English and Chinese.

Run it with `python examples/type_and_generate.py`; it trains on a part of the sentences that come with the package in
about 20 seconds. With --load it uses a model of your own, and then needs no TensorFlow.
"""

import argparse
import sys

from console import run

import nextword as nw


def main(arguments: list[str] | None = None) -> dict[str, str]:
    """Show typing and generation; returns the generated texts by prompt."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--load", metavar="FILE", help="a .nextword file; by default a small model is trained")
    options = parser.parse_args(arguments)
    lm = nw.load(options.load) if options.load else nw.fit(nw.sample_texts()[:700])

    for text in ("I like to eat", "我喜欢吃"):
        type_text(lm, text)

    for prompt in ("My mother", "今天我们"):
        likely = nw.predict_next_word(lm, prompt, top_k=1)[0].word
        print(f"\n{prompt!r} goes on most probably with {likely!r}. Without that word:")
        polite = nw.block(lm, [likely])
        for seed in range(3):
            print("  ", nw.generate(polite, prompt, nw.GenerationConfig(temperature=0.8, top_p=0.9, seed=seed)))
    greedy = nw.GenerationConfig(temperature=0.0, no_repeat_ngram=3)
    return {prompt: nw.generate(lm, prompt, greedy) for prompt in ("My mother", "今天我们")}


def type_text(lm: nw.LanguageModel, text: str) -> nw.Session:
    """Type a text key by key; each key gives a new session, and only what changed is read again."""
    print(f"\n{'typed':20}completions")
    session = nw.start_session(lm)
    for length in range(1, len(text) + 1):
        session = session.with_text(text[:length])
        completions = "  ".join(word for word, _ in session.complete(top_k=4))
        print(f"{session.text!r:20}{completions}")
    accepted = session.advance(session.predict(top_k=1)[0].word)
    print(f"{'then':20}{'  '.join(word for word, _ in session.predict(top_k=4))}\n{'accepted':20}{accepted.text!r}")
    return accepted


if __name__ == "__main__":
    sys.exit(run(main))
