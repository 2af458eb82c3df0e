"""Prediction: a language model and a text -> words with probabilities.

Input: a runtime, its tokenizer and text. Output: suggestions, completions, scores, generated text and sessions, all of
them composed of the two functions of the runtime.
"""

from nextword.prediction.blocking import block as block
from nextword.prediction.completion import complete_word as complete_word
from nextword.prediction.dialogue import reply as reply
from nextword.prediction.generation import (
    GenerationConfig as GenerationConfig,
    generate as generate,
    generate_predictions as generate_predictions,
    generate_words as generate_words,
)
from nextword.prediction.language_model import (
    LanguageModel as LanguageModel,
    TrainingSummary as TrainingSummary,
    build_language_model as build_language_model,
)
from nextword.prediction.next_word import (
    Prediction as Prediction,
    next_word_probabilities as next_word_probabilities,
    predict_next_word as predict_next_word,
    predict_next_words as predict_next_words,
)
from nextword.prediction.scoring import (
    Score as Score,
    rank_candidates as rank_candidates,
    score as score,
    word_probability as word_probability,
)
from nextword.prediction.session import Session as Session, start_session as start_session
from nextword.prediction.temperature import (
    calibrate as calibrate,
    fit_temperature as fit_temperature,
    with_temperature as with_temperature,
)
