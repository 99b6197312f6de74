"""Speech-ready text in four languages: what is said for what is written."""

import re
import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.messages import Citation
from core.said_letters import spelled_name
from core.slots.references import digits_said
from core.speaking.number_words import cardinal, ordinal
from core.spoken_text import read_back, sentences_to_speak, spoken, spoken_sources

LANGUAGES = ("en", "es", "de", "fr")
CASES = [
    ("en", "It costs $3.95.", "It costs three dollars and ninety-five cents."),
    ("en", "£60 and £1.01", "sixty pounds and one pound and one penny"),
    ("en", "€0.50 or $1,234", "fifty cents or one thousand two hundred thirty-four dollars"),
    ("en", "Save 15% or 3.5 %.", "Save fifteen percent or three point five percent."),
    ("en", "Ready on 2026-11-22.", "Ready on November twenty-second, twenty twenty-six."),
    ("en", "By 22 Nov 2026 or 3rd May.", "By November twenty-second, twenty twenty-six or May third."),
    ("en", "November 3, 2026", "November third, twenty twenty-six"),
    (
        "en",
        "Due 22.11.2026 or 11/22/2026.",
        "Due November twenty-second, twenty twenty-six or November twenty-second, twenty twenty-six.",
    ),
    ("en", "3 marks and 2 decks", "three marks and two decks"),
    ("en", "You may return 3 items in May 2026", "You may return three items in May twenty twenty-six"),
    ("en", "Order #W1234567, please", "Order W, one two three, four five six seven, please"),
    ("en", "call 1-800-555-0199", "call one, eight zero zero, five five five, zero one nine nine"),
    ("en", "Sept. 4 or 4 Sep", "September fourth or September fourth"),
    ("de", "3 Augen und 2 Maisorten", "drei Augen und zwei Maisorten"),
    ("es", "3 marcas", "tres marcas"),
    ("en", "Open 9–17.", "Open nine to seventeen."),
    ("en", "Mon–Fri, 9am–5pm", "Monday to Friday, nine a.m. to five p.m."),
    ("en", "At 14:30, 00:05 or 12:00.", "At two thirty p.m., twelve oh five a.m. or twelve p.m."),
    ("en", "At 9:05 a.m. sharp", "At nine oh five a.m. sharp"),
    ("en", "Order #L20418 is here.", "Order L, two zero four one eight is here."),
    ("en", "Order 20418 shipped.", "Order two zero four one eight shipped."),
    ("en", "Invoice number 1234567", "Invoice number one two three, four five six seven"),
    ("en", "Code AB-12-XY9", "Code A B, one two, X Y, nine"),
    ("en", "Fits A4 and E27.", "Fits A four and E twenty-seven."),
    (
        "en",
        "Call +44 20 7946 0958.",
        "Call plus four four, two zero, seven nine four six, zero nine five eight.",
    ),
    ("en", "Phone: (555) 010-2345", "Phone: five five five, zero one zero, two three four five"),
    ("en", "Write to help.desk@shop.example.", "Write to help dot desk at shop dot example."),
    ("en", "See https://shop.example/returns?id=4.", "See a link I can text you."),
    ("en", "Go to www.shop.example", "Go to shop dot example"),
    ("en", "30 × 40 cm", "thirty by forty centimetres"),
    ("en", "It is -5 °C, not 1 °C.", "It is minus five degrees Celsius, not one degree Celsius."),
    ("en", "60 W, 12 V and 806 lm", "sixty watts, twelve volts and eight hundred six lumens"),
    (
        "en",
        "1 kg or 2.5 kg at 30 km/h",
        "one kilogram or two point five kilograms at thirty kilometres per hour",
    ),
    ("en", "12 m² of 8 mm glass", "twelve square metres of eight millimetres glass"),
    ("en", "e.g. glass, i.e. glass", "for example glass, that is glass"),
    ("en", "approx. 3 days, No. 7", "approximately three days, number seven"),
    ("en", "bulbs, cables, etc.", "bulbs, cables, and so on."),
    ("en", "- **Free** returns [1][2]", "Free returns"),
    ("en", "# Returns", "Returns"),
    ("en", "tea & coffee and/or cake", "tea and coffee and or cake"),
    ("en", "see § 4", "see section four"),
    ("en", "LED and USB", "L E D and U S B"),
    ("en", "NASA says OK", "NASA says OK"),
    ("en", "This is NOT free", "This is not free"),
    ("en", "Thanks 😀!", "Thanks!"),
    ("en", "Refunds (if any) take 5 days.", "Refunds, if any, take five days."),
    ("en", "the 22nd and 101st", "the twenty-second and one hundred first"),
    ("en", "Since 2019 we sold 2019 lamps.", "Since twenty nineteen we sold two thousand nineteen lamps."),
    ("en", "1,000,000 or 1000", "one million or one thousand"),
    ("en", "0.05 and 007", "zero point zero five and zero zero seven"),
    ("en", "version 3.1.2", "version three point one point two"),
    ("en", "[Returns](https://shop.example/r) apply", "Returns apply"),
    ("en", "2× faster", "two times faster"),
    ("en", "Sizes 5-10 kg", "Sizes five to ten kilograms"),
    ("en", "Wait – 3 days", "Wait, three days"),
    ("en", "24/7", "twenty-four seven"),
    ("en", "1/2", "one slash two"),
    ("de", "Das kostet 6,90 €.", "Das kostet sechs Euro neunzig."),
    ("de", "€ 1.234,50", "tausendzweihundertvierunddreißig Euro fünfzig"),
    ("de", "1 € und 1 £", "ein Euro und ein Pfund"),
    ("de", "15 % Rabatt", "fünfzehn Prozent Rabatt"),
    ("de", "am 22.11.2026", "am zweiundzwanzigsten November zweitausendsechsundzwanzig"),
    ("de", "22. November 2026", "zweiundzwanzigster November zweitausendsechsundzwanzig"),
    ("de", "der 3. Oktober", "der dritte Oktober"),
    ("de", "bis 2026-11-01", "bis ersten November zweitausendsechsundzwanzig"),
    ("de", "um 9:30 Uhr", "um neun Uhr dreißig"),
    ("de", "9.30 Uhr oder 1 Uhr", "neun Uhr dreißig oder ein Uhr"),
    ("de", "Mo–Fr 9–17 Uhr", "Montag bis Freitag neun bis siebzehn Uhr"),
    ("de", "z. B. Glas, d. h. Glas", "zum Beispiel Glas, das heißt Glas"),
    ("de", "Nr. 7, ca. 12 Tage", "Nummer sieben, circa zwölf Tage"),
    ("de", "Bestellung #L20418", "Bestellung L, zwei null vier eins acht"),
    ("de", "Bestellnummer 20418", "Bestellnummer zwei null vier eins acht"),
    (
        "de",
        "Rufen Sie 030 1234567 an.",
        "Rufen Sie null drei null, eins zwei drei, vier fünf sechs sieben an.",
    ),
    ("de", "hilfe@laden.example", "hilfe ät laden Punkt example"),
    ("de", "https://laden.example/hilfe", "ein Link, den ich Ihnen schicken kann"),
    ("de", "3,5 km/h", "drei Komma fünf Kilometer pro Stunde"),
    ("de", "-5 °C", "minus fünf Grad Celsius"),
    ("de", "1 Stunde, 1 Tag", "eine Stunde, ein Tag"),
    ("de", "60 W und 806 lm", "sechzig Watt und achthundertsechs Lumen"),
    ("de", "30 × 40 cm", "dreißig mal vierzig Zentimeter"),
    ("de", "1.000 Stück", "tausend Stück"),
    ("de", "§ 4 Abs. 2", "Paragraf vier Absatz zwei"),
    ("de", "und/oder", "und oder"),
    ("de", "LED & USB", "L E D und U S B"),
    ("de", "im 3. Stock", "im dritten Stock"),
    ("de", "seit 1998", "seit neunzehnhundertachtundneunzig"),
    ("de", "0,05", "null Komma null fünf"),
    ("de", "Das ist NICHT frei [3].", "Das ist nicht frei."),
    ("de", "1 h 21 min", "eine Stunde einundzwanzig Minuten"),
    ("es", "Cuesta 6,90 €.", "Cuesta seis euros con noventa."),
    ("es", "21 € y 1 £", "veintiún euros y una libra"),
    ("es", "$1.234,50", "mil doscientos treinta y cuatro dólares con cincuenta"),
    ("es", "15 %", "quince por ciento"),
    ("es", "el 22/11/2026", "el veintidós de noviembre de dos mil veintiséis"),
    ("es", "22 nov 2026", "veintidós de noviembre de dos mil veintiséis"),
    ("es", "2026-05-01", "uno de mayo de dos mil veintiséis"),
    ("es", "a las 14:30", "a las catorce treinta"),
    ("es", "a las 13:00", "a las trece en punto"),
    ("es", "Lun–Vie 9–17", "lunes a viernes nueve a diecisiete"),
    ("es", "p. ej. vidrio", "por ejemplo vidrio"),
    ("es", "n.º 7 y aprox. 3", "número siete y aproximadamente tres"),
    ("es", "Pedido #L20418", "Pedido L, dos cero cuatro uno ocho"),
    ("es", "pedido 20418", "pedido dos cero cuatro uno ocho"),
    ("es", "21 días y 1 semana", "veintiún días y una semana"),
    ("es", "31 lámparas", "treinta y una lámparas"),
    ("es", "3,5 km/h", "tres coma cinco kilómetros por hora"),
    ("es", "-5 °C", "menos cinco grados Celsius"),
    ("es", "1 h", "una hora"),
    ("es", "1.º y 2ª", "primero y segunda"),
    ("es", "y/o", "y o"),
    ("es", "té & café", "té y café"),
    ("es", "LED y USB", "L E D y U S B"),
    ("es", "ayuda@tienda.example", "ayuda arroba tienda punto example"),
    (
        "es",
        "Llame al +34 912 345 678",
        "Llame al más tres cuatro, nueve uno dos, tres cuatro cinco, seis siete ocho",
    ),
    ("es", "30 × 40 cm", "treinta por cuarenta centímetros"),
    ("es", "1.000.000", "un millón"),
    ("es", "100 y 101", "cien y ciento uno"),
    ("fr", "Cela coûte 6,90 €.", "Cela coûte six euros quatre-vingt-dix."),
    ("fr", "21 £ et 1 €", "vingt et une livres et un euro"),
    ("fr", "1 234,50 €", "mille deux cent trente-quatre euros cinquante"),
    ("fr", "71 %", "soixante et onze pour cent"),
    ("fr", "le 22/11/2026", "le vingt-deux novembre deux mille vingt-six"),
    ("fr", "le 1er mai 2026", "le premier mai deux mille vingt-six"),
    ("fr", "2026-05-01", "premier mai deux mille vingt-six"),
    ("fr", "à 14h30", "à quatorze heures trente"),
    ("fr", "à 9 h", "à neuf heures"),
    ("fr", "de 9–17", "de neuf à dix-sept"),
    ("fr", "p. ex. du verre", "par exemple du verre"),
    ("fr", "n° 7, env. 3 jours", "numéro sept, environ trois jours"),
    ("fr", "Commande #L20418", "Commande L, deux zéro quatre un huit"),
    ("fr", "commande 20418", "commande deux zéro quatre un huit"),
    (
        "fr",
        "appelez le 01 42 68 53 00",
        "appelez le zéro un, quarante-deux, soixante-huit, cinquante-trois, zéro zéro",
    ),
    ("fr", "aide@boutique.example", "aide arobase boutique point example"),
    ("fr", "-5 °C", "moins cinq degrés Celsius"),
    ("fr", "1 h et 21 min", "une heure et vingt et une minutes"),
    ("fr", "80, 81, 91 et 99", "quatre-vingts, quatre-vingt-un, quatre-vingt-onze et quatre-vingt-dix-neuf"),
    ("fr", "200 et 201", "deux cents et deux cent un"),
    ("fr", "3,5 km/h", "trois virgule cinq kilomètres par heure"),
    ("fr", "la 2e et le 9ème", "la deuxième et le neuvième"),
    ("fr", "et/ou", "et ou"),
    ("fr", "thé & café", "thé et café"),
    ("fr", "LED et USB", "L E D et U S B"),
    ("fr", "30 × 40 cm", "trente sur quarante centimètres"),
    ("fr", "16 Go", "seize gigaoctets"),
]


