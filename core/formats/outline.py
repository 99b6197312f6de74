"""`Outline`: gathers headings and blocks in reading order and gives them back as sections."""

from core.documents import Section
from core.formats.cleaning import one_line

_BLANKS_AND_BULLETS = " \t\n-*•·▪◦"


class Outline:
    """Sections in the making: a heading opens one, blocks fill it, a page break goes on with it."""

    def __init__(self, *, page: int | None = None) -> None:
        self._page = page
        self._path: list[tuple[int, str]] = []
        self._blocks: list[str] = []
        self._sections: list[Section] = []
        self._ends_in_line = False
        self._is_bare = False
        self._heading_page = page

    def heading(self, level: int, text: str) -> None:
        """Opens a section under the nearest earlier heading of a smaller level."""
        title = one_line(text)
        if not title:
            return
        self._close(keeps_bare=bool(self._path) and self._path[-1][0] >= level)
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._path.append((level, title))
        self._is_bare = True
        self._heading_page = self._page

    def block(self, text: str) -> None:
        """Adds a paragraph, a table or a piece of code."""
        if text.strip(_BLANKS_AND_BULLETS):
            self._blocks.append(text.strip("\n"))
        self._ends_in_line = False

    def line(self, text: str) -> None:
        """Adds a line that belongs right below the line before it, such as a list item."""
        if not text.strip(_BLANKS_AND_BULLETS):
            return
        if self._ends_in_line and self._blocks:
            self._blocks[-1] += "\n" + text.rstrip()
        else:
            self._blocks.append(text.rstrip())
        self._ends_in_line = True

    def turn(self, page: int) -> None:
        """Goes on with the same heading on another page."""
        self._close(keeps_bare=False)
        self._page = page

    def sections(self) -> list[Section]:
        """Everything gathered so far; a heading with nothing below it is its own text."""
        self._close(keeps_bare=True)
        return self._sections

    def _close(self, *, keeps_bare: bool) -> None:
        path = tuple(title for _, title in self._path)
        if self._blocks:
            text = "\n\n".join(self._blocks)
            self._sections.append(Section(text=text, heading=path, page=self._page))
            self._is_bare = False
        elif self._is_bare and keeps_bare:
            self._sections.append(Section(text=path[-1], heading=path, page=self._heading_page))
            self._is_bare = False
        self._blocks = []
        self._ends_in_line = False
