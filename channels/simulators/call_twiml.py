"""The desk's answer to a call: TwiML, as the verbs that the carrier carries out one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from core.errors import Refused

VERBS = frozenset("Say Play Pause Start Connect Dial Record Gather Redirect Hangup Reject".split())
"""What is understood; another verb is an error of the document, as it is at Twilio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One verb or noun of a document: its name, attributes, text, and what stands inside."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    inside: tuple[Verb, ...] = ()

    def get(self, attribute: str, usual: str = "") -> str:
        """An attribute's value, or `usual` where it is missing."""
        return self.attributes.get(attribute, usual)

    def parameters(self) -> dict[str, str]:
        """The names and values of the `<Parameter>` inside."""
        return {each.get("name"): each.get("value") for each in self.inside if each.name == "Parameter"}


def parse_twiml(document: str) -> list[Verb]:
    """The verbs of a TwiML document, in order.

    Raises:
        Refused: it is no XML, its root is not Response, or a verb is unknown.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(document.strip().encode(), parser)
    except etree.XMLSyntaxError as error:
        raise Refused(f"error 12100: the answer is no XML ({error.msg})") from error
    if root.tag != "Response":
        raise Refused(f"error 12100: the answer's root is <{root.tag}>, and has to be <Response>")
    verbs = [_verb(each) for each in root]
    for verb in verbs:
        if verb.name not in VERBS:
            raise Refused(
                f"error 12200: there is no verb <{verb.name}>: use one of {', '.join(sorted(VERBS))}"
            )
    return verbs


def _verb(element: etree._Element) -> Verb:
    return Verb(
        name=str(element.tag),
        attributes={str(name): str(value) for name, value in element.attrib.items()},
        text=" ".join("".join(element.itertext()).split()),
        inside=tuple(_verb(each) for each in element),
    )
