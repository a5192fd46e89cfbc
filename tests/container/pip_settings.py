"""Write pip's settings on this machine into one file, and list the files and folders they name."""

import ast
import re
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

settings = RawConfigParser()
listed = subprocess.run(
    [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
).stdout
named = set()
for line in listed.splitlines():
    key, value = line.split("=", 1)
    # "global.index-url", "install.no-compile" or, from the environment, ":env:.index-url".
    section, name = key.replace(":env:", "global").rsplit(".", 1)
    words = ast.literal_eval(value).split()
    settings.read_dict({section: {name: "\n".join(words)}})
    # An index in a folder has its files beside it.
    named.update(re.sub("^file://(.*)/simple/?$", r"\1", word) for word in words)
with Path(sys.argv[1]).open("w") as file:
    settings.write(file)
for name in sorted(named):
    path = Path(name.removeprefix("file://"))
    if path.is_absolute() and path.exists():
        sys.stdout.write(f"{path}\n")
