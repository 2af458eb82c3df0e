"""Products of matrices in a chosen precision.

Input: two float32 matrices. Output: their product in float32. In bfloat16 the numbers that are multiplied have 8 bits
of precision, their sums 24: on processors that multiply them in hardware the large products take half the time.
"""

from typing import Any

from keras import ops

from nextword.networks.config import Precision


def product(left: Any, right: Any, precision: Precision) -> Any:
    """Return the product of two matrices, float32 of shape (N, M); its gradient is as precise.

    Args:
        left: (N, K), float32.
        right: (K, M), float32.
        precision: Of the numbers that are multiplied.
    """
    if precision == "float32":
        return ops.matmul(left, right)
    return ops.cast(ops.matmul(ops.cast(left, precision), ops.cast(right, precision)), "float32")
