"""Text of C: numbers that are read back exactly, comments that nothing ends early, the file.

What names begin with is § until the file is whole: no other text has it, since comments are ASCII.
"""

from __future__ import annotations

import re

# What ends a comment, begins one within it, or stands for another character.
_SPECIAL = re.compile(r"(?<=\*)/|(?<=/)\*|(?<=\?)\?")


def number(value: float) -> str:
    """Write a number so that it is read back exactly, in the type that is computed with."""
    return f"(§_real){float(value)!r}"


def commented(text: str) -> str:
    r"""Escape a text, so that it can stand in a comment.

    Examples
    --------
    >>> print(commented("*/ é ??/ /*"))
    *\/ \u00e9 ?\?/ /\*
    """
    plain = _SPECIAL.sub(lambda found: "\\" + found[0], text)
    return "".join(c if " " <= c <= "~" or c == "\n" else _code(c) for c in plain)


def _code(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


FILE = """\
/*
{heading}
 *
 * §_init(&state) begins a recording. §_update(&state, frame, values) takes the next frame
 * and writes the values after it. It returns 0 or, where the frame is not taken, 1 if a number of
 * it is not finite{full}. §_class(values) gives the number of the class, counted from 0.
 * Nothing is allocated; a state has a fixed size.
 *
 * A frame has {n_features} numbers, and there are {n_outputs} values, in double precision or, where
 * §_FLOAT is defined, in single precision. A file that calls the functions of another one
 * includes this with §_DECLARATIONS defined.
 */
#ifndef §_C
#define §_C

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef §_FLOAT
typedef float §_real;
#define §_sqrt sqrtf
#else
typedef double §_real;
#define §_sqrt sqrt
#endif

enum {{ §_n_features = {n_features}, §_n_outputs = {n_outputs} }};
{span}
typedef struct {{
    uint64_t n_frames;
{fields}}} §_state;

void §_init(§_state *state);
int §_update(§_state *state, const §_real *frame, §_real *values);
int §_class(const §_real *values);

#ifndef §_DECLARATIONS

{functions}void §_init(§_state *state)
{{
    memset(state, 0, sizeof *state);
{initial}}}

int §_update(§_state *state, const §_real *frame, §_real *values)
{{
    const uint64_t n = state->n_frames;
    for (int i = 0; i < {n_features}; i++)
        if (!isfinite(frame[i]))
            return 1;
{limit}{steps}    state->n_frames = n + 1;
{lines}    for (int i = 0; i < {n_outputs}; i++)
        values[i] = {root}[i];
    return 0;
}}

int §_class(const §_real *values)
{{
{decision}}}

#endif
#endif
"""

SPAN_TYPE = """
/* The values of a span from first up to end; those before split have states of their own. */
typedef struct {
    uint64_t first, end, split;
} §_span;
"""

MOVE = """\
static void §_move(§_span *span, uint64_t first, uint64_t end)
{
    if (first > span->first && span->first == span->split)
        span->split = span->end;
    span->first = first;
    span->end = end;
}
"""

FILTER = """\
/* The last frames, summed by weights; the first stands in place of those before it. */
static §_real §_filter(§_real x, uint64_t n,
                       uint64_t size, const §_real *weights, §_real *last)
{
    §_real total = 0;
    if (n == 0)
        for (uint64_t i = 0; i < size; i++)
            last[i] = x;
    last[n % size] = x;
    for (uint64_t i = 0; i < size; i++)
        total += weights[i] * last[(n % size + size - i) % size];
    return total;
}
"""

SIGN = "    return values[0] > 0;\n"
LARGEST = """\
    int largest = 0;
    for (int i = 1; i < {n_outputs}; i++)
        if (values[i] > values[largest])
            largest = i;
    return largest;
"""
