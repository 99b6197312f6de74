"""How French is spoken."""

from core.speaking.tongue import Tongue, nouns, pairs

FRENCH = Tongue(
    code="fr",
    months=tuple(
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
    ),
    month_starts=r"janv|févr|mars|avr|mai|juin|juil|août|sept|oct|nov|déc",
    days=pairs("""
        Lun|lundi
        Mer|mercredi
        Jeu|jeudi
        Ven|vendredi
        Sam|samedi
        Dim|dimanche
        lun|lundi
        mar|mardi
        mer|mercredi
        jeu|jeudi
        ven|vendredi
        sam|samedi
        dim|dimanche
"""),
    signs=pairs("""
        to|à
        point|virgule
        minus|moins
        plus|plus
        at|arobase
        dot|point
        dash|tiret
        underscore|tiret bas
        slash|barre
        and|et
        or|ou
        and/or|et ou
        by|sur
        times|fois
        section|article
        percent|pour cent
        number|numéro
        link|un lien que je peux vous envoyer
        from|d'après
        page|page
        hours|heures
"""),
    units=nouns("""
        mm|millimètre|millimètres|m
        cm|centimètre|centimètres|m
        m|mètre|mètres|m
        m²|mètre carré|mètres carrés|m
        m³|mètre cube|mètres cubes|m
        km|kilomètre|kilomètres|m
        km/h|kilomètre par heure|kilomètres par heure|m
        g|gramme|grammes|m
        mg|milligramme|milligrammes|m
        kg|kilogramme|kilogrammes|m
        l L|litre|litres|m
        ml|millilitre|millilitres|m
        °C|degré Celsius|degrés Celsius|m
        °|degré|degrés|m
        W|watt|watts|m
        kW|kilowatt|kilowatts|m
        kWh|kilowattheure|kilowattheures|m
        V|volt|volts|m
        A|ampère|ampères|m
        mAh|milliampère-heure|milliampères-heures|m
        lm|lumen|lumens|m
        K|kelvin|kelvins|m
        Hz|hertz|hertz|m
        h|heure|heures|f
        min|minute|minutes|f
        s|seconde|secondes|f
        Mo|mégaoctet|mégaoctets|m
        Go|gigaoctet|gigaoctets|m
"""),
    money={
        "€": (("euro", "euros", "m"), ("centime", "centimes", "m")),
        "$": (("dollar", "dollars", "m"), ("cent", "cents", "m")),
        "£": (("livre", "livres", "f"), ("penny", "pence", "m")),
    },
    money_joint=" ",
    says_cents=False,
    abbreviations=pairs("""
        p. ex.|par exemple
        p.ex.|par exemple
        c.-à-d.|c'est-à-dire
        c.à.d.|c'est-à-dire
        etc.|et cetera
        env.|environ
        n°|numéro
        N°|numéro
        nº|numéro
        M.|Monsieur
        Mme|Madame
        Mlle|Mademoiselle
        Dr|docteur
        max.|maximum
        min.|minimum
        tél.|téléphone
        Tél.|téléphone
        art.|article
"""),
    order_words=r"commandes?|facture|ticket|dossier|référence|code|client|suivi|colis|pin",
    year_words=r"année|depuis|en|an|dès",
    emphasis=frozenset("NE PAS NON OUI ET OU LE LA LES UN UNE DES TOUT TRÈS VOUS JAMAIS".split()),
    thousands=" \u00a0\u202f",
)
"""How French is spoken."""
