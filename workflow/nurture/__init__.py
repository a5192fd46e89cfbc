"""Facial-expression perception in image networks: faces, networks and statistics.

Pure functions on arrays; files are read and written in ``workflow/scripts`` only.
"""

import os

# HDF5 would lock files, which some shared disks refuse. Files are complete before they have their
# names, and nothing changes them after that.
os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
