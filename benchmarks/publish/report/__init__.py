"""One page of all results that are found."""
