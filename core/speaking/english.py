"""How English is spoken."""

from core.speaking.tongue import Tongue, nouns, pairs

ENGLISH = Tongue(
    code="en",
    months=tuple(
        "January February March April May June July August September October November December".split()
    ),
    month_starts=r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec",
    days=pairs("""
        Mon|Monday
        Tue|Tuesday
        Wed|Wednesday
        Thu|Thursday
        Fri|Friday
        Sat|Saturday
        Sun|Sunday
"""),
    signs=pairs("""
        to|to
        point|point
        minus|minus
        plus|plus
        at|at
        dot|dot
        dash|dash
        underscore|underscore
        slash|slash
        and|and
        or|or
        and/or|and or
        by|by
        times|times
        section|section
        percent|percent
        number|number
        link|a link I can text you
        from|from
        page|page
        hours|o'clock
"""),
    units=nouns("""
        mm|millimetre|millimetres|m
        cm|centimetre|centimetres|m
        m|metre|metres|m
        m²|square metre|square metres|m
        m³|cubic metre|cubic metres|m
        km|kilometre|kilometres|m
        km/h|kilometre per hour|kilometres per hour|m
        mph|mile per hour|miles per hour|m
        g|gram|grams|m
        mg|milligram|milligrams|m
        kg|kilogram|kilograms|m
        lb lbs|pound|pounds|m
        oz|ounce|ounces|m
        ft|foot|feet|m
        l L|litre|litres|m
        ml|millilitre|millilitres|m
        °C|degree Celsius|degrees Celsius|m
        °F|degree Fahrenheit|degrees Fahrenheit|m
        °|degree|degrees|m
        W|watt|watts|m
        kW|kilowatt|kilowatts|m
        kWh|kilowatt hour|kilowatt hours|m
        V|volt|volts|m
        A|amp|amps|m
        mAh|milliamp hour|milliamp hours|m
        lm|lumen|lumens|m
        K|kelvin|kelvin|m
        Hz|hertz|hertz|m
        h hrs|hour|hours|m
        min|minute|minutes|m
        s|second|seconds|m
        MB|megabyte|megabytes|m
        GB|gigabyte|gigabytes|m
"""),
    money={
        "€": (("euro", "euros", "m"), ("cent", "cents", "m")),
        "$": (("dollar", "dollars", "m"), ("cent", "cents", "m")),
        "£": (("pound", "pounds", "m"), ("penny", "pence", "m")),
    },
    money_joint=" and ",
    says_cents=True,
    abbreviations=pairs("""
        e.g.|for example
        i.e.|that is
        etc.|and so on
        approx.|approximately
        No.|number
        no.|number
        vs.|versus
        incl.|including
        max.|at most
        min.|at least
        Mr.|Mister
        Dr.|Doctor
        Sec.|section
        p.|page
        w/o|without
"""),
    order_words=r"orders?|tickets?|case|invoice|tracking|reference|code|pin|account|customer|item",
    year_words=r"in|since|until|by|of|from|year|before|after",
    emphasis=frozenset(
        "NO NOT ALL AND OR NEW ANY THE YOU FOR WE DO IS IT IF ONLY MUST NEVER FREE SALE ON OUT".split()
    ),
    thousands=",",
)
"""How English is spoken."""
