"""A web shop that is not there: only its answers' delays are."""
