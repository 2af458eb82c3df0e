"""What goes wrong, said in words, codes and figures.

Input: whatever a user gives. Output: errors, the checks of arguments that raise them, and notes. Sentences are for
people and may be put better at any time; programs go by code and figures.
"""

from nextword.errors.arguments import check_items as check_items, check_kind as check_kind
from nextword.errors.checks import (
    check_bool as check_bool,
    check_choice as check_choice,
    check_integer as check_integer,
    check_number as check_number,
)
from nextword.errors.configs import check_config as check_config, take_plain_numbers as take_plain_numbers
from nextword.errors.descriptions import described as described
from nextword.errors.ids import check_ids as check_ids, check_mask as check_mask, check_starts as check_starts
from nextword.errors.notes import Note as Note
from nextword.errors.raised import (
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
