"""Tags: what a graph of a saved model is for."""

SERVING = "serve"
TRAINING = "train"
GPU = "gpu"
TPU = "tpu"

__all__ = ["GPU", "SERVING", "TPU", "TRAINING"]
