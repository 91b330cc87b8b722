"""Commands of the shell, by what they are about; `simsolid.__main__` puts them together."""


def several(text: str | None) -> list[str]:
    """Names that are separated by commas, as an option takes them; none where it is left out.

    Parameters
    ----------
    text : text or None
        What was typed.

    Returns
    -------
    texts

    Examples
    --------
    >>> several("intravenous, intrapleural,"), several(None)
    (['intravenous', 'intrapleural'], [])
    """
    return [name.strip() for name in (text or "").split(",") if name.strip()]
