"""The published recipes, and the papers' tables as recipes.

`standard_baseline`, `strong_baseline`, `hacnn` and `compact_reid` hold recipes; `luo_table1` to
`luo_table6` and `lawen_table2` to `lawen_table4` say which of them make which table, with the
published numbers.
"""
