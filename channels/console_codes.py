"""One-time codes on the terminal, for whoever tries the desk there: a code is shown to its owner alone."""

from __future__ import annotations

from channels.terminal import terminal


class ConsoleCodes:
    """A `CodeSender` that writes the code where the person types."""

    async def send(self, number: str, code: str) -> None:
        """Show the code, as a text message to the number would."""
        terminal.print(f"Text message to {number}: your code is {code}.", markup=False, highlight=False)
