"""Next-word prediction on your own text: the public names, in the order of the flow.

Texts become words, ids, a matrix, a network, a trained network, a language model; `fit` does it in one call. Keras is
imported by `build_lstm` and `train` when they are called, so predicting needs NumPy and safetensors alone.
"""

from nextword.bundle import BundleInfo as BundleInfo
from nextword.bundle import inspect as inspect
from nextword.bundle import load as load
from nextword.bundle import save as save
from nextword.embedding import EmbeddingConfig as EmbeddingConfig
from nextword.embedding import build_embedding_matrix as build_embedding_matrix
from nextword.errors import BundleCorruptError as BundleCorruptError
from nextword.errors import BundleError as BundleError
from nextword.errors import BundleVersionError as BundleVersionError
from nextword.errors import ConfigError as ConfigError
from nextword.errors import InputError as InputError
from nextword.errors import InputTypeError as InputTypeError
from nextword.errors import MissingFileError as MissingFileError
from nextword.errors import NextwordError as NextwordError
from nextword.errors import TextFileError as TextFileError
from nextword.errors import TrainingDivergedError as TrainingDivergedError
from nextword.errors import UnsafeFormatError as UnsafeFormatError
from nextword.errors import VectorsError as VectorsError
from nextword.evaluation import Evaluation as Evaluation
from nextword.evaluation import evaluate as evaluate
from nextword.language_model import LanguageModel as LanguageModel
from nextword.language_model import TrainingSummary as TrainingSummary
from nextword.language_model import build_language_model as build_language_model
from nextword.language_model import to_runtime as to_runtime
from nextword.models.config import LSTMConfig as LSTMConfig
from nextword.models.lstm import build_lstm as build_lstm
from nextword.pipeline import FitConfig as FitConfig
from nextword.pipeline import fit as fit
from nextword.pipeline import recipe as recipe
from nextword.prediction.blocking import block as block
from nextword.prediction.completion import complete_word as complete_word
from nextword.prediction.generation import GenerationConfig as GenerationConfig
from nextword.prediction.generation import generate as generate
from nextword.prediction.generation import generate_predictions as generate_predictions
from nextword.prediction.generation import generate_words as generate_words
from nextword.prediction.next_word import Prediction as Prediction
from nextword.prediction.next_word import next_word_probabilities as next_word_probabilities
from nextword.prediction.next_word import predict_next_word as predict_next_word
from nextword.prediction.next_word import predict_next_words as predict_next_words
from nextword.prediction.scoring import Score as Score
from nextword.prediction.scoring import rank_candidates as rank_candidates
from nextword.prediction.scoring import score as score
from nextword.prediction.scoring import word_probability as word_probability
from nextword.prediction.session import Session as Session
from nextword.prediction.session import start_session as start_session
from nextword.reading import read_texts as read_texts
from nextword.samples import sample_texts as sample_texts
from nextword.tokenizer import OovReport as OovReport
from nextword.tokenizer import Tokenizer as Tokenizer
from nextword.tokenizer import TokenizerConfig as TokenizerConfig
from nextword.tokenizer import build_tokenizer as build_tokenizer
from nextword.tokenizer import encode_texts as encode_texts
from nextword.tokenizer import report_oov as report_oov
from nextword.training.config import History as History
from nextword.training.config import TrainingConfig as TrainingConfig
from nextword.training.config import TrainingResult as TrainingResult
from nextword.training.loop import train as train
from nextword.vectors import Vectors as Vectors
from nextword.vectors import load_vectors as load_vectors
from nextword.vocabulary import Vocabulary as Vocabulary
