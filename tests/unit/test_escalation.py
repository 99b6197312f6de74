"""When a person is called: which words ask for one, which are anger, and what two failures are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.escalation import (
    Ended,
    EscalationPolicy,
    Trigger,
    asks_for_a_person,
    failures,
    is_angry,
    is_news,
    should_hand_off,
)
from core.messages import Outcome

POLICY = EscalationPolicy(low_confidence=0.5, words=("charge-back", "Betrugsfall"))
FINE = Ended(outcome=Outcome.ANSWERED, confidence=0.9)
UNSURE = Ended(outcome=Outcome.UNSURE, confidence=0.1)

ASKING = """
I want to speak to a human
Can I talk to a real person please?
could you connect me with an agent
agent please
Human!
Real person, please.
I need a human
get me a manager
Please transfer me to a representative
Put me through to somebody
Can I speak with someone from support?
I'd like a person, not a bot
Quiero hablar con una persona
¿Puedo hablar con un agente?
páseme con un operador por favor
agente humano por favor
necesito una persona real
Ich möchte mit einem Menschen sprechen
Kann ich mit einem Mitarbeiter reden?
Verbinden Sie mich mit einem Berater
Mensch bitte
Ich will einen echten Menschen
Je veux parler à un humain
Puis-je parler à quelqu'un ?
un conseiller s'il vous plaît
Je voudrais parler à une vraie personne
Pouvez-vous me mettre en relation avec un conseiller ?
""".strip().splitlines()

NOT_ASKING = """
Is there an agent in Berlin?
Do I speak to a person when I call?
Will I talk to a human if I phone the hotline?
I spoke to an agent yesterday and the parcel is still missing
How many people work here?
What does a real estate agent cost?
Can one person use two vouchers?
I don't want to talk to a person
Which person signs the contract?
Is the price per person?
I need a personal loan
The agent said it would arrive on Monday
Hay un agente en Madrid?
¿Cuánto cuesta por persona?
Gibt es einen Mitarbeiter in München?
Was kostet das pro Person?
Y a-t-il un conseiller à Lyon ?
Le prix est-il par personne ?
human resources contact address
""".strip().splitlines()

ANGRY = """
You are useless
you stupid bot
This is bullshit
THIS IS RIDICULOUS
This is unacceptable!!!
I am furious, what a waste of time
WHERE IS MY MONEY???
Das ist eine Frechheit!!
Ihr seid Idioten
Esto es inaceptable, estoy harto
C'est inadmissible, quelle perte de temps
merde
""".strip().splitlines()

NOT_ANGRY = """
Thanks!!!
Where is my order?
MY ORDER IS A-1234
Is this the worst case?
The lamp is damned bright
What is your policy on unacceptable use?
WLAN, USB and HDMI?
Do you sell stupidly large boxes?
Ich bin nicht wütend
IBAN DE89 3704 0044
Please hurry!
""".strip().splitlines()


@pytest.mark.parametrize("text", ASKING)
def test_these_words_ask_for_a_person(text: str) -> None:
    assert should_hand_off([], text, None, POLICY) == "asked"


@pytest.mark.parametrize("text", NOT_ASKING)
def test_these_words_are_about_persons_and_ask_for_none(text: str) -> None:
    assert should_hand_off([], text, None, POLICY) is None


@pytest.mark.parametrize("text", ANGRY)
def test_these_words_are_anger(text: str) -> None:
    assert should_hand_off([], text, FINE, POLICY) == "anger"
    assert should_hand_off([], text, None, EscalationPolicy(on_anger=False)) is None


@pytest.mark.parametrize("text", NOT_ANGRY)
def test_these_words_are_no_anger(text: str) -> None:
    assert should_hand_off([], text, FINE, POLICY) is None


@pytest.mark.parametrize(
    ("before", "ended", "trigger"),
    [
        ([], UNSURE, None),
        ([Outcome.UNSURE], UNSURE, "two_failures"),
        ([Outcome.REFUSED], UNSURE, "two_failures"),
        ([Outcome.UNSURE, Outcome.ANSWERED], UNSURE, None),
        ([Outcome.UNSURE, Outcome.CLARIFYING], UNSURE, None),
        ([Outcome.UNSURE, Outcome.UNSURE], FINE, None),
        ([Outcome.UNSURE], FINE, None),
        ([], Ended(outcome=Outcome.ANSWERED, confidence=0.49), "low_confidence"),
        ([], Ended(outcome=Outcome.CLARIFYING, confidence=0.1), None),
        ([Outcome.HANDED_OFF], UNSURE, None),
    ],
)
def test_failures_count_in_a_row_and_doubt_counts_where_the_policy_says(
    before: list[Outcome], ended: Ended, trigger: Trigger | None
) -> None:
    assert should_hand_off(before, "And in Spain?", ended, POLICY) == trigger
    quiet = EscalationPolicy(on_failures=False)
    assert should_hand_off(before, "And in Spain?", ended, quiet) is None


@pytest.mark.parametrize("text", ["I did a CHARGE-BACK", "chargé back?", "ein betrugsfall!"])
def test_a_tenants_own_words_call_a_person(text: str) -> None:
    assert should_hand_off([], text, None, POLICY) == "policy"


def test_a_tenants_word_counts_only_as_a_whole() -> None:
    assert should_hand_off([], "the charge backup", None, POLICY) is None


@pytest.mark.parametrize(
    ("trigger", "handled", "outcomes", "expected"),
    [
        ("anger", set(), [], True),
        ("anger", {"anger"}, [], False),
        ("anger", {"asked"}, [], True),
        ("anger", {"anger"}, [Outcome.UNSURE], False),
        ("anger", {"anger"}, [Outcome.UNSURE, Outcome.UNSURE], True),
        ("asked", {"asked"}, [], True),
        ("two_failures", {"two_failures"}, [Outcome.UNSURE], False),
        ("two_failures", {"anger"}, [Outcome.UNSURE], False),
        ("two_failures", {"two_failures"}, [Outcome.UNSURE, Outcome.REFUSED], True),
        ("outage", {"outage"}, [], True),
        ("approval", {"approval"}, [], True),
    ],
)
def test_what_a_person_has_dealt_with_does_not_call_one_again(
    trigger: Trigger, handled: set[str], outcomes: list[Outcome], expected: bool
) -> None:
    assert is_news(trigger, handled, outcomes) is expected


@given(st.text(max_size=2000))
def test_any_text_is_judged(text: str) -> None:
    assert should_hand_off([], text, None, POLICY) in {None, "asked", "anger", "policy"}
    assert asks_for_a_person(text) in {True, False}
    assert is_angry(text) in {True, False}


@given(st.lists(st.sampled_from(Outcome)))
def test_failures_are_never_more_than_turns(outcomes: list[Outcome]) -> None:
    assert 0 <= failures(outcomes) <= len(outcomes)
