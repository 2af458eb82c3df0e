"""Files for other programs."""

from nextword.export.arpa import save_arpa as save_arpa