@pytest.mark.parametrize(("language", "written", "said"), CASES)
def test_a_text_is_said_as_a_speaker_would(language: str, written: str, said: str) -> None:
    assert spoken(written, language) == said


@pytest.mark.parametrize(("language", "written", "said"), CASES)
def test_what_is_said_stays_as_it_is_when_said_again(language: str, written: str, said: str) -> None:
    assert spoken(said, language) == said


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=200), st.sampled_from((*LANGUAGES, "xx", "", "de-AT")))
def test_any_text_can_be_said_and_leaves_no_digit(text: str, language: str) -> None:
    assert not any(unicodedata.category(each) == "Nd" for each in spoken(text, language))


@settings(deadline=None, max_examples=150)
@given(st.text("0123456789 .,:/-–#$€£%×()[]*ahmTZ@\n", max_size=120), st.sampled_from(LANGUAGES))
def test_numbers_and_signs_in_any_order_can_be_said(text: str, language: str) -> None:
    assert not re.search("[0-9]", spoken(text, language))


@settings(deadline=None, max_examples=150)
@given(st.text(string.digits, min_size=3, max_size=20), st.sampled_from(LANGUAGES))
def test_an_order_number_loses_no_digit(digits: str, language: str) -> None:
    assert digits_said(read_back(f"#LX{digits}", language)) == digits
    assert digits_said(spoken(f"#LX{digits}.", language)) == digits


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_numbers_sound_the_same(language: str) -> None:
    assert len({cardinal(number, language) for number in range(3000)}) == 3000
    assert len({ordinal(number, language) for number in range(1, 100)}) == 99


