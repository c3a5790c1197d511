"""Models and weights in the files of Keras 3 and Keras 2; `kerasflow.models` shows what there is."""

__all__: list[str] = []
