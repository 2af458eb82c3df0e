"""Next-word prediction on your own text: the public names, one block per room, in the order of the flow.

Texts become words, ids, a matrix, a network, a trained network, a language model; `fit` does it in one call. Keras is
imported by `build_lstm`, `build_transformer` and `train` when they are called, so predicting needs NumPy
alone, and Chinese `rjieba`.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING, Any as _Any

# isort: off
# what goes wrong
from nextword.errors import (
    BundleCorruptError as BundleCorruptError,
    BundleError as BundleError,
    BundleVersionError as BundleVersionError,
    CheckpointError as CheckpointError,
    CheckpointFolderError as CheckpointFolderError,
    ConfigError as ConfigError,
    FileAccessError as FileAccessError,
    FilePermissionError as FilePermissionError,
    InputError as InputError,
    InputTypeError as InputTypeError,
    MissingFileError as MissingFileError,
    NextwordError as NextwordError,
    TextFileError as TextFileError,
    TrainingDivergedError as TrainingDivergedError,
    UnsafeFormatError as UnsafeFormatError,
    VectorsError as VectorsError,
)

# a state -> the best few tokens, or given ones
from nextword.runtime import log_probabilities_at as log_probabilities_at, most_probable as most_probable

# text <-> words <-> ids
from nextword.tokens import (
    build_tokenizer as build_tokenizer,
    Conversation as Conversation,
    DialogueConfig as DialogueConfig,
    encode_texts as encode_texts,
    OovReport as OovReport,
    report_oov as report_oov,
    Template as Template,
    Tokenizer as Tokenizer,
    TokenizerConfig as TokenizerConfig,
    Turn as Turn,
    Vocabulary as Vocabulary,
)

# files -> texts and conversations
from nextword.corpus import (
    READERS as _READERS,
    sample_conversations as sample_conversations,
    sample_texts as sample_texts,
)

if _TYPE_CHECKING:
    from nextword.corpus import (
        read_chat as read_chat,
        read_conversations as read_conversations,
        read_epub as read_epub,
        read_html as read_html,
        read_mail as read_mail,
        read_markdown as read_markdown,
        read_subtitles as read_subtitles,
        read_table as read_table,
        read_texts as read_texts,
    )

# the (V, D) matrix
from nextword.vectors import (
    build_cooccurrence_vectors as build_cooccurrence_vectors,
    build_embedding_matrix as build_embedding_matrix,
    CooccurrenceConfig as CooccurrenceConfig,
    EmbeddingConfig as EmbeddingConfig,
    load_vectors as load_vectors,
    Vectors as Vectors,
)

# LSTM and Transformer
from nextword.networks import (
    build_lstm as build_lstm,
    build_transformer as build_transformer,
    LSTMConfig as LSTMConfig,
    to_runtime as to_runtime,
    TransformerConfig as TransformerConfig,
)

# Kneser-Ney
from nextword.ngrams import build_ngram as build_ngram, NgramConfig as NgramConfig

# a trained network
from nextword.training import (
    History as History,
    train as train,
    TrainingConfig as TrainingConfig,
    TrainingResult as TrainingResult,
)

# one model from several
from nextword.mixing import (
    build_cache as build_cache,
    CacheConfig as CacheConfig,
    describe_mixture as describe_mixture,
    mix as mix,
    MixtureReport as MixtureReport,
)

# words: next, completed, scored, generated, replied
from nextword.prediction import (
    block as block,
    build_language_model as build_language_model,
    calibrate as calibrate,
    complete_word as complete_word,
    fit_temperature as fit_temperature,
    generate as generate,
    generate_predictions as generate_predictions,
    generate_words as generate_words,
    GenerationConfig as GenerationConfig,
    LanguageModel as LanguageModel,
    next_word_probabilities as next_word_probabilities,
    predict_next_word as predict_next_word,
    predict_next_words as predict_next_words,
    Prediction as Prediction,
    rank_candidates as rank_candidates,
    reply as reply,
    Score as Score,
    score as score,
    Session as Session,
    start_session as start_session,
    TrainingSummary as TrainingSummary,
    with_temperature as with_temperature,
    word_probability as word_probability,
)

# figures and copies
from nextword.evaluation import (
    CopiedPassage as CopiedPassage,
    CopyReport as CopyReport,
    evaluate as evaluate,
    Evaluation as Evaluation,
    find_copies as find_copies,
    ReliabilityBin as ReliabilityBin,
)

# one safe file
from nextword.bundle import BundleInfo as BundleInfo, inspect as inspect, load as load, save as save

# all of it in one call
from nextword.fitting import fit as fit, FitConfig as FitConfig, recipe as recipe

# files for other programs
from nextword.export import save_arpa as save_arpa


def __getattr__(name: str) -> _Any:
    """Return a reader of files, imported when it is first asked for."""
    if name not in _READERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nextword import corpus

    reader = getattr(corpus, name)
    globals()[name] = reader
    return reader


def __dir__() -> list[str]:
    """Return all names, those of the readers too."""
    return sorted({*globals(), *_READERS})