@pytest.mark.parametrize(
    "piece", ["1", "1,", "[1", "(", "a@", "#A1-", "*_", "http://", "A-1/", "12 ", "- ", "1:", "£"]
)
def test_hostile_text_is_said_without_end_of_patience(piece: str) -> None:
    assert isinstance(spoken(piece * 4000, "en"), str)


def test_the_first_sentence_comes_first() -> None:
    speech = sentences_to_speak("It costs $3.95. [1] It ships by 5 May. 😀", "en")
    assert next(speech) == "It costs three dollars and ninety-five cents."
    assert list(speech) == ["It ships by May fifth."]


def test_sources_are_one_short_phrase() -> None:
    citation = Citation(
        n=1, document_id="d", passage_id="p", title="Returns and refunds.pdf", url="", page=3, heading="",
        quote="", start=0, end=0, source_start=0, source_end=0,
    )  # fmt: skip
    assert spoken_sources([citation], "en") == "from Returns and refunds, page three"
    assert spoken_sources([citation], "de") == "aus Returns and refunds, Seite drei"
    assert spoken_sources([], "en") == ""


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("B as in Bravo, e, n", "Ben"),
        ("M wie Martha, ü, double l, e, r", "Müller"),
        ("Anton Nordpol Nordpol Emil", "Anne"),
        ("jay o aitch en", "John"),
        ("P comme Pierre, a, u, l", "Paul"),
        ("hello there", ""),
        ("", ""),
    ],
)
def test_a_spelled_name_is_put_together(said: str, name: str) -> None:
    assert spelled_name(said) == name


@given(st.text(max_size=200))
def test_any_words_can_be_taken_for_spelling(said: str) -> None:
    assert isinstance(spelled_name(said), str)
