"""How German is spoken."""

from core.speaking.tongue import Tongue, nouns, pairs

GERMAN = Tongue(
    code="de",
    months=tuple(
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
    ),
    month_starts=r"jan|feb|mär|apr|mai|jun|jul|aug|sep|okt|nov|dez",
    days=pairs("""
        Mo|Montag
        Di|Dienstag
        Mi|Mittwoch
        Do|Donnerstag
        Fr|Freitag
        Sa|Samstag
        So|Sonntag
"""),
    signs=pairs("""
        to|bis
        point|Komma
        minus|minus
        plus|plus
        at|ät
        dot|Punkt
        dash|Bindestrich
        underscore|Unterstrich
        slash|Schrägstrich
        and|und
        or|oder
        and/or|und oder
        by|mal
        times|mal
        section|Paragraf
        percent|Prozent
        number|Nummer
        link|ein Link, den ich Ihnen schicken kann
        from|aus
        page|Seite
        hours|Uhr
"""),
    units=nouns("""
        mm|Millimeter|Millimeter|m
        cm|Zentimeter|Zentimeter|m
        m|Meter|Meter|m
        m²|Quadratmeter|Quadratmeter|m
        m³|Kubikmeter|Kubikmeter|m
        km|Kilometer|Kilometer|m
        km/h|Kilometer pro Stunde|Kilometer pro Stunde|m
        g|Gramm|Gramm|n
        mg|Milligramm|Milligramm|n
        kg|Kilogramm|Kilogramm|n
        l L|Liter|Liter|m
        ml|Milliliter|Milliliter|m
        °C|Grad Celsius|Grad Celsius|n
        °|Grad|Grad|n
        W|Watt|Watt|n
        kW|Kilowatt|Kilowatt|n
        kWh|Kilowattstunde|Kilowattstunden|f
        V|Volt|Volt|n
        A|Ampere|Ampere|n
        mAh|Milliamperestunde|Milliamperestunden|f
        lm|Lumen|Lumen|n
        K|Kelvin|Kelvin|n
        Hz|Hertz|Hertz|n
        h Std.|Stunde|Stunden|f
        min Min.|Minute|Minuten|f
        s|Sekunde|Sekunden|f
        MB|Megabyte|Megabyte|n
        GB|Gigabyte|Gigabyte|n
"""),
    money={
        "€": (("Euro", "Euro", "m"), ("Cent", "Cent", "m")),
        "$": (("Dollar", "Dollar", "m"), ("Cent", "Cent", "m")),
        "£": (("Pfund", "Pfund", "n"), ("Penny", "Pence", "m")),
    },
    money_joint=" ",
    says_cents=False,
    abbreviations=pairs("""
        z. B.|zum Beispiel
        z.B.|zum Beispiel
        d. h.|das heißt
        d.h.|das heißt
        u. a.|unter anderem
        u.a.|unter anderem
        usw.|und so weiter
        bzw.|beziehungsweise
        ca.|circa
        Nr.|Nummer
        inkl.|inklusive
        zzgl.|zuzüglich
        ggf.|gegebenenfalls
        evtl.|eventuell
        max.|maximal
        mind.|mindestens
        Hr.|Herr
        Fr.|Frau
        Dr.|Doktor
        Abs.|Absatz
        S.|Seite
        Tel.|Telefon
        Str.|Straße
"""),
    order_words=r"Bestellung|Bestellnummer|Auftrag|Auftragsnummer|Rechnung|Rechnungsnummer|Ticket|Kundennummer|Code|PIN|Sendung",
    year_words=r"Jahr|Jahre|seit|in|von|bis|Anfang|Ende|ab",
    emphasis=frozenset("NICHT KEIN KEINE NUR NEU UND ODER DIE DER DAS SIE WIR ALLE IST NIE JA ZU".split()),
    thousands=".",
)
"""How German is spoken."""
