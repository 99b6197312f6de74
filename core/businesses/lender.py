"""The tools of Larch Lending, the sample lender: credit score, rate, monthly payment."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from core.businesses.ledger import Ledger
from core.errors import Refused
from core.slots.durations import Duration
from core.slots.money import Money
from core.tools.tool import About, Caller, Choice, Known, Slot, Tool, tool_from

EMAIL = Slot(
    ask="Which e-mail address is your account under?",
    label="e-mail address",
    kind="email",
    fact="email",
    why="Your rate depends on the credit score of your account.",
)
_QUOTE_EXAMPLES = (
    "how much would a loan cost me", "I want to borrow money", "what would my monthly payment be",
    "quote me a mortgage", "I need a car loan", "what interest rate do I get", "how much a month for a loan",
)  # fmt: skip
_SCORE_EXAMPLES = ("what is my credit score", "how good is my credit", "show me my credit rating")


def lender_tools(ledger: Ledger) -> list[Tool]:
    """What customers of the lender can have worked out."""
    return [_score(ledger), _quote(ledger)]


def monthly_payment(amount: Decimal, percent: Decimal, months: int) -> Decimal:
    """The constant payment that pays a loan back with its interest, in the currency's smallest unit.

    >>> monthly_payment(Decimal(200_000), Decimal("5.1"), 360)
    Decimal('1085.90')
    """
    rate = percent / 1200
    payment = amount / months if not rate else amount * rate / (1 - (1 + rate) ** -months)
    return payment.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _score(ledger: Ledger) -> Tool:
    async def credit_score(caller: Caller, email: Annotated[str, EMAIL]) -> str:
        """Say what credit score a customer has."""
        customer = await _customer(ledger, email)
        return f"The credit score of {customer['name']} is {customer['credit_score']}."

    return tool_from(credit_score, About(effect="reads", title="your credit score", examples=_SCORE_EXAMPLES))


def _quote(ledger: Ledger) -> Tool:
    async def amount_fits(caller: Caller, amount: Money, known: Known) -> str | None:
        least, most = (await ledger.read())["amounts"][known["purpose"]]
        if amount.currency != "GBP":
            return "We lend in pounds only."
        return (
            None if least <= amount.amount <= most else f"We lend between £{least:,} and £{most:,} for that."
        )

    async def term_fits(caller: Caller, term: Duration, known: Known) -> str | None:
        longest = (await ledger.read())["longest_years"][known["purpose"]]
        is_whole = term.months == term.months.to_integral_value() and not term.minutes
        fits = is_whole and 12 <= term.months <= 12 * longest
        return None if fits else f"That loan can run from 1 to {longest} years."

    async def loan_quote(
        caller: Caller,
        purpose: Annotated[str, Slot(ask="What is the loan for?", choices=_purposes)],
        amount: Annotated[
            Money,
            Slot(
                ask="How much would you like to borrow, in pounds?",
                options={"currency": "GBP"},
                check=amount_fits,
                after=("purpose",),
            ),
        ],
        term: Annotated[
            Duration,
            Slot(ask="Over how many years?", options={"unit": "year"}, check=term_fits, after=("purpose",)),
        ],
        email: Annotated[str, EMAIL],
    ) -> str:
        """Work out the interest rate and the monthly payment of a loan."""
        customer = await _customer(ledger, email)
        percent = _rate(await ledger.read(), purpose, customer["credit_score"])
        months = int(term.months)
        payment = monthly_payment(amount.amount, percent, months)
        return (
            f"{amount} for a {purpose} loan over {term}: {percent} % a year with your credit score of "
            f"{customer['credit_score']}, which makes £{payment:,} a month and £{payment * months:,} in all. "
            "This is a quote, not an offer yet."
        )

    return tool_from(loan_quote, About(effect="reads", title="your loan quote", examples=_QUOTE_EXAMPLES))


async def _purposes(caller: Caller, known: Known) -> Sequence[Choice]:
    return [
        Choice(value="home", label="a home", also=("house", "mortgage", "flat", "apartment")),
        Choice(value="car", label="a car", also=("vehicle", "auto", "van")),
        Choice(value="personal", label="something else", also=("personal", "wedding", "holiday", "other")),
    ]


async def _customer(ledger: Ledger, email: str) -> Mapping[str, Any]:
    found = (await ledger.read())["customers"].get(email.casefold())
    if found is None:
        raise Refused("I find no account for that e-mail address.")
    return dict(found)


def _rate(kept: Mapping[str, Any], purpose: str, score: int) -> Decimal:
    fitting = [one for one in kept["rates"] if one["purpose"] == purpose and score >= one["from_score"]]
    if not fitting:
        raise Refused("With this credit score we can't quote a rate by ourselves; a person can look at it.")
    return Decimal(max(fitting, key=lambda one: one["from_score"])["percent"])
