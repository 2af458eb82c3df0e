"""The whole story on one page: text or conversations in, language model out.

Input: a source and options. Output: a `LanguageModel`. `fit` only composes: it reads and splits, lets `start.py` decide
what training begins with, trains, lets `mixture.py` mix the network with an n-gram model and a recency cache of the
same text, and puts the model together; `recipes.py` says with which options.
"""

import math
import os
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from nextword.corpus.held_out import describe_repeated, hold_out
from nextword.corpus.stream import Corpus, Source, read_corpus
from nextword.errors import Note, check_bool, check_config, check_kind
from nextword.files.temporary import check_temporary_folder
from nextword.fitting.estimates import MIXING, READING, TRAINING, WORDS
from nextword.fitting.mixing_plan import MixingPlan
from nextword.fitting.mixture import mix_parts
from nextword.fitting.recipes import FitConfig, default_network
from nextword.fitting.reserve import plan_mixing
from nextword.fitting.stages import Stages
from nextword.fitting.start import describe_memory, plan_start
from nextword.fitting.time_notes import describe_long_fit, describe_time, describe_words, expected_seconds
from nextword.networks.kinds import NetworkConfig, is_network, to_runtime
from nextword.networks.weights import NetworkRuntime
from nextword.prediction.language_model import LanguageModel, build_language_model, check_language_model
from nextword.prediction.shaping import shaped
from nextword.runtime import parts_of
from nextword.tokens.vocabulary import SPECIAL_TOKENS
from nextword.training.checkpoint_folder import check_folder
from nextword.training.loop import check_checkpoint_dir, train
from nextword.vectors.values import Vectors


