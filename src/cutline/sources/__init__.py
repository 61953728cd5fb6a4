"""WHO sums it: places rows can be. A new place is a class with `sum` and `sample`; `testing.check_rows` proves it."""
