"""Who asks not to be written to is heard, in many words; who asks about an order is not cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.keywords import keyword_in, wants_more

ENDS_MESSAGES = """
STOP|Stop.|stop!|StopAll|stop all|unsubscribe|Opt-out|opt out|CANCEL|end|Quit|revoke
stop please|Please stop|please stop texting me|Stop texting me!!|stop texting|STOP TEXTING THIS NUMBER
unsubscribe me|Unsubscribe me from this list|please unsubscribe me from these messages
don't text me|do not text me again|Don't message me anymore|never text me again|dont text me
stop sending me messages|please stop sending these texts
can you stop texting me?|could you please stop messaging me
remove me from your list|remove my number|take me off your list|take my number off this list please
no more texts|No more messages please|i don't want these texts|I do not want to receive your messages anymore
leave me alone|opt me out|I want to opt out|I want to unsubscribe from these texts|stop spamming me
I no longer wish to receive these messages|stop, please stop texting me|I want these texts to stop
ALTO|parar|baja|no me escriban más|No me escriba más, por favor|por favor dejen de escribirme
no me manden más mensajes|dejen de enviarme mensajes|no quiero más mensajes|ya no quiero recibir mensajes
deme de baja de estos mensajes por favor|borren mi número|basta de mensajes
quiero darme de baja de estos mensajes
STOPP|abmelden|bitte keine Nachrichten mehr|Keine SMS mehr bitte|Bitte schreiben Sie mir nicht mehr
schreibt mir nicht mehr|ich möchte keine Nachrichten mehr bekommen|hören Sie auf mir zu schreiben
melden Sie mich von diesen Nachrichten ab|lassen Sie mich in Ruhe
löschen Sie meine Nummer|nehmen Sie mich von Ihrer Liste
ARRÊT|arrêtez s'il vous plaît|arrêtez de m'écrire|arrêtez de m'envoyer des messages|ne m'écrivez plus
plus de messages svp|je ne veux plus recevoir vos messages|désabonnez-moi|retirez mon numéro de votre liste
ne me contactez plus|laissez-moi tranquille|arrêtez vos SMS
"""
IS_A_MESSAGE = """
how do I stop my order|cancel my order|can I unsubscribe from the newsletter?|stop my subscription
How do I cancel?|I want to cancel my order|please cancel it|cancel the delivery please|stop the delivery
Can I stop a payment?|stop payment on check 1022|how do I unsubscribe?|unsubscribe from the newsletter
remove me from the waiting list|remove the lamp from my order|end my contract|When does the sale end?
quit claim deed|I can't stop laughing|where is the bus stop|does the 12 bus stop at your shop?
don't send it to my old address|do not send the parcel to my neighbour|no more than two items
I don't want this lamp|I don't want it anymore|don't contact the courier|you never text back
I don't want to wait|leave it with my neighbour|no|yes|ok
thanks|no thanks|more|start over|help me with my order
I didn't get your message|why did you stop?|stop by on Monday|can you stop the courier?|will it stop working?
delete my account|how do I delete my number from the account?|I lost my phone number|text me when it is ready
please message me|stop. I mean the blue one|opt for express shipping|what are your texts about?
no quiero este pedido|cancelar mi pedido|cómo me doy de baja del seguro|quiero dar de baja mi contrato
quiero darme de baja|denme de baja del gimnasio
no me han enviado el pedido|no me llegó el mensaje|dejen el paquete en la puerta|no más de dos
keine Ahnung|ich habe keine Nachricht bekommen|bitte schreiben Sie mir|wie melde ich mich vom Kurs ab
ich möchte keine Lampe|hören Sie mich
melden Sie mich ab|nehmen Sie meine Bestellung zurück|ich will meine Bestellung stornieren
je ne veux plus cette lampe|annuler ma commande|plus de détails|arrêtez ma commande
je n'ai pas reçu de message
comment me désabonner de la newsletter|ne livrez plus à mon ancienne adresse|retirez la lampe de ma commande
"""


def table(text: str) -> list[str]:
    return [each.strip() for line in text.strip().splitlines() for each in line.split("|") if each.strip()]


@pytest.mark.parametrize("said", table(ENDS_MESSAGES))
def test_who_asks_for_no_more_messages_is_heard(said: str) -> None:
    found = keyword_in(said, has_opted_out=False)
    assert found is not None
    assert found.asks == "stop"


@pytest.mark.parametrize("said", table(IS_A_MESSAGE))
def test_who_asks_about_something_else_is_not_cut_off(said: str) -> None:
    found = keyword_in(said, has_opted_out=False)
    assert found is None or found.asks != "stop"


@pytest.mark.parametrize("said", ["help", "HELP!", "Info", "ayuda", "Hilfe", "aide"])
def test_a_lone_help_asks_for_help(said: str) -> None:
    found = keyword_in(said, has_opted_out=False)
    assert found is not None
    assert found.asks == "help"


def test_yes_begins_messages_again_only_for_who_has_ended_them() -> None:
    for said in ("YES", "sí", "Ja", "oui"):
        found = keyword_in(said, has_opted_out=True)
        assert found is not None
        assert found.asks == "start"
        assert keyword_in(said, has_opted_out=False) is None
    assert keyword_in("START", has_opted_out=False) is not None


def test_only_what_the_provider_knows_is_left_to_the_provider() -> None:
    for said, by_provider in (
        ("stop", True),
        (" STOP ", True),
        ("stop.", False),
        ("stopp", False),
        ("ayuda", False),
    ):
        found = keyword_in(said, has_opted_out=False)
        assert found is not None
        assert found.by_provider is by_provider
        without = keyword_in(said, has_opted_out=False, has_carrier=False)
        assert without is not None
        assert not without.by_provider


def test_where_no_carrier_is_cancel_is_a_word_of_the_talk() -> None:
    assert keyword_in("cancel", has_opted_out=False) is not None
    assert keyword_in("cancel", has_opted_out=False, has_carrier=False) is None


def test_more_in_every_language_asks_for_the_rest() -> None:
    assert all(map(wants_more, ("MORE", "más", "Mehr!", "suite", "PLUS", "more please")))
    assert not any(map(wants_more, ("more lamps", "one more", "", "no more")))


@given(st.text(max_size=2000))
def test_no_text_breaks_the_reading(said: str) -> None:
    keyword_in(said, has_opted_out=True)
    wants_more(said)


def test_a_long_text_of_polite_words_is_read_at_once() -> None:
    assert keyword_in("please " * 16 + "lamp", has_opted_out=False) is None
    assert keyword_in("stop " * 22 + "lamp", has_opted_out=False) is None
