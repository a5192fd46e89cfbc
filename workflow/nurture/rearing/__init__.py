"""One architecture, reared on diets of faces, objects or both."""
