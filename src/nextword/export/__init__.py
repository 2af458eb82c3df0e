"""Files for other programs: n-gram models in the ARPA format, which the toolkits of the field read."""

from nextword.export.arpa import save_arpa as save_arpa
