"""Texts, and what a tokenizer says of them: for make_tokenizer.py and tests/keras/test_text.py."""

TEXTS = ["The cat sat on the mat.", "The dog\tbarked; the cat ran, ran!", "a  b a", "", "Ünï the CAT"]
SETTINGS = {
    "plain": {},
    "few": {"num_words": 4},
    "few with a word for others": {"oov_token": "<u>", "num_words": 5},
    "with a word for others": {"oov_token": "<u>"},
    "characters": {"char_level": True, "num_words": 8},
    "cut elsewhere": {"lower": False, "filters": "t", "split": "e"},
}


def described(tokenizer):
    """All that a tokenizer says of the texts, which it sees in two goes."""
    tokenizer.fit_on_texts(TEXTS[:3])
    tokenizer.fit_on_texts(TEXTS[3:])
    sequences = tokenizer.texts_to_sequences([*TEXTS, "zebra the"])
    counts = [tokenizer.index_docs, tokenizer.word_counts, tokenizer.word_docs]
    return {
        "index": [list(pair) for pair in tokenizer.word_index.items()],
        "sequences": sequences,
        "texts": tokenizer.sequences_to_texts([*sequences, [0, 2, 99]]),
        "documents": tokenizer.document_count,
        "counts": [sorted(map(list, count.items())) for count in counts],
        **{m: tokenizer.texts_to_matrix(TEXTS[:3], m).tolist() for m in ("binary", "count", "freq", "tfidf")},
    }
