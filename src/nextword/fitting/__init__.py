"""A language model from a text, in one call: the stages composed, with options that suit the text and the time.

`pipeline.py` is the whole story on one page, `start.py` what training begins with, from scratch or from a given model,
`mixture.py` what is made of the trained network, `recipes.py` the options. Of the time, `stages.py` is the clock,
`estimates.py` what is expected, `reserve.py` what is measured for mixing, `time_notes.py` what is said.
"""

from nextword.fitting.pipeline import fit as fit
from nextword.fitting.recipes import FitConfig as FitConfig, recipe as recipe
