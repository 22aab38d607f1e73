"""Files that meters and suppliers export: from bytes to readings, without a database.

`tables` opens a file, `plans` finds out how it is written, `rows` reads it: `numerals`, `units`,
`days` and `clock` know what stands in a cell, `columns` what stands above it.
"""
