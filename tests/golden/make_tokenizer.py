"""Write tokenizer.json: what the tokenizer of TensorFlow 1.15 makes of some texts, for tests/keras/test_text.py.

Provenance: tensorflow==1.15.5 from PyPI, CPython 3.7 on x86-64 Linux. Run it as

    python tests/golden/make_tokenizer.py

Nothing but the words and numbers that TensorFlow returned is stored.
"""

import json
from pathlib import Path

from tensorflow.keras.preprocessing.text import Tokenizer, text_to_word_sequence
from tokenizer_programs import SETTINGS, TEXTS, described

found = {name: described(Tokenizer(**settings)) for name, settings in SETTINGS.items()}
found["words"] = [text_to_word_sequence(text) for text in TEXTS]
Path(__file__).with_name("tokenizer.json").write_text(json.dumps(found, sort_keys=True) + "\n", encoding="utf-8")
