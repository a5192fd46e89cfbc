"""Facial-expression perception in image networks: faces, networks and statistics.

Pure functions on arrays; files are read and written in ``workflow/scripts`` only.
"""
