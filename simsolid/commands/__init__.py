"""Commands of the shell, by what they are about; `simsolid.__main__` puts them together."""
