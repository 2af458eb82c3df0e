"""Tables and rows of JSON -> the texts of a column."""
