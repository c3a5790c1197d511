"""What the parts of files are called."""

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"  # the members of an archive of Keras 3
OLD_STATE = "optimizer_weights"  # the group with the state of the optimizer in a file of Keras 2
OWN_NAMES = {"GroupQueryAttention": "GroupedQueryAttention"}  # of classes that Keras shows under another name

__all__ = ["CONFIG", "METADATA", "OLD_STATE", "OWN_NAMES", "WEIGHTS"]
