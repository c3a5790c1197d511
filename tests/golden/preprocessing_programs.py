"""Layers that prepare data: how they are made, what they adapt to, what they are called on.

Each entry is (class, arguments, data for `adapt` or None, inputs).
"""

WORDS = [["red", "green"], ["green", "blue"], ["green", "red"], ["black", "[UNK]"]]
ASKED = [["green", "red"], ["pink", "blue"], ["", "[UNK]"]]
COLOURS = ["red", "green", "blue"]
NUMBERS = [[12, 1138], [42, 12], [1000, 36]]
TEXTS = ["The cat sat.", "the DOG, sat! sat", "", "A cat\tand a  bird: it's (here)", "naïve Über cat"]
ROWS = [[1.5, -2.0, 3.0], [4.0, 8.0, 3.0], [0.5, 1.0, 3.0], [-6.0, 0.25, 3.0]]
CUBE = [[[1.0, 2.0], [3.0, 5.0]], [[2.0, 7.0], [9.0, -1.0]], [[0.0, 1.0], [4.0, 2.5]]]

PROGRAMS = {
    # Numbers.
    "normalization": ("Normalization", {}, ROWS, ROWS),
    "normalization of a whole": ("Normalization", {"axis": None}, ROWS, ROWS),
    "normalization of two axes": ("Normalization", {"axis": [1, 2]}, CUBE, CUBE),
    "normalization of the middle": ("Normalization", {"axis": 1}, CUBE, CUBE),
    "normalization given": ("Normalization", {"mean": [1.0, 2.0, 3.0], "variance": [4.0, 0.25, 1.0]}, None, ROWS),
    "normalization given once": ("Normalization", {"axis": None, "mean": 3.0, "variance": 2.0}, None, ROWS),
    "normalization undone": ("Normalization", {"invert": True}, ROWS, ROWS),
    "rescaling": ("Rescaling", {"scale": 0.5, "offset": -1.0}, None, ROWS),
    "rescaling by column": ("Rescaling", {"scale": [1.0, 2.0, 3.0], "offset": [0.0, 0.5, 1.0]}, None, ROWS),
    # Bins.
    "bins": ("Discretization", {"bin_boundaries": [0.0, 1.0, 3.0]}, None, ROWS),
    "bins of one": ("Discretization", {"bin_boundaries": [0.0, 1.0], "output_mode": "one_hot"}, None, [[0.5], [2.0]]),
    "bins of several": ("Discretization", {"bin_boundaries": [0.0, 1.0], "output_mode": "multi_hot"}, None, ROWS),
    "bins counted": ("Discretization", {"bin_boundaries": [0.0, 1.0], "output_mode": "count"}, None, ROWS),
    "bins learnt": ("Discretization", {"num_bins": 4}, ROWS, ROWS),
    "bins learnt roughly": ("Discretization", {"num_bins": 3, "epsilon": 0.2}, ROWS, ROWS),
    # Categories.
    "one category": ("CategoryEncoding", {"num_tokens": 4, "output_mode": "one_hot"}, None, [3, 2, 0, 1]),
    "one category each": ("CategoryEncoding", {"num_tokens": 4, "output_mode": "one_hot"}, None, [[3], [2], [0]]),
    "categories": ("CategoryEncoding", {"num_tokens": 4}, None, [[0, 1], [0, 0], [1, 2], [3, 1]]),
    "categories of one sample": ("CategoryEncoding", {"num_tokens": 4}, None, [0, 2]),
    "categories counted": (
        "CategoryEncoding",
        {"num_tokens": 4, "output_mode": "count"},
        None,
        [[0, 1], [0, 0], [3, 1]],
    ),
    # Hashes.
    "hashed words": ("Hashing", {"num_bins": 5}, None, WORDS),
    "hashed words with a mask": ("Hashing", {"num_bins": 5, "mask_value": ""}, None, ASKED),
    "hashed words with a salt": ("Hashing", {"num_bins": 5, "salt": [133, 137]}, None, WORDS),
    "hashed words with one number": ("Hashing", {"num_bins": 7, "salt": 133}, None, WORDS),
    "hashed numbers": ("Hashing", {"num_bins": 9}, None, NUMBERS),
    "hashed numbers with a mask": ("Hashing", {"num_bins": 9, "mask_value": 12}, None, NUMBERS),
    "hashes counted": ("Hashing", {"num_bins": 4, "output_mode": "count"}, None, WORDS),
    "hashes one by one": ("Hashing", {"num_bins": 4, "output_mode": "one_hot"}, None, [["red"], ["blue"]]),
    # Words.
    "words": ("StringLookup", {"vocabulary": COLOURS}, None, ASKED),
    "words with a mask": ("StringLookup", {"vocabulary": COLOURS, "mask_token": ""}, None, ASKED),
    "words given in full": ("StringLookup", {"vocabulary": ["", "[UNK]", *COLOURS], "mask_token": ""}, None, ASKED),
    "words unknown": ("StringLookup", {"vocabulary": COLOURS, "num_oov_indices": 3}, None, ASKED),
    "words unknown, salted": ("StringLookup", {"vocabulary": COLOURS, "num_oov_indices": 3, "salt": 7}, None, ASKED),
    "words known": ("StringLookup", {"vocabulary": COLOURS, "num_oov_indices": 0}, None, [["blue"], ["red"]]),
    "words learnt": ("StringLookup", {}, WORDS, ASKED),
    "words learnt from a list": ("StringLookup", {"mask_token": "red"}, ["a", "b", "b", "red"], ["a", "b", "c", "red"]),
    "few words learnt": ("StringLookup", {"max_tokens": 3}, WORDS, ASKED),
    "numbers to words": ("StringLookup", {"vocabulary": COLOURS, "invert": True}, None, [[1, 3], [0, 2], [7, 1]]),
    "numbers to words with a mask": (
        "StringLookup",
        {"vocabulary": COLOURS, "invert": True, "mask_token": ""},
        None,
        [[1, 3], [0, 2], [7, 1]],
    ),
    "words as one": ("StringLookup", {"vocabulary": COLOURS, "output_mode": "one_hot"}, None, [["red"], ["pink"]]),
    "words at once": ("StringLookup", {"vocabulary": COLOURS, "output_mode": "multi_hot"}, None, ASKED),
    "words at once with a mask": (
        "StringLookup",
        {"vocabulary": COLOURS, "output_mode": "multi_hot", "mask_token": ""},
        None,
        ASKED,
    ),
    "words counted": ("StringLookup", {"vocabulary": COLOURS, "output_mode": "count"}, None, ASKED),
    "words counted, padded": (
        "StringLookup",
        {"vocabulary": COLOURS, "output_mode": "count", "max_tokens": 6, "pad_to_max_tokens": True},
        None,
        ASKED,
    ),
    "words weighed": (
        "StringLookup",
        {"vocabulary": COLOURS, "output_mode": "tf_idf", "idf_weights": [0.5, 1.5, 2.5]},
        None,
        ASKED,
    ),
    "words weighed by what was learnt": ("StringLookup", {"output_mode": "tf_idf"}, WORDS, ASKED),
    # Whole numbers.
    "numbers": ("IntegerLookup", {"vocabulary": [12, 36, 1138, 42]}, None, NUMBERS),
    "numbers with a mask": ("IntegerLookup", {"vocabulary": [12, 36], "mask_token": 1000}, None, NUMBERS),
    "numbers unknown": ("IntegerLookup", {"vocabulary": [12], "num_oov_indices": 3}, None, NUMBERS),
    "numbers unknown, hashed": (
        "IntegerLookup",
        {"vocabulary": [12], "num_oov_indices": 3, "oov_method": "farmhash"},
        None,
        NUMBERS,
    ),
    "numbers learnt": ("IntegerLookup", {}, NUMBERS, [[12, 7], [36, 42], [1138, -1]]),
    "numbers of numbers": ("IntegerLookup", {"vocabulary": [12, 36], "invert": True}, None, [[0, 1], [2, 5]]),
    "numbers counted": ("IntegerLookup", {"vocabulary": [12, 36], "output_mode": "count"}, None, NUMBERS),
    # Texts.
    "texts": ("TextVectorization", {}, TEXTS, TEXTS),
    "texts of four": ("TextVectorization", {"output_sequence_length": 4}, TEXTS, TEXTS),
    "texts of ten": ("TextVectorization", {"output_sequence_length": 10, "max_tokens": 6}, TEXTS, TEXTS),
    "texts as they are": ("TextVectorization", {"standardize": None}, TEXTS, TEXTS),
    "texts in lower case": ("TextVectorization", {"standardize": "lower"}, TEXTS, TEXTS),
    "texts without marks": ("TextVectorization", {"standardize": "strip_punctuation"}, TEXTS, TEXTS),
    "texts by letters": ("TextVectorization", {"split": "character"}, TEXTS, TEXTS),
    "texts whole": ("TextVectorization", {"split": None}, [["a b"], ["c"]], [["c"], ["A b!"], ["x"]]),
    "texts in pairs": ("TextVectorization", {"ngrams": 2}, TEXTS, TEXTS),
    "texts in threes": ("TextVectorization", {"ngrams": (3,)}, TEXTS, TEXTS),
    "texts at once": ("TextVectorization", {"output_mode": "multi_hot"}, TEXTS, TEXTS),
    "texts counted": ("TextVectorization", {"output_mode": "count", "ngrams": 2}, TEXTS, TEXTS),
    "texts weighed": ("TextVectorization", {"output_mode": "tf_idf"}, TEXTS, TEXTS),
    "texts weighed, padded": (
        "TextVectorization",
        {"output_mode": "tf_idf", "max_tokens": 30, "pad_to_max_tokens": True},
        TEXTS,
        TEXTS,
    ),
    "texts with words given": ("TextVectorization", {"vocabulary": ["cat", "sat", "the"]}, None, TEXTS),
    "texts in a column": ("TextVectorization", {}, [[t] for t in TEXTS], [[t] for t in TEXTS]),
}
