"""The tools of Juniper & Lamp, the sample shop: where an order is, returns, exchanges, changes of address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from core.businesses.ledger import Ledger
from core.errors import Refused
from core.tools.tool import About, Caller, Choice, Choices, Known, Slot, Tool, tool_from

RETURN_DAYS = 30
OWN_LIMIT = Decimal(500)  # pounds that are given back without asking a colleague

_ORDER_EXAMPLES = ("where is my order", "where is my parcel", "track my order", "has my order been sent yet")
_RETURN_EXAMPLES = (
    "I want to return something", "send my order back", "I want my money back for an item",
    "start a return", "how can I give this lamp back, I don't want it",
    "I want to return one thing from order #L20418", "return order #L20418, my e-mail is me@example.com",
)  # fmt: skip
_EXCHANGE_EXAMPLES = (
    "exchange an item of my order", "swap my lamp for another colour", "I ordered the wrong colour",
    "change the item I got for a different one",
)  # fmt: skip
_ADDRESS_EXAMPLES = (
    "change the delivery address of my order", "my order goes to the wrong address",
    "send my parcel somewhere else", "I have moved, please deliver to my new address",
)  # fmt: skip
_CANCEL_EXAMPLES = ("cancel my order", "I don't need my order any more", "stop my order before it is sent")


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop's orders, as its tools see them."""

    ledger: Ledger
    today: Callable[[], date] = date.today

    async def order(self, number: str, email: str) -> dict[str, Any]:
        """An order, for whoever knows the e-mail address it was made with.

        Raises:
            Refused: there is no such order for this address.
        """
        found = (await self.ledger.read())["orders"].get(number.upper())
        if found is None or found["email"].casefold() != email.casefold():
            raise Refused(f"I find no order {number} for that e-mail address. Please check both.")
        return {**found, **self._dates(found)}

    def _dates(self, order: dict[str, Any]) -> dict[str, date]:
        """The order's days, which the sample tells as days from today so that it never grows old."""
        dates = {}
        if "delivered_days_ago" in order:
            dates["delivered_on"] = self.today() - timedelta(days=order["delivered_days_ago"])
        if "expected_in_days" in order:
            dates["expected_on"] = self.today() + timedelta(days=order["expected_in_days"])
        return dates

    async def change(self, number: str, **values: Any) -> None:  # noqa: ANN401 - what JSON can hold
        """Change an order."""

        def put(kept: dict[str, Any]) -> None:
            kept["orders"][number.upper()].update(values)

        await self.ledger.change(put)

    async def kinds(self, product: str) -> list[dict[str, str]]:
        """The forms a product is sold in."""
        return list((await self.ledger.read())["products"].get(product, ()))


def shop_tools(shop: Shop) -> list[Tool]:
    """What customers of the shop can have done."""
    return [_status(shop), _return(shop), _exchange(shop), _address(shop), _cancel(shop)]


EMAIL = Slot(
    ask="Which e-mail address was the order made with?",
    label="e-mail address",
    kind="email",
    fact="email",
    why="With the address I make sure that orders are shown to nobody else.",
)


def _order_slot(shop: Shop, check: Callable[[dict[str, Any]], str | None] = lambda _: None) -> Slot:
    async def reason(caller: Caller, number: str, known: Known) -> str | None:
        try:
            return check(await shop.order(number, known["email"]))
        except Refused as refused:
            return str(refused)

    return Slot(
        ask="Which order is it? Its number looks like #L20418.",
        label="order",
        kind="reference",
        options={"pattern": r"#L[0-9]{5}"},
        why="The number stands in the e-mail that confirmed your order.",
        after=("email",),
        check=reason,
    )


def _items(shop: Shop) -> Choices:
    async def items(caller: Caller, known: Known) -> Sequence[Choice]:
        order = await shop.order(known["order"], known["email"])
        return [Choice(value=one["id"], label=f"{one['name']} (£{one['price']})") for one in order["items"]]

    return items


def _status(shop: Shop) -> Tool:
    async def order_status(
        caller: Caller,
        email: Annotated[str, EMAIL],
        order: Annotated[str, _order_slot(shop)],
    ) -> str:
        """Say where an order is and when it arrives."""
        found = await shop.order(order, email)
        names = ", ".join(one["name"] for one in found["items"])
        match found["status"]:
            case "delivered":
                return f"Order {order} ({names}) was delivered on {found['delivered_on']}."
            case "shipped":
                return (
                    f"Order {order} ({names}) is on its way with {found['carrier']}, tracking number "
                    f"{found['tracking']}, and should arrive on {found['expected_on']}."
                )
            case "pending":
                return (
                    f"Order {order} ({names}) is not packed yet; it should arrive on {found['expected_on']}."
                )
            case state:
                return f"Order {order} ({names}): {state}."

    return tool_from(
        order_status, About(effect="reads", title="your order's status", examples=_ORDER_EXAMPLES)
    )


