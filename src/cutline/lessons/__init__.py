"""The deck, live: six lessons in Korean and English, each a marimo notebook that is also a plain Python file.

01_binary_classification.py ... 06_classes_and_your_csv.py   the lessons; `cutline learn` serves them
contents.py   what the six are called, and where in the deck each one comes from
stage.py      the page: two languages, screens, predictions, missions, the way on
codebox.py    the torch lines one edits and runs
drawing.py    figures as inline SVG, drawn from numbers
formula.py    formulas that show their numbers
torch_by_hand.py   the deck's loop, with every epoch kept
style.css, head.html, pyproject.toml   looks, dragging in pictures, and marimo's settings

A lesson computes everything it shows, from the library or from torch, at the moment it is shown.
"""
