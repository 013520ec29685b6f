"""One choice out of the many ways to write a function: numbers that mean something by themselves.

Some changes of a program's numbers change no decision and no probability: what is common to all
classes, the sizes of two factors, the size of a condition. Here each is fixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..grammar import Add, Affine, Constant, Multiply
from ..grammar.statistics import MEAN
from ..inputs.sequences import Sequences
from .expression import Array, Expression
from .prefixes import AllPrefixes
from .scales import Scales, offsets_of, readings
from .walk import walk_values

Path = tuple[int, ...]


@dataclass(frozen=True)
class Sizes:
    """What factors and conditions of a program give on data, output by output.

    Parameters
    ----------
    means, roots : dict of tuple of int to ndarray of shape (width,)
        By the path of the part: means, and roots of mean squares.
    """

    means: Mapping[Path, Array]
    roots: Mapping[Path, Array]

    @classmethod
    def on(
        cls, expression: Expression, sequences: Sequences, meaning: AllPrefixes | None = None
    ) -> Sizes:
        """Evaluate factors and conditions of an expression; see :func:`walk_values`."""
        means: dict[Path, Array] = {}
        roots: dict[Path, Array] = {}
        free = set(_free(expression))
        if free:
            mask = sequences.mask()
            for part in walk_values(expression, sequences, meaning):
                if part.path in free:
                    values = part.values[mask]
                    with np.errstate(all="ignore"):
                        means[part.path] = values.mean(axis=0)
                        roots[part.path] = np.sqrt(np.square(values).mean(axis=0))
        return cls(means, roots)


def _free(expression: Expression) -> Iterator[Path]:
    """Paths of the parts whose sizes say nothing by themselves."""
    for path, node in expression.walk():
        for i, place in enumerate(node.production.arguments):
            if place.condition or isinstance(node.production, Multiply):
                yield (*path, i)


def identified(expression: Expression, sizes: Sizes, scales: Scales) -> Expression:
    """Fix what decisions and probabilities leave open.

    - Of three classes or more, columns of tables whose values are added up on the way to the root
      sum to zero over the classes, unless one of them is 0.
    - Factors of a product have equal root mean squares, and all but the last a mean that isn't
      negative.
    - The weight of a condition that reads one feature is 1 or -1; of one that reads more, the
      largest weight per standard deviation. Another condition has a root mean square of 1.
    - Constants of a sum stand in its first part.

    Parameters
    ----------
    expression : Expression
        A program.
    sizes : Sizes
        What its parts give on data.
    scales : Scales
        Where what it reads lies.

    Returns
    -------
    expression : Expression
        The same productions; values are equal up to rounding, but for what is common to all
        classes.
    """
    scaled = _with_sizes(expression, (), sizes, scales)
    centred = _centred(scaled, offsets_of(scaled, scales)) if expression.width > 2 else scaled
    return _constants_first(centred, scales)


def _with_sizes(node: Expression, path: Path, sizes: Sizes, scales: Scales) -> Expression:
    args = tuple(_with_sizes(a, (*path, i), sizes, scales) for i, a in enumerate(node.args))
    for i, place in enumerate(node.production.arguments):
        if place.condition:
            args = (*args[:i], _condition(args[i], (*path, i), sizes, scales), *args[i + 1 :])
        elif isinstance(args[i].production, Multiply) and not isinstance(node.production, Multiply):
            args = (*args[:i], _equal_factors(args[i], (*path, i), sizes), *args[i + 1 :])
    whole = node.with_args(args)
    is_root = not path and isinstance(node.production, Multiply)
    return _equal_factors(whole, path, sizes) if is_root else whole


def _equal_factors(product: Expression, path: Path, sizes: Sizes) -> Expression:
    """Give factors the same root mean square, and all but the last a mean that isn't negative."""
    paths = [where for where, _ in _factors(product, path)]
    roots = np.array([sizes.roots[where] for where in paths])
    with np.errstate(all="ignore"):
        factors = np.exp(np.log(roots).mean(axis=0)) / roots
    # An output to which one of them gives nothing has no size to share.
    factors = np.where(np.isfinite(factors).all(axis=0), factors, 1.0)
    signs = np.where(np.array([sizes.means[where] for where in paths]) < 0, -1.0, 1.0)
    signs[-1] = signs[:-1].prod(axis=0)
    for tried in (factors * signs, factors):
        # Rounding apart, the product of all factors is 1, and the last one sees to it.
        tried[-1] = 1.0 / tried[:-1].prod(axis=0)
        changed = _rescaled_factors(product, path, dict(zip(paths, tried, strict=True)))
        if changed is not None:
            return changed
    return product


