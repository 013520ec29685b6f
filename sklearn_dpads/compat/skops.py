"""The types that a fitted classifier holds, for loading it with skops.

skops reads a file without executing what it holds, and asks which types to trust.
"""

from __future__ import annotations

from ..grammar import BUILTIN_PRODUCTIONS, OneVsRest

_CLASSIFIERS = (
    *("DPadsClassifier", "DPadsFrameClassifier", "ProgramClassifier", "ProgramFrameClassifier"),
    *("baselines.NEARClassifier", "baselines.NEARFrameClassifier"),
    *("baselines.EnumerationClassifier", "baselines.EnumerationFrameClassifier"),
    *("baselines.RandomProgramClassifier", "baselines.RandomProgramFrameClassifier"),
    *("baselines.summary.SummaryClassifier", "baselines.summary.SummaryFrameClassifier"),
)
_BEFORE_THEM = ("preprocessing.FrameTransformer", "preprocessing.ClipOutliers")
_PARTS = (
    *("estimator.results.ProgramTable", "estimator.results.ProgramRecord"),
    *("search.Verdict", "program.Expression", "program.Program", "program.scales.Scales"),
    *("grammar.Grammar", "grammar.Kind", "grammar.Signature", "grammar.Part"),
)
_SETTINGS = (
    *("search.DPads", "search.LocalSearch", "search.DraftSettings", "training.Training"),
    *("search.SumSettings", "search.ProductSettings", "search.SumsOfReaders"),
    *("search.SparseSums", "search.GrowthSettings"),
    *("search.NEAR", "search.Enumerate", "search.RandomPrograms", "search.GivenPrograms"),
    *("search.WithinErrors", "search.BestScore", "search.Simplest"),
)


def trusted_types() -> list[str]:
    """List the types of this package that a file of a fitted classifier may hold.

    User-defined productions are not among them, since they call a function that the file
    names: look at it, and add it yourself.

    Returns
    -------
    names : list of str
        For the parameter ``trusted`` of :func:`skops.io.load`: classifiers that hold programs,
        what stands before them in a pipeline, and what is in them. Networks are not among them:
        they hold tensors, of which skops makes no file.

    Examples
    --------
    >>> from sklearn_dpads.compat.skops import trusted_types
    >>> "sklearn_dpads.program.Program" in trusted_types()
    True
    """
    package = __name__.split(".")[0]
    kinds: list[type] = [*BUILTIN_PRODUCTIONS.values(), OneVsRest]
    productions = [f"{kind.__module__}.{kind.__name__}" for kind in kinds]
    named = (*_CLASSIFIERS, *_BEFORE_THEM, *_PARTS, *_SETTINGS)
    return sorted([f"{package}.{name}" for name in named] + productions)
