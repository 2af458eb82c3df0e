"""Files as a whole: written whole or not at all, sealed by their own SHA-256, told apart from other kinds.

Bundles and checkpoints share this room: it knows how their bytes are closed and checked, and nothing of the models in
them. `write_whole` writes, `seal` and `open_sealed` close and open, `kind_of_start` names foreign files, `parse_json`
refuses JSON that says a thing twice.
"""
