"""The comparison of programs with networks and other searches: data, systems, runs, tables."""
