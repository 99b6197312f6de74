"""How Spanish is spoken."""

from core.speaking.tongue import Tongue, nouns, pairs

SPANISH = Tongue(
    code="es",
    months=tuple(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
    ),
    month_starts=r"ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic",
    days=pairs("""
        Lun|lunes
        Mié|miércoles
        Jue|jueves
        Vie|viernes
        Sáb|sábado
        Dom|domingo
        lun|lunes
        mar|martes
        mié|miércoles
        jue|jueves
        vie|viernes
        sáb|sábado
        dom|domingo
"""),
    signs=pairs("""
        to|a
        point|coma
        minus|menos
        plus|más
        at|arroba
        dot|punto
        dash|guion
        underscore|guion bajo
        slash|barra
        and|y
        or|o
        and/or|y o
        by|por
        times|por
        section|artículo
        percent|por ciento
        number|número
        link|un enlace que puedo enviarle
        from|de
        page|página
        hours|horas
"""),
    units=nouns("""
        mm|milímetro|milímetros|m
        cm|centímetro|centímetros|m
        m|metro|metros|m
        m²|metro cuadrado|metros cuadrados|m
        m³|metro cúbico|metros cúbicos|m
        km|kilómetro|kilómetros|m
        km/h|kilómetro por hora|kilómetros por hora|m
        g|gramo|gramos|m
        mg|miligramo|miligramos|m
        kg|kilogramo|kilogramos|m
        l L|litro|litros|m
        ml|mililitro|mililitros|m
        °C|grado Celsius|grados Celsius|m
        °|grado|grados|m
        W|vatio|vatios|m
        kW|kilovatio|kilovatios|m
        kWh|kilovatio hora|kilovatios hora|m
        V|voltio|voltios|m
        A|amperio|amperios|m
        mAh|miliamperio hora|miliamperios hora|m
        lm|lumen|lúmenes|m
        K|kelvin|kelvin|m
        Hz|hercio|hercios|m
        h|hora|horas|f
        min|minuto|minutos|m
        s|segundo|segundos|m
        MB|megabyte|megabytes|m
        GB|gigabyte|gigabytes|m
"""),
    money={
        "€": (("euro", "euros", "m"), ("céntimo", "céntimos", "m")),
        "$": (("dólar", "dólares", "m"), ("centavo", "centavos", "m")),
        "£": (("libra", "libras", "f"), ("penique", "peniques", "m")),
    },
    money_joint=" con ",
    says_cents=False,
    abbreviations=pairs("""
        p. ej.|por ejemplo
        p.ej.|por ejemplo
        etc.|etcétera
        aprox.|aproximadamente
        n.º|número
        nº|número
        N.º|número
        núm.|número
        Sr.|señor
        Sra.|señora
        Dr.|doctor
        Dra.|doctora
        máx.|máximo
        mín.|mínimo
        incl.|incluido
        tel.|teléfono
        Tel.|teléfono
        pág.|página
        art.|artículo
        EE. UU.|Estados Unidos
        Ud.|usted
"""),
    order_words=r"pedidos?|factura|ticket|caso|referencia|código|cliente|seguimiento|envío|pin",
    year_words=r"año|desde|en|de|hasta",
    emphasis=frozenset("NO SÍ SI UN EL LA LOS LAS Y O DE QUE NUNCA SOLO GRATIS TODO MUY".split()),
    thousands=".",
)
"""How Spanish is spoken."""