def _factors(node: Expression, path: Path) -> Iterator[tuple[Path, Expression]]:
    """Factors of a product, and of the products within it."""
    if not isinstance(node.production, Multiply):
        yield path, node
        return
    for i, arg in enumerate(node.args):
        yield from _factors(arg, (*path, i))


def _rescaled_factors(
    node: Expression, path: Path, factors: Mapping[Path, Array]
) -> Expression | None:
    if path in factors:
        return rescaled(node, factors[path])
    args = [_rescaled_factors(a, (*path, i), factors) for i, a in enumerate(node.args)]
    if any(arg is None for arg in args):
        return None
    return node.with_args(tuple(arg for arg in args if arg is not None))


def with_signs_of(expression: Expression, other: Expression, sequences: Sequences) -> Expression:
    """Give factors of products the signs that they have in another program of the same productions.

    The mean of a factor, which tells its sign, may be above 0 in one fit and below in another.

    Parameters
    ----------
    expression, other : Expression
        The program, and the one that it is compared with.
    sequences : Sequences
        What both are evaluated on.
    """
    free, mask = set(_free(expression)), sequences.mask()
    signs: dict[Path, Array] = {}
    if free:
        pairs = zip(walk_values(expression, sequences), walk_values(other, sequences), strict=True)
        for mine, theirs in pairs:
            if mine.path in free:
                with np.errstate(all="ignore"):
                    agreement = (mine.values[mask] * theirs.values[mask]).sum(axis=0)
                signs[mine.path] = np.where(agreement < 0, -1.0, 1.0)
    return _with_signs(expression, (), signs)


def _with_signs(node: Expression, path: Path, signs: Mapping[Path, Array]) -> Expression:
    if not isinstance(node.production, Multiply):
        args = [_with_signs(arg, (*path, i), signs) for i, arg in enumerate(node.args)]
        return node.with_args(tuple(args))
    paths = [where for where, _ in _factors(node, path)]
    chosen = {where: signs[where] for where in paths[:-1]}
    # The product stays what it is.
    chosen[paths[-1]] = np.prod(list(chosen.values()), axis=0)
    return _rescaled_factors(node, path, chosen) or node


def _condition(node: Expression, path: Path, sizes: Sizes, scales: Scales) -> Expression:
    """Fix the size of a condition, which its sign doesn't depend on."""
    parts = {id(part): part for part in _valued(node)}
    leaves = [(leaf, key) for leaf, key in readings(node) if id(leaf) in parts]
    if any(isinstance(part.production, Multiply) for part in parts.values()) or not leaves:
        size = float(sizes.roots[path][0])
    else:
        weights = [np.abs(leaf.params["weight"][0]) for leaf, _ in leaves]
        read = [w > 0 for w in weights]
        if sum(int(r.sum()) for r in read) == 1:
            size = float(max(w.max() for w in weights))
        else:
            spreads = [scales.of(leaf, key)[1] for leaf, key in leaves]
            size = max(float((w * s).max()) for w, s in zip(weights, spreads, strict=True))
    if not (np.isfinite(size) and size > 0):
        return node
    return rescaled(node, np.array([1.0 / size])) or node


def _valued(node: Expression) -> Iterator[Expression]:
    """Parts that the value of an expression is made of, and not those that choose among them."""
    yield node
    for arg, place in zip(node.args, node.production.arguments, strict=True):
        if not place.condition:
            yield from _valued(arg)


def rescaled(node: Expression, factor: Array) -> Expression | None:
    """Give an expression whose value is a factor times as large, output by output.

    Parameters
    ----------
    node : Expression
        The expression.
    factor : ndarray of shape (width,)
        Numbers other than 0.

    Returns
    -------
    scaled : Expression or None
        None where its numbers can't be changed so.
    """
    production, args = node.production, node.args
    if isinstance(production, Affine | Constant):
        return node.with_params({name: (v.T * factor).T for name, v in node.params.items()})
    if production.recurrent:
        return _rescaled_fold(node, factor)
    if production.meaning == "multiply":
        # Each factor takes an equal share, so that their sizes stay as they are to each other.
        paths = [path for path, _ in _factors(node, ())]
        shares = {path: np.abs(factor) ** (1 / len(paths)) for path in paths}
        shares[paths[-1]] = shares[paths[-1]] * np.sign(factor)
        return _rescaled_factors(node, (), shares)
    if production.meaning == "statistic_of_values":
        if not _is_mean(node) and (factor < 0).any():
            return None
    elif production.meaning not in _LINEAR:
        return None
    kept = [place.condition for place in production.arguments]
    changed = [a if c else rescaled(a, factor) for a, c in zip(args, kept, strict=True)]
    if any(arg is None for arg in changed):
        return None
    return node.with_args(tuple(arg for arg in changed if arg is not None))


# Productions that give a multiple where their arguments, but for conditions, do.
_LINEAR = ("add", "choice", "over_stream", "over_filter", "prefixes")


