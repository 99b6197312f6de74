"""Abuse: what is said plainly or thinly dressed in four languages, and what only looks like it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.abuse import AbuseLevel, judge

PROFANE = """\
Where the fuck is my order?
wtf is this
This is bullshit, the lamp is broken again
what the f*ck
f u c k this
sh1t quality
holy sh!t that was fast
FUUUUCK
damn, the bulb broke
The website is a fucking mess
your f**king website is down
can you fucking help me
Qué mierda de servicio
joder, otra vez roto
¿Dónde coño está mi pedido?
Scheiße, schon wieder kaputt
verdammt noch mal, wo ist mein Paket
so ein Scheißladen
Putain, où est ma commande ?
c'est de la merde
fait chier, encore en retard"""

ABUSIVE = """\
fuck you
F.U.C.K y0u
You are a useless bot
you're an idiot
you are all liars
You people are thieves
you fucking morons
you stupid bot
stupid chatbot
you piece of shit
Go to hell!
shut up
screw you and your lamps
your staff are idiots
a$$hole
you b1tch
you are such a pathetic clown
assholes!!!
u r dumb
eat shit
eres un idiota
sois unos ladrones
hijo de puta
vete a la mierda
gilipollas
Du bist ein Idiot
ihr seid alle Betrüger
Arschloch
fick dich
halt die Fresse
Leck mich am Arsch
connard
tu es vraiment stupide
vous êtes des voleurs
va te faire foutre
ta gueule
espèce de salope"""

THREATENING = """\
I will kill you
I'm going to find out, I know where you live
i'm gonna shoot you
I'll hunt you down
I will burn down your shop
you are dead
watch your back
I'm coming with a gun
kill yourself
I hope you die
te voy a matar
sé dónde vives
Ich bringe dich um
ich weiß wo du wohnst
je vais te tuer
je sais où tu habites"""

SELF_HARM = """\
I want to kill myself
i just want to die
I don't want to live anymore
I am suicidal
thinking about suicide
I'm going to end my life
I have been self-harming
no reason to live
quiero morirme
no quiero vivir
me quiero matar
Ich will nicht mehr leben
ich möchte sterben
Ich denke daran, mich umzubringen oder mich umbringen zu lassen
je veux mourir
j'ai envie de mourir
je vais me suicider"""

NOTHING = """\
Do you ship to Scunthorpe?
I live in Penistone near Cockfosters and Lightwater
Clitheroe, Essex, Sussex and Middlesex
The class has an assistant for assessment
My name is Dick Cockburn
Dr Hancock and Mrs Shitake ordered shiitake mushrooms
I need a cocktail glass and a bass amp
Is the grass-green lamp in stock?
A mosquito bit me, is there a bite cream?
The battery will die soon, my plant is going to die
How do I kill the process?
I'll shoot you an email tomorrow
I will beat the deadline
You're dead right about that
This lamp is dead
Can you take back the garbage bin?
Do you sell trash bags for you and me?
I cut myself on the glass, is that covered by the warranty?
I do not want to hurt myself when I mount it
I'm dying to see it, I could die of laughter
the bulb blew up, please replace it
I want to burn a CD
Can I bring a knife in hand luggage?
Is this shop for dummies?
My order 5417 is late
5h17 or 17h
Does the A55 fit a B455 socket?
How do I reset my password?
I am very disappointed with your service
This is unacceptable, I want my money back
This bot does not help me, I want a person
I will sue you
That was a stupid mistake of mine
I feel dumb asking this
Is the lamp a thief magnet?
¿Cuánto cuesta el envío a Putxet?
Necesito un disputado recibo
computadora y reputación
El gato está en la caja
Ich zünde die Kerze an
Das Produkt ist dicht und dick
Ist das Ding wasserdicht?
J'ai une chambre à air crevée
Le député et la réputation
Mon chien va mourir de faim
une bite d'amarrage
Nous sommes nuls en bricolage
Wie lange dauert die Lieferung?
Vielen Dank für die Hilfe
gracias por la ayuda
Merci beaucoup
The die-cast dice set
Is the suicide prevention hotline number on your site?
U.S.A. A.B.C. list
George F. Miller and Mr. S. T. wrote it"""


def table(level: AbuseLevel, lines: str) -> list[tuple[str, AbuseLevel]]:
    return [(line, level) for line in lines.splitlines()]


@pytest.mark.parametrize(
    ("said", "level"),
    [
        *table(AbuseLevel.PROFANE, PROFANE),
        *table(AbuseLevel.ABUSIVE, ABUSIVE),
        *table(AbuseLevel.THREATENING, THREATENING),
        *table(AbuseLevel.SELF_HARM, SELF_HARM),
        *table(AbuseLevel.NONE, NOTHING),
    ],
)
def test_a_message_is_judged_at_its_level(said: str, level: AbuseLevel) -> None:
    assert judge(said).level is level, judge(said)


def test_what_must_reach_a_person_says_so_and_names_its_kinds() -> None:
    assert judge("You idiot, I will kill you").needs_person
    assert set(judge("You idiot, I will kill you").kinds) == {"threat", "insult"}
    assert judge("I want to die").needs_person
    assert not judge("you idiot").needs_person
    assert judge("hello").kinds == ()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_message_is_too_strange_to_be_judged(text: str) -> None:
    assert judge(text).level in AbuseLevel
