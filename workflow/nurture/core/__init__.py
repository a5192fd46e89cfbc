"""Words and files that all chapters share: expressions, errors, names, tables, figure style."""
