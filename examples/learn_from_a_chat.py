"""Train on an exported chat: suggestions in the words of one of the people, and replies as they would write them.

python examples/learn_from_a_chat.py                              # English and Chinese chats made up for the purpose
python examples/learn_from_a_chat.py _chat.txt                    # your own: who is in it, and with how many messages
python examples/learn_from_a_chat.py _chat.txt --me Anna          # learn to reply as Anna
python examples/learn_from_a_chat.py result.json --me Anna -o anna.nextword

Exports of WhatsApp (text or zip), LINE and Telegram Desktop (JSON) are read. Nothing leaves your machine.
"""

import argparse
import itertools
import tempfile
from pathlib import Path

from console import run

import nextword as nw

# What somebody else writes, to ask the model what `me` would answer.
ASKED = ("Hello!", "Can you suggest a good book?", "你好！", "我很累。")
# Only what `me` writes is learnt. Counted n-grams do not reach across the end of a turn, and a cache would repeat the
# question: both are left out.
CONFIG = nw.FitConfig(dialogue=nw.DialogueConfig(replies_only=True), ngram=None, cache=None)
ANSWER = nw.GenerationConfig(temperature=0.0, max_words=30)


def main(arguments: list[str] | None = None) -> dict[str, str]:
    """Read a chat, train on it, ask; returns the replies by what was asked."""
    options = parse(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path, me = (options.path, options.me) if options.path else (write_chat(Path(folder, "chat.txt")), "Anna")
        if me is None:
            nw.read_chat(path, me="?")  # nobody's name: the error tells who there is
        talks = list(nw.read_chat(path, me=me))
    print(f"{len(talks):,} conversations, in which {me} wrote {count_turns(talks):,} times, for example:")
    print("\n".join(f"  {me if turn.role == 'assistant' else 'other'}: {turn.text}" for turn in talks[0].turns[:4]))
    lm = nw.fit(talks, CONFIG)
    if options.output:
        nw.save(lm, options.output)
    replies = {text: nw.reply(lm, nw.Conversation().say("user", text), ANSWER) for text in ASKED}
    for text, reply in replies.items():
        suggestions = nw.start_session(lm, conversation=nw.Conversation().say("user", text), role="assistant").predict()
        words = "  ".join(f"{word} {probability:.0%}" for word, probability in suggestions[:3])
        print(f"\nother: {text}\n{me} begins with: {words}\n{me}: {reply}")
    return replies


def count_turns(talks: list[nw.Conversation]) -> int:
    """Return how often the person wrote whose words are learnt."""
    return sum(turn.role == "assistant" for talk in talks for turn in talk.turns)


def write_chat(path: Path) -> Path:
    """Write the dialogues of the package as WhatsApp exports a chat, one dialogue a day."""
    lines = ["01/01/2023, 09:00 - Messages and calls are end-to-end encrypted."]
    talks = itertools.chain(nw.sample_conversations("english"), nw.sample_conversations("chinese"))
    for number, talk in enumerate(talks):
        date = f"{number % 28 + 1:02}/{number // 28 % 12 + 1:02}/{2023 + number // 336}"
        for minute, turn in enumerate(talk.turns):
            name = "Anna" if turn.role == "assistant" else "Bo"
            lines.append(f"{date}, 10:{minute:02} - {name}: {turn.text}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?", metavar="CHAT", help="an exported chat; one made up by default")
    parser.add_argument("--me", metavar="NAME", help="whose words are learnt")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to save the model, for example anna.nextword")
    options = parser.parse_args(arguments)
    if options.me and not options.path:
        parser.error("--me is somebody in a chat of your own: give its file too")
    return options


if __name__ == "__main__":
    raise SystemExit(run(main))
