"""Feature columns: how features of examples, numbers, words and categories, become the numbers that models take."""

from kerasflow.core.doors import door as _door

__all__, __getattr__, __dir__ = _door(
    __name__,
    {
        "categorical": (
            "categorical_column_with_hash_bucket",
            "categorical_column_with_identity",
            "categorical_column_with_vocabulary_file",
            "categorical_column_with_vocabulary_list",
        ),
        "combined": ("crossed_column", "weighted_categorical_column"),
        "dense": ("embedding_column", "indicator_column"),
        "functions": ("input_layer", "linear_model", "make_parse_example_spec"),
        "numeric": ("bucketized_column", "numeric_column"),
        "sequence": (
            "sequence_categorical_column_with_hash_bucket",
            "sequence_categorical_column_with_identity",
            "sequence_categorical_column_with_vocabulary_file",
            "sequence_categorical_column_with_vocabulary_list",
            "sequence_numeric_column",
        ),
        "shared": ("shared_embedding_columns",),
    },
)
