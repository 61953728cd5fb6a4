"""What needs the rows again, around a fit: which columns can be estimated, whether a minimum exists, how near it is."""