def _rescaled_fold(node: Expression, factor: Array) -> Expression | None:
    """The accumulator itself is scaled, if what makes it is one ``Affine``."""
    (body,) = node.args
    if not isinstance(body.production, Affine):
        return None
    params = {name: (value.T * factor).T for name, value in body.params.items()}
    params["recurrent"] = params["recurrent"] / factor
    fold = node.with_args((body.with_params(params),))
    return fold.with_params({"initial": node.params["initial"] * factor})


def shifted(node: Expression, offset: Array) -> Expression | None:
    """Give an expression whose value is greater by an offset, output by output.

    Parameters
    ----------
    node : Expression
        The expression.
    offset : ndarray of shape (width,)
        Any numbers.

    Returns
    -------
    moved : Expression or None
        None where its numbers can't be changed so.
    """
    production, args = node.production, node.args
    if isinstance(production, Affine | Constant) and not node.accumulator:
        name = "bias" if isinstance(production, Affine) else "value"
        return node.with_params({**node.params, name: node.params[name] + offset})
    if production.meaning == "add":
        for i, arg in enumerate(args):
            moved = shifted(arg, offset)
            if moved is not None:
                return node.with_args((*args[:i], moved, *args[i + 1 :]))
        return None
    if production.meaning == "statistic_of_values":
        # The others, such as the deviation, are those of values that differ from each other.
        if production.statistic.name not in ("Avg", "Max", "Min"):  # type: ignore[attr-defined]
            return None
    elif production.meaning not in _LINEAR:
        return None
    kept = [place.condition for place in production.arguments]
    changed = [a if c else shifted(a, offset) for a, c in zip(args, kept, strict=True)]
    if any(arg is None for arg in changed):
        return None
    return node.with_args(tuple(arg for arg in changed if arg is not None))


def _centred(node: Expression, offsets: Mapping[int, Array]) -> Expression:
    """Take from additive parts what is common to all classes."""
    production = node.production
    if isinstance(production, Constant):
        value = node.params["value"]
        return node.with_params({"value": value - value.mean()})
    if isinstance(production, Affine):
        weight = _without_mean(node.params["weight"])
        # The constants that are printed are those around the means.
        shift = (node.params["bias"] + weight @ offsets[id(node)]).mean()
        return node.with_params(
            {**node.params, "weight": weight, "bias": node.params["bias"] - shift}
        )
    if not (production.meaning in _LINEAR or _is_mean(node)):
        return node
    args = [
        arg if place.condition else _centred(arg, offsets)
        for arg, place in zip(node.args, production.arguments, strict=True)
    ]
    return node.with_args(tuple(args))


def _without_mean(table: Array) -> Array:
    """Take the mean over classes from the columns of a table that hold no 0.

    A number that is 0 is one that nobody needs to read. Where a fit made it so, the others of
    its column are fixed by it.
    """
    return table - np.where((table == 0).any(axis=0), 0.0, table.mean(axis=0))


def _is_mean(node: Expression) -> bool:
    """Tell whether an expression is a mean of its argument's values."""
    statistic = getattr(node.production, "statistic", None)
    return node.production.meaning == "statistic_of_values" and statistic == MEAN


def _constants_first(expression: Expression, scales: Scales) -> Expression:
    """Let the first part of a sum have the constants of all its parts that are ``Affine``."""
    return _moved(expression, offsets_of(expression, scales))


def _moved(node: Expression, offsets: Mapping[int, Array]) -> Expression:
    if not isinstance(node.production, Add):
        return node.with_args(tuple(_moved(arg, offsets) for arg in node.args))
    members = [affine_of(member) for member in node.members()]
    known = [leaf for leaf in members if leaf is not None]
    if len(known) < 2 or len({id(leaf) for leaf in known}) < len(known):
        return node.with_args(tuple(_moved(arg, offsets) for arg in node.args))
    # Around the means that are printed, the constants of all but the first are 0.
    around = {id(leaf): -leaf.params["weight"] @ offsets[id(leaf)] for leaf in known[1:]}
    rest = [leaf.params["bias"] - around.get(id(leaf), 0.0) for leaf in known]
    around[id(known[0])] = np.sum(rest, axis=0)
    return _with_biases(node, around)


def affine_of(member: Expression) -> Expression | None:
    """Give the ``Affine`` that is added, as it is or read of a stream."""
    while member.production.meaning in ("over_stream", "over_filter", "prefixes"):
        member = member.args[0]
    return member if isinstance(member.production, Affine) else None


def _with_biases(node: Expression, biases: Mapping[int, Array]) -> Expression:
    if id(node) in biases:
        return node.with_params({**node.params, "bias": biases[id(node)]})
    return node.with_args(tuple(_with_biases(arg, biases) for arg in node.args))
