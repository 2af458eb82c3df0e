"""The whole story on one page: text or conversations in, language model out.

`fit` splits, builds vocabulary and network on the training part, trains, mixes the network with an n-gram model and a
recency cache of the same text, and puts the model together. It only composes the stages; `recipes.py` says with which
options.
"""

import os
import sys
from dataclasses import replace

import numpy as np

from nextword.corpus.held_out import hold_out
from nextword.corpus.stream import Source, read_corpus
from nextword.fitting.further_training import Given, check_given, gentler, widen
from nextword.fitting.mixture import blend
from nextword.fitting.recipes import FitConfig, default_network
from nextword.networks.kinds import kind_of, to_runtime
from nextword.networks.weights import in_half_precision
from nextword.prediction.language_model import LanguageModel, build_language_model
from nextword.training.checkpoint import check_folder
from nextword.training.loop import train
from nextword.vectors.cooccurrence import build_cooccurrence_vectors
from nextword.vectors.embedding import build_embedding_matrix
from nextword.vectors.values import Vectors

# Held-out tokens that every epoch is validated on at most; more would take time from training and tell no more.
VALIDATED_ON = 50_000


def fit(
    source: Source,
    config: FitConfig | None = None,
    *,
    vectors: Vectors | None = None,
    start_from: LanguageModel | None = None,
    checkpoint_dir: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> LanguageModel:
    """Train a language model on one's own text, or on conversations.

    Part of the texts is held out first: whole texts where there are at least 20, else the end of the text from a
    sentence end on, and nothing below 200 words. Vocabulary and network see the rest only; the held-out part chooses
    the best epoch and how network, n-gram model and recency cache are mixed, and is counted into the n-grams at the
    end. What was decided, and what each part contributes, is printed and kept in `lm.training.notes`.

    Args:
        source: Path of a UTF-8 text file, or of a folder with `*.txt` files; or an iterable of texts, which may be a
            generator and is read once. Of a file each line is a text, but hard-wrapped prose is read by paragraphs, by
            the rule of `is_hard_wrapped`. Path of a `.jsonl` file, as `read_conversations` takes it, or an iterable of
            `Conversation`s, which come in a random order: then the model can `reply`, and whole conversations are held
            out. Ask it by `reply` and `start_session(conversation=...)`: functions of texts, `evaluate` among them,
            read on from nobody speaking, which it has not learnt.
        config: Options of every stage; the default trains a 1 MB text in about 2 minutes on 2 cores, and
            `recipe` gives those for another time.
        vectors: Pretrained word vectors to start from, as `load_vectors` returns them.
        start_from: A language model to train further, which stays as it is: its network goes on with a quarter of the
            usual rate, its n-grams stay beside those of the new text, and the new words come behind its own. Its
            tokenizer and the sizes of its network hold. The held-out perplexity with the given model, over all these
            words, and that after training are among the notes; where training does not help, its network, or all of it,
            is kept, so the result expects held-out text no less.
        checkpoint_dir: Folder of the checkpoints of this training, made if missing: interrupted or killed, it goes on
            from the last one when called again with the same arguments, as `train` tells. None for no checkpoints.
        progress: Draw progress on standard error.

    Returns:
        A frozen `LanguageModel`, NumPy inside, ready to predict and to be saved.

    Raises:
        MissingFileError: If the path does not exist.
        TextFileError: If a file is no UTF-8 text, or a line of a `.jsonl` file no conversation.
        InputTypeError: If `source` is neither, or its items are not all texts or all conversations.
        InputError: If there is no word in the texts, a list of files is given, a conversation has no turn, or there is
            no reply to learn; if `start_from` has no network or two, or is of texts and the source of conversations.
        ConfigError: If `config.embedding` asks for another width than that of the vectors, `config.dialogue` for a
            window that the network does not see, or what is asked for is not what `start_from` has.
        TrainingDivergedError: If the loss becomes infinite or not a number.
        CheckpointError: If the checkpoints are of another training or all damaged.
        CheckpointFolderError: If they cannot be written, or another training writes there.
        OSError: If n-grams are counted on disk and there is no room for them.

    Examples:
        >>> lm = fit(["I like tea.", "You like tea."], progress=False)
        >>> len(lm.vocabulary)
        8
    """
    config = FitConfig() if config is None else config
    if checkpoint_dir is not None:
        check_folder(checkpoint_dir)  # before the texts are read, which may take a while
    if start_from is not None:
        check_given(start_from, config, has_vectors=vectors is not None)
    splitting = config.tokenizer if start_from is None else start_from.tokenizer.config
    corpus = read_corpus(source, splitting, replies_only=config.dialogue.replies_only, seed=config.training.seed)
    is_held_out, note = hold_out(corpus.texts.lengths, corpus.is_end, config.held_out, config.training.seed)
    notes = [*corpus.notes, note]
    given: Given | None = None
    if start_from is None:
        tokenizer = corpus.tokenizer_of(~is_held_out, config.tokenizer)
    else:
        given = widen(start_from, corpus.extend(start_from.tokenizer, ~is_held_out))
        tokenizer = given.tokenizer
        notes += given.notes
    if progress:
        print(*notes, sep="\n", file=sys.stderr)

    ids, loss_mask = corpus.encode(tokenizer), corpus.loss_mask
    training_ids = ids[~is_held_out]
    validated = is_held_out & (np.cumsum(is_held_out) <= VALIDATED_ON)
    validates = bool((validated & loss_mask).any())
    if given is None:
        network, training = config.network or default_network(len(training_ids)), config.training
        embedding, counting = config.start_of(network, has_vectors=vectors is not None)
        if counting is not None:
            vectors = build_cooccurrence_vectors(training_ids, tokenizer.vocabulary, counting)
        matrix = build_embedding_matrix(tokenizer.vocabulary, embedding, vectors)
        model = kind_of(network).build(matrix, network)
    else:
        network, model = given.network.config, given.model()
        training = gentler(
            config.training,
            len(training_ids),
            len(tokenizer.vocabulary),
            network,
            num_validation_tokens=int(np.count_nonzero(validated)) if validates else 0,
        )
    template = None if given is None or config.dialogue.window else given.template
    if template is None and tokenizer.vocabulary.roles:
        template = config.dialogue.template_for(network)
    result = train(
        model,
        training_ids,
        training,
        loss_mask=loss_mask[~is_held_out],
        validation_ids=ids[validated] if validates else None,
        validation_loss_mask=loss_mask[validated] if validates else None,
        checkpoint_dir=checkpoint_dir,
        progress=progress,
    )
    trained = in_half_precision(to_runtime(result.model))
    history = result.history
    decided: list[str] = []
    if given is not None:
        trained, decided = given.better_network(trained, ids, is_held_out, loss_mask)
        history = replace(history, best_epoch=0) if decided else history
    runtime, said = blend(
        trained,
        ids,
        is_held_out,
        tokenizer.vocabulary,
        scored=loss_mask,
        ngram=config.ngram,
        cache=config.cache,
        earlier=None if given is None else given.earlier,
    )
    decided += said
    notes += decided
    if progress:
        print(*decided, sep="\n", file=sys.stderr)
    lm = build_language_model(tokenizer, runtime, history=history, notes=notes, template=template)
    return lm if given is None else given.block_again(lm)
