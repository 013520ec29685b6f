"""The classifiers' common part: parameters, scaling, restarts, results."""
