"""Write a real data set as a CSV file: 569 biopsies, 30 measurements of each, and what was found.

It is the Breast Cancer Wisconsin (diagnostic) set that scikit-learn carries. The command line does the rest:

    python examples/breast_cancer_csv.py
    kerasflow train breast_cancer.csv --target diagnosis -o run
"""

import sys

from sklearn.datasets import load_breast_cancer

path = sys.argv[1] if len(sys.argv) > 1 else "breast_cancer.csv"
data = load_breast_cancer(as_frame=True)
frame = data.data.assign(diagnosis=data.target_names[data.target])
frame.to_csv(path, index=False)
print(f"{path}: {len(frame)} rows, {frame.columns.size} columns, {frame.diagnosis.nunique()} diagnoses")
