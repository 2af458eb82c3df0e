"""A language model from a text, in one call: the stages composed, with options that suit the text and the time."""

from nextword.fitting.pipeline import fit as fit
from nextword.fitting.recipes import FitConfig as FitConfig, recipe as recipe
