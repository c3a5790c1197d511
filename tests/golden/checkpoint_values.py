"""The variables in ``checkpoint/m.ckpt-3``."""

import numpy as np

VALUES = {
    name: np.array([[-3, 0, 7], [100, 1, 2]]).astype(name)
    for name in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "complex64", "complex128", "bool")
}
VALUES["scope/uint8"] = np.array([0, 255], np.uint8)
VALUES["scope/deep/uint16"] = np.array(65535, np.uint16)
VALUES["text"] = np.array([[b"x", b""], [b"\xff\x00long" * 50, "ü".encode()]], object)
VALUES["empty"] = np.zeros((0, 3), np.float32)
# More names with a common beginning than there are between two whole keys of an index.
VALUES.update({f"layer/weights_{k:02d}": np.full(k % 4, k, np.float32) for k in range(40)})
