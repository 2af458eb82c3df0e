"""Is my model any good, does it know how sure it is, and does it only repeat my text? In English and Chinese.

Run it with `python examples/evaluate_a_model.py`; it trains on a part of the sentences that come with the package in
about 20 seconds. With --load, --texts and --trained-on it looks at a model of your own, and then needs no TensorFlow.
"""

import argparse
import sys

from console import run

import nextword as nw

PROMPTS = ("I", "My mother", "We", "今天", "我", "妹妹")


def main(arguments: list[str] | None = None) -> tuple[nw.Evaluation, nw.Evaluation, nw.CopyReport]:
    """Measure, calibrate and look for copies; returns the figures before and after, and the copies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--load", metavar="FILE", help="a .nextword file; by default a small model is trained")
    parser.add_argument(
        "--texts", metavar="PATH", help="texts that it was not trained on; by default some of the package's"
    )
    parser.add_argument("--trained-on", metavar="PATH", help="texts that it was trained on")
    options = parser.parse_args(arguments)
    if options.load and not (options.texts and options.trained_on):
        parser.error("--load needs --texts and --trained-on: nobody knows what the model was trained on but you")
    texts = nw.sample_texts()[:700]
    seen = list(nw.read_texts(options.trained_on)) if options.trained_on else [t for i, t in enumerate(texts) if i % 5]
    unseen = list(nw.read_texts(options.texts)) if options.texts else texts[::5]
    lm = nw.load(options.load) if options.load else nw.fit(seen)

    # One half of the unseen texts fits the temperature, the other half judges it.
    half = len(unseen) // 2
    tuning, judging = unseen[:half], unseen[half:]
    before = nw.evaluate(lm, judging)
    print(f"\nOn {len(judging)} texts that it has not seen:\n{before}", flush=True)
    temperature = nw.fit_temperature(lm, tuning)
    after = nw.evaluate(nw.with_temperature(lm, temperature), judging)
    print(f"\nAt the temperature {temperature:.2f}, before and after:")
    print(f"perplexity {before.perplexity:,.1f}, {after.perplexity:,.1f}", end="; ")
    print(f"calibration error {before.calibration_error:.1%}, {after.calibration_error:.1%}", flush=True)

    generated = [
        nw.generate(lm, prompt, nw.GenerationConfig(temperature=0.8, seed=seed))
        for prompt in PROMPTS
        for seed in range(20)
    ]
    copies = nw.find_copies(lm.tokenizer, generated, seen, min_words=5)
    natural = nw.find_copies(lm.tokenizer, unseen, seen, min_words=5)
    print(f"\nGenerated, against what it was trained on:\n{copies}")
    print(f"The unseen texts themselves: {natural.share:.1%} of {natural.generated_words:,} words.")
    return before, after, copies


if __name__ == "__main__":
    sys.exit(run(main))
