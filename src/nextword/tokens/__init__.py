"""Text <-> words <-> token ids, of texts and of conversations.

Characters are cleaned, Chinese is cut into words, words get ids in the order of a vocabulary, and ids become readable
text again. Nothing is lost but unknown words, invisible characters and repeated spaces.
"""

from nextword.tokens.characters import clean_text as clean_text
from nextword.tokens.conversation import Conversation as Conversation, Turn as Turn
from nextword.tokens.oov import OovReport as OovReport, report_oov as report_oov
from nextword.tokens.template import DialogueConfig as DialogueConfig, Template as Template
from nextword.tokens.tokenizer import (
    Tokenizer as Tokenizer,
    TokenizerConfig as TokenizerConfig,
    build_tokenizer as build_tokenizer,
    encode_texts as encode_texts,
)
from nextword.tokens.vocabulary import Vocabulary as Vocabulary