def _return(shop: Shop) -> Tool:
    def is_returnable(order: dict[str, Any]) -> str | None:
        if order["status"] != "delivered":
            return f"Only delivered orders can be returned; this one is {order['status']}."
        last = order["delivered_on"] + timedelta(days=RETURN_DAYS)
        return None if shop.today() <= last else f"This order could be returned until {last}."

    async def total(email: str, order: str, items: Sequence[str]) -> Decimal:
        found = await shop.order(order, email)
        return sum((Decimal(one["price"]) for one in found["items"] if one["id"] in items), Decimal(0))

    async def is_large(caller: Caller, known: Known) -> bool:
        return await total(known["email"], known["order"], known["items"]) > OWN_LIMIT

    async def preview(caller: Caller, email: str, order: str, items: Sequence[str], refund_to: str) -> str:
        amount, named = await total(email, order, items), await _names(shop, email, order, items)
        where = "a gift card" if refund_to == "gift card" else "the way you paid"
        return f"I will send back {named} from order {order} and refund £{amount} to {where}."

    async def return_items(
        caller: Caller,
        email: Annotated[str, EMAIL],
        order: Annotated[str, _order_slot(shop, is_returnable)],
        items: Annotated[
            list[str],
            Slot(
                ask="What would you like to return?",
                many=True,
                choices=_items(shop),
                after=("email", "order"),
            ),
        ],
        refund_to: Annotated[
            str, Slot(ask="Where should the money go?", label="refund to", choices=_refunds)
        ],
    ) -> str:
        """Send delivered items of an order back for a refund."""
        amount = await total(email, order, items)
        await shop.change(order, status="return requested", returned=list(items), refund_to=refund_to)
        return (
            f"The return for order {order} is registered. The label is on its way to {email}, and £{amount} "
            "comes back within two working days of the parcel's arrival."
        )

    return tool_from(
        return_items,
        About(
            effect="changes", title="your return", examples=_RETURN_EXAMPLES, preview=preview, limit=is_large
        ),
    )


async def _refunds(caller: Caller, known: Known) -> Sequence[Choice]:
    return [
        Choice(
            value="same way", label="the way I paid", also=("card", "paypal", "original", "back to my card")
        ),
        Choice(value="gift card", label="a gift card", also=("voucher",)),
    ]


def _exchange(shop: Shop) -> Tool:
    def is_delivered(order: dict[str, Any]) -> str | None:
        state = order["status"]
        return (
            None if state == "delivered" else f"Only delivered orders can be exchanged; this one is {state}."
        )

    async def others(caller: Caller, known: Known) -> Sequence[Choice]:
        order = await shop.order(known["order"], known["email"])
        product = next((one["product"] for one in order["items"] if one["id"] == known["item"]), "")
        kinds = await shop.kinds(product)
        return [
            Choice(value=one["id"], label=f"{one['name']} (£{one['price']})")
            for one in kinds
            if one["id"] != known["item"]
        ]

    async def preview(caller: Caller, email: str, order: str, item: str, replacement: str) -> str:
        old = await _names(shop, email, order, [item])
        new = next(
            one
            for one in await others(caller, {"order": order, "email": email, "item": item})
            if one.value == replacement
        )
        return f"I will exchange {old} from order {order} for {new.label}."

    async def exchange_item(
        caller: Caller,
        email: Annotated[str, EMAIL],
        order: Annotated[str, _order_slot(shop, is_delivered)],
        item: Annotated[
            str,
            Slot(
                ask="Which item would you like to exchange?", choices=_items(shop), after=("email", "order")
            ),
        ],
        replacement: Annotated[
            str, Slot(ask="What would you like instead?", choices=others, after=("email", "order", "item"))
        ],
    ) -> str:
        """Exchange a delivered item for another form of the same product."""
        await shop.change(order, status="exchange requested", exchanged={"item": item, "for": replacement})
        return f"The exchange for order {order} is registered. We reserve the new one for 14 days."

    return tool_from(
        exchange_item,
        About(effect="changes", title="your exchange", examples=_EXCHANGE_EXAMPLES, preview=preview),
    )


def _address(shop: Shop) -> Tool:
    async def preview(caller: Caller, email: str, order: str, address: str) -> str:
        return f"I will send order {order} to: {address}."

    async def change_address(
        caller: Caller,
        email: Annotated[str, EMAIL],
        order: Annotated[str, _order_slot(shop, _is_pending)],
        address: Annotated[
            str, Slot(ask="What is the new address, with the postal code?", label="address", kind="address")
        ],
    ) -> str:
        """Send an order that is not packed yet to another address."""
        await shop.change(order, address=address)
        return f"Order {order} now goes to: {address}."

    return tool_from(
        change_address,
        About(effect="changes", title="your new address", examples=_ADDRESS_EXAMPLES, preview=preview),
    )


def _cancel(shop: Shop) -> Tool:
    async def preview(caller: Caller, email: str, order: str) -> str:
        found = await shop.order(order, email)
        return f"I will cancel order {order} and give the money back to your {found['paid_with']}."

    async def cancel_order(
        caller: Caller, email: Annotated[str, EMAIL], order: Annotated[str, _order_slot(shop, _is_pending)]
    ) -> str:
        """Cancel an order that is not packed yet."""
        await shop.change(order, status="cancelled")
        return f"Order {order} is cancelled. The money is back within three to five working days."

    return tool_from(
        cancel_order,
        About(effect="changes", title="your cancellation", examples=_CANCEL_EXAMPLES, preview=preview),
    )


def _is_pending(order: dict[str, Any]) -> str | None:
    state = order["status"]
    return None if state == "pending" else f"That works until the parcel is packed; this order is {state}."


async def _names(shop: Shop, email: str, order: str, items: Sequence[str]) -> str:
    found = await shop.order(order, email)
    return " and ".join(one["name"] for one in found["items"] if one["id"] in items)