def fit(
    source: Source,
    config: FitConfig | None = None,
    *,
    vectors: Vectors | None = None,
    start_from: LanguageModel | None = None,
    checkpoint_dir: str | os.PathLike[str] | None = None,
    unit: str | None = None,
    encoding: str | None = None,
    errors: str = "strict",
    progress: bool = True,
) -> LanguageModel:
    """Train a language model on one's own text, or on conversations.

    Part of the texts is held out first: runs of whole texts where there are at least 20, of long ones to a sentence
    end; else the end of the text from a sentence end on, and nothing below 200 tokens. Vocabulary and network see the
    rest only, its texts in a new random order every epoch (`TrainingConfig.shuffle`). The held-out part, read as will
    be asked, each text from a fresh start, and of conversations the turns of "assistant", chooses the best epoch and
    how network, n-gram model and recency cache are mixed, and is counted into the n-grams at the end. What was decided,
    and what each part contributes, is printed and kept in `lm.training.notes`.

    Args:
        source: Path of a text file, of a pipe, or of a folder; or an iterable of texts, which may be a generator or an
            open text file and is read once. Of a file each line is a text, but hard-wrapped prose is read by
            paragraphs, by the rule of `wrapping_of`. Chats, subtitles, mail, web pages, Markdown and EPUB are
            recognised by their content and read as `read_chat` and its like do. What was read, what was left out, and
            what does not look like text is among the notes and printed before training starts. Path of a file or
            folder of conversations, as `read_conversations` takes it, or an iterable of `Conversation`s, which come in
            a random order: then the model can `reply`, and whole conversations are held out. Turns of "system", and
            those of weight 0, are read and not learnt. Ask it by `reply` and `start_session(conversation=...)`, and
            `evaluate` it on conversations: other functions of texts read on from nobody speaking, which it has not
            learnt.
        config: Options of every stage; the default trains a 1 MB text in about 2 minutes on 2 cores, and says so where
            it will take more than 10 (a note with the code "long-fit"). `recipe` gives those for another time, which
            is that of the whole call; where it went is told at the end (code "time"). Where it is too short for the
            text, the least that gives a model is done, and a note says what would be enough (code "time-too-short").
        vectors: Pretrained word vectors to start from, as `load_vectors` returns them.
        start_from: A language model to train further, which stays as it is: its network goes on with a quarter of the
            usual rate, its n-grams stay beside those of the new text, and the new words come behind its own. Its
            tokenizer and the sizes of its network hold. The held-out perplexity with the given model, over all these
            words, and that after training are among the notes; where training does not help, its network, or all of it,
            is kept, so that held-out perplexity is no worse than that of the given model without its temperature.
            Without held-out text nothing is compared.
        checkpoint_dir: Folder of the checkpoints of this training, made if missing: interrupted or killed, it goes on
            from the last one when called again with the same arguments, as `train` tells. Of a time that was asked, the
            seconds trained before count, and reading counts once. None for no checkpoints.
        unit: What a text of a file is, "line" or "paragraph", where the rule errs; None goes by the rule.
        encoding: Encoding of the files, such as "gb18030"; None for UTF-8. Of a file that is not UTF-8 the error names
            those that it may be in.
        errors: "strict" refuses a file with bytes that its encoding has not; "ignore" leaves them out, and "replace"
            reads U+FFFD in their place.
        progress: Draw progress on standard error: the stage, how much of the whole is done, and the time left. On a
            terminal it is one line that is redrawn, elsewhere one line a stage.

    Returns:
        A frozen `LanguageModel`, NumPy inside, ready to predict and to be saved.

    Raises:
        MissingFileError: If the path does not exist.
        TextFileError: If a file is no text in its encoding, a table or JSON, or a line of a `.jsonl` file no
            conversation.
        InputTypeError: If `config`, `vectors` or `start_from` is of another kind; if `source` is neither, or its items
            are not all texts or all conversations.
        InputError: If there is no word in the texts, names of files are given, a folder has texts and conversations, a
            conversation has no turn, or there is no reply to learn; if `start_from` has no network or two, or is of
            texts and the source of conversations.
        ConfigError: If `unit`, `encoding` or `errors` are none, or have no effect on this source; if `config.embedding`
            asks for another width than that of the vectors, `config.dialogue` for a window that the network does not
            see, or what is asked for is not what `start_from` has.
        TrainingDivergedError: If the loss becomes infinite or not a number.
        CheckpointError: If the checkpoints are of another training or all damaged.
        CheckpointFolderError: If they cannot be written, or another training writes there.
        FileAccessError: If the text needs temporary files and there is no room for them, or no such folder; with the
            figures `path` and `needed`, in bytes.
        FilePermissionError: If their folder may not be written to.

    Examples:
        >>> lm = fit(["I like tea.", "You like tea."], progress=False)
        >>> len(lm.vocabulary)
        8
    """
    config = FitConfig() if config is None else config
    check_config(config, FitConfig)
    check_bool("progress", progress)
    if vectors is not None:
        check_kind("vectors", vectors, Vectors, "Load them first: `nextword.load_vectors(path)`.")
    if start_from is not None:
        check_language_model(start_from, name="start_from")
    if checkpoint_dir is not None:
        check_checkpoint_dir(checkpoint_dir)
        check_folder(checkpoint_dir)  # before the texts are read, which may take a while
    if config.time_limit is not None:
        limit = min(config.time_limit, config.training.time_limit or math.inf)
        config = replace(config, training=replace(config.training, time_limit=limit))
    check_temporary_folder(config.temporary_folder)
    plan = plan_start(config, vectors=vectors, base=start_from)
    seed = config.training.seed
    with Stages(config.time_limit, progress=progress) as stages:
        stages.begin(READING)
        corpus = read_corpus(
            source,
            plan.tokenizer,
            replies_only=config.dialogue.replies_only,
            seed=seed,
            unit=unit,
            encoding=encoding,
            errors=errors,
            reached=stages.reached if progress else None,
            arrays=config.arrays,
        )
        is_held_out, note = hold_out(corpus.texts.lengths, corpus.is_end, config.held_out, seed, config.arrays)
        repeated = describe_repeated(corpus.texts, is_held_out)
        expected = _expect(stages, corpus, is_held_out, config, start_from)
        notes = stages.tell((*corpus.notes, *describe_memory(corpus, config), note, *repeated, *expected))
        stages.begin(WORDS)
        start = plan.make_start(corpus, is_held_out, begin=stages.begin)
        notes += stages.tell(start.notes)
        tokens = len(is_held_out)
        del corpus, is_held_out
        mixing = MixingPlan()
        if config.time_limit is not None:
            stages.begin(MIXING)
            mixing = plan_mixing(start, config, lambda: stages.clock_left or 0.0, config.time_limit)
            stages.expected[MIXING] = mixing.seconds
        left = stages.clock_left
        is_too_short = mixing.is_least or (left is not None and left <= mixing.seconds)
        stages.begin(TRAINING)
        training, validation = start.stream.training, start.stream.validation
        result = train(
            start.model,
            training.ids,
            start.training,
            loss_mask=training.loss_mask,
            starts=training.starts,
            counts=start.counts,
            validation_ids=None if validation is None else validation.ids,
            validation_loss_mask=None if validation is None else validation.loss_mask,
            validation_starts=None if validation is None else validation.starts,
            checkpoint_dir=checkpoint_dir,
            progress=stages.watch(mixing.seconds),
        )
        stages.begin(MIXING)
        trained, history = to_runtime(result.model, half_precision=True), result.history
        start = replace(start, model=None)  # so that what was trained takes no memory while parts are mixed
        del result
        mixture = mix_parts(trained, start, config, mixing.within(stages.clock_left))
        history = replace(history, best_epoch=0) if mixture.keeps_base_network else history
        lm = build_language_model(start.tokenizer, mixture.runtime, history=history, template=start.template)
        lm = replace(lm, runtime=shaped(lm.runtime, lm.tokenizer, blocked=start.blocked))
        stages.end()
        notes += stages.tell(mixture.notes)
        of_time = describe_time(stages.seconds, config, tokens, is_too_short=is_too_short)
        stages.tell(of_time)
    # Without a time limit equal fits give equal models: their record has no times.
    kept = notes if start.training.time_limit is None else (*notes, *of_time)
    return replace(lm, training=None if lm.training is None else replace(lm.training, notes=kept))


def _expect(
    stages: Stages, corpus: Corpus, is_held_out: NDArray[np.bool_], config: FitConfig, base: LanguageModel | None
) -> tuple[Note, ...]:
    """Let the clock know what the stages will take, and return notes about that."""
    tokens = len(is_held_out)
    learnt = tokens - int(np.count_nonzero(is_held_out))
    if base is not None:
        parts = [part.runtime for part in parts_of(base.runtime) if is_network(part.runtime)]
        network: NetworkConfig = cast("NetworkRuntime", parts[0]).config
    else:
        network = config.network or default_network(learnt)
    most = config.tokenizer.max_vocabulary or math.inf
    known = 0 if base is None else len(base.vocabulary)
    vocabulary_size = max(known, int(min(most, len(corpus.texts.words) + len(SPECIAL_TOKENS))))
    training = config.training.resolve(max(1, learnt), vocabulary_size, network=network)
    stages.expected = expected_seconds(tokens, vocabulary_size, network, training)
    long = describe_long_fit(stages.expected, config, tokens, training.epochs or 1)
    stages.said_to_be_long = bool(long)
    return (*describe_words(config, tokens), *long)
