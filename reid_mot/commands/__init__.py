"""One module per command of `reid-mot`.

Each has `NAME`, `SUMMARY` (a line), `DESCRIPTION` and `EXAMPLES` for its help, `add_arguments`,
which tells a parser what the command takes, and `run`, which does it and returns the exit status.
"""
