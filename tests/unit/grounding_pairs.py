"""Drafted sentences beside the passage they cite, and whether it carries them.

`PAIRS` set the threshold; `HELD_OUT` and `UNSEEN` were written later, showed errors, and are held
to since. Each entry is (carried, kind, draft, passage).
"""

RETURNS = (
    "You may return unused items within 30 days of delivery for a full refund. "
    "Gift cards and final-sale items are not refundable. "
    "Refunds are issued to the original payment method within 5 to 7 business days. "
    "Return shipping costs $6.95 unless the item arrived damaged."
)
SHIPPING = (
    "Standard shipping takes 5 business days and costs $4. "
    "Express shipping takes 2 business days and costs $12. "
    "Orders over $1,000 ship free within the United States. "
    "We do not ship to P.O. boxes or to Hawaii."
)
TABLE = (
    "Plan | Price | Storage\nBasic | $5 a month | 10 GB\n"
    "Pro | $12 a month | 100 GB\nTeam | $30 a month | 1 TB"
)
PEOPLE = (
    "Maria Lopez handles billing questions and can be reached at maria@example.com. "
    "John Smith handles sales questions; call him at +1 555-123-4567. "
    "The office in Boston opens at 9 a.m. and closes at 5:30 p.m. on weekdays."
)
BANK = (
    "To dispute a charge, open the app, select the transaction and press Dispute. "
    "You must dispute a charge within 60 days of the statement date. "
    "A temporary credit may be issued while we investigate. "
    "The investigation can take up to 45 days. Foreign transaction fees are 3% of the amount."
)
WARRANTY = (
    "The warranty covers defects in materials for two years from the date of purchase. "
    "It does not cover accidental damage or normal wear. "
    "Batteries are covered for twelve months. "
    "To claim, send form W-12 and your receipt to claims@acme.example before March 5, 2025."
)
GOLD = "Gold members get free shipping; silver members pay $5 per order. Members can cancel at any time."
SPANISH = (
    "Puede devolver los artículos sin usar en un plazo de 30 días. "
    "Las tarjetas regalo no son reembolsables. El envío estándar tarda cinco días y cuesta 4 €."
)
GERMAN = (
    "Sie können unbenutzte Artikel innerhalb von 30 Tagen zurückgeben. "
    "Geschenkkarten sind nicht erstattungsfähig. Der Versand kostet 4,90 € und dauert drei Tage."
)
FRENCH = (
    "Vous pouvez retourner les articles dans un délai de 30 jours. "
    "Les cartes cadeaux ne sont pas remboursables. La livraison coûte 5 €."
)
JAPANESE = "返品は商品到着後30日以内に可能です。ギフトカードは返金できません。送料は500円です。"
RUSSIAN = "Возврат товара возможен в течение 30 дней. Подарочные карты не подлежат возврату."

PAIRS = [
    (True, "verbatim", "Gift cards and final-sale items are not refundable.", RETURNS),
    (True, "verbatim", "Members can cancel at any time.", GOLD),
    (True, "verbatim", "Pro | $12 a month | 100 GB", TABLE),
    (True, "paraphrase", "Unused items can be returned within 30 days of delivery.", RETURNS),
    (True, "paraphrase", "You can return unused items for a full refund within 30 days.", RETURNS),
    (True, "paraphrase", "Gift cards are not refundable.", RETURNS),
    (True, "paraphrase", "Gift cards are nonrefundable.", RETURNS),
    (
        True,
        "paraphrase",
        "Refunds are issued within 5-7 business days to your original payment method.",
        RETURNS,
    ),
    (True, "paraphrase", "Return shipping costs $6.95.", RETURNS),
    (True, "paraphrase", "Standard shipping takes five business days.", SHIPPING),
    (True, "paraphrase", "Express shipping costs $12 and takes 2 business days.", SHIPPING),
    (True, "paraphrase", "Orders over $1000 ship free in the United States.", SHIPPING),
    (True, "paraphrase", "We don't ship to Hawaii.", SHIPPING),
    (True, "paraphrase", "Standard shipping costs $4 and express shipping costs $12.", SHIPPING),
    (True, "paraphrase", "Express shipping costs 12 dollars.", SHIPPING),
    (True, "paraphrase", "The Pro plan costs $12 a month.", TABLE),
    (True, "paraphrase", "You can reach Maria Lopez at maria@example.com.", PEOPLE),
    (True, "paraphrase", "Maria Lopez handles questions about billing.", PEOPLE),
    (True, "paraphrase", "Call John Smith at 555-123-4567.", PEOPLE),
    (True, "paraphrase", "The Boston office opens at 9:00 am.", PEOPLE),
    (True, "paraphrase", "The office closes at 17:30 on weekdays.", PEOPLE),
    (True, "paraphrase", "Open the app, select the transaction and press Dispute.", BANK),
    (True, "paraphrase", "You must dispute the charge within 60 days of the statement date.", BANK),
    (True, "paraphrase", "The investigation takes up to 45 days.", BANK),
    (True, "paraphrase", "Foreign transaction fees are 3 percent.", BANK),
    (True, "paraphrase", "The warranty covers defects in materials for 2 years.", WARRANTY),
    (True, "paraphrase", "Accidental damage is not covered.", WARRANTY),
    (True, "paraphrase", "Batteries are covered for 12 months.", WARRANTY),
    (True, "paraphrase", "Send form W-12 and your receipt to claims@acme.example.", WARRANTY),
    (True, "paraphrase", "Send the form before 2025-03-05.", WARRANTY),
    (True, "paraphrase", "Silver members pay $5 per order.", GOLD),
    (True, "paraphrase", "Gold members get free shipping.", GOLD),
    (True, "two sentences", "Dispute the charge within 60 days; the investigation can take 45 days.", BANK),
    (True, "other language", "Las tarjetas regalo no son reembolsables.", SPANISH),
    (True, "other language", "Los artículos sin usar se pueden devolver en 30 días.", SPANISH),
    (True, "other language", "El envío tarda 5 días.", SPANISH),
    (True, "other language", "Der Versand dauert 3 Tage.", GERMAN),
    (True, "other language", "Les articles peuvent être retournés dans un délai de 30 jours.", FRENCH),
    (True, "other language", "返品は到着後30日以内に可能です。", JAPANESE),
    (True, "other language", "Возврат возможен в течение 30 дней.", RUSSIAN),
    (False, "number", "Unused items can be returned within 60 days of delivery.", RETURNS),
    (False, "number", "Refunds are issued within 5 to 10 business days.", RETURNS),
    (False, "number", "Return shipping costs $9.95.", RETURNS),
    (False, "number", "Orders over $100 ship free within the United States.", SHIPPING),
    (False, "number", "Standard shipping takes 2 business days.", SHIPPING),
    (False, "number", "Standard shipping costs $12.", SHIPPING),
    (False, "number", "The Basic plan costs $12 a month.", TABLE),
    (False, "number", "The Pro plan has 10 GB of storage.", TABLE),
    (False, "number", "The Boston office opens at 9 p.m. on weekdays.", PEOPLE),
    (False, "number", "The office closes at 6:30 p.m. on weekdays.", PEOPLE),
    (False, "number", "The investigation can take up to 60 days.", BANK),
    (False, "number", "The investigation can take up to 45 weeks.", BANK),
    (False, "number", "Foreign transaction fees are $3.", BANK),
    (False, "number", "Foreign transaction fees are 30% of the amount.", BANK),
    (False, "number", "Batteries are covered for two years.", WARRANTY),
    (False, "number", "Send form W-21 and your receipt to claims@acme.example.", WARRANTY),
    (False, "number", "Send the form before May 5, 2025.", WARRANTY),
    (False, "entity", "Maria Lopez handles sales questions.", PEOPLE),
    (False, "entity", "John Smith handles billing questions.", PEOPLE),
    (False, "entity", "Sales questions are handled by Maria Lopez.", PEOPLE),
    (False, "entity", "John Smith can be reached at maria@example.com.", PEOPLE),
    (False, "entity", "You can reach Maria Lopez at marie@example.com.", PEOPLE),
    (False, "entity", "The office in Chicago opens at 9 a.m. on weekdays.", PEOPLE),
    (False, "entity", "Gold members pay $5 per order.", GOLD),
    (False, "entity", "Silver members get free shipping.", GOLD),
    (False, "entity", "We do not ship to P.O. boxes or to Alaska.", SHIPPING),
    (False, "negation", "Gift cards and final-sale items are refundable.", RETURNS),
    (False, "negation", "Gift cards are refundable.", RETURNS),
    (False, "negation", "Unused items cannot be returned within 30 days of delivery.", RETURNS),
    (False, "negation", "We ship to P.O. boxes and to Hawaii.", SHIPPING),
    (False, "negation", "The warranty covers accidental damage and normal wear.", WARRANTY),
    (False, "negation", "Batteries are not covered.", WARRANTY),
    (False, "negation", "Members can never cancel.", GOLD),
    (False, "negation", "A temporary credit may not be issued while we investigate.", BANK),
    (False, "negation", "Las tarjetas regalo son reembolsables.", SPANISH),
    (False, "negation", "Geschenkkarten sind erstattungsfähig.", GERMAN),
    (False, "negation", "Les cartes cadeaux sont remboursables.", FRENCH),
    (False, "negation", "ギフトカードは返金できます。", JAPANESE),
    (False, "negation", "Подарочные карты подлежат возврату.", RUSSIAN),
    (False, "number", "返品は商品到着後14日以内に可能です。", JAPANESE),
    (False, "number", "El envío estándar tarda diez días.", SPANISH),
    (
        False,
        "addition",
        "Unused items can be returned within 30 days at any of our stores nationwide.",
        RETURNS,
    ),
    (False, "addition", "Return shipping is free.", RETURNS),
    (False, "addition", "Express shipping is available on weekends and holidays.", SHIPPING),
    (False, "addition", "A temporary credit is guaranteed while we investigate.", BANK),
    (False, "addition", "The warranty covers defects and includes a loaner device.", WARRANTY),
    (False, "addition", "Members can cancel at any time and keep their loyalty points.", GOLD),
    (False, "nothing of it", "Our support team is happy to help you further.", RETURNS),
    (False, "nothing of it", "Paris is the capital of France.", SHIPPING),
    (False, "opposite", "You must dispute a charge after 60 days of the statement date.", BANK),
    (False, "opposite", "Orders under $1,000 ship free within the United States.", SHIPPING),
]

HOTEL = (
    "Check-in starts at 3 p.m. and check-out is at 11 a.m. Late check-out until 2 p.m. costs €25. "
    "Breakfast is served from 7 to 10:30 in the restaurant on the first floor. "
    "Pets are not allowed, except service animals. Parking is free for hotel guests. "
    "Children under six stay free in their parents' room."
)
INSURANCE = (
    "Policyholders may cancel within 14 days of receiving the policy without any fee. "
    "After that period, a cancellation fee of 35 dollars applies. "
    "Claims must be reported to the Claims Department within 48 hours. "
    "Flood damage is excluded from the basic policy but included in Premium Plus."
)
SOFTWARE = (
    "Version 4.2 requires Windows 11 or macOS 14. Older versions of Windows are no longer supported. "
    "To reset your password, choose Forgot password on the login page and follow the link in the e-mail. "
    "The link expires after 15 minutes. Free accounts are limited to three projects and 500 MB. "
    "See https://docs.example.com/limits for details."
)
HELD_OUT = [
    (True, "paraphrase", "Check-in is at 3 pm.", HOTEL),
    (True, "paraphrase", "You can check out late, until 2 p.m., for €25.", HOTEL),
    (True, "paraphrase", "Breakfast is served in the restaurant on the first floor.", HOTEL),
    (True, "paraphrase", "Pets are not allowed.", HOTEL),
    (True, "paraphrase", "Hotel guests park for free.", HOTEL),
    (True, "paraphrase", "Children under 6 stay free.", HOTEL),
    (True, "paraphrase", "You may cancel within 14 days of receiving the policy without a fee.", INSURANCE),
    (True, "paraphrase", "After that, a $35 cancellation fee applies.", INSURANCE),
    (True, "paraphrase", "Report claims to the Claims Department within 48 hours.", INSURANCE),
    (True, "paraphrase", "Flood damage is included in Premium Plus.", INSURANCE),
    (True, "paraphrase", "The basic policy excludes flood damage.", INSURANCE),
    (True, "paraphrase", "Version 4.2 requires macOS 14 or Windows 11.", SOFTWARE),
    (True, "paraphrase", "Choose Forgot password on the login page.", SOFTWARE),
    (True, "paraphrase", "The link expires in 15 minutes.", SOFTWARE),
    (True, "paraphrase", "Free accounts can have 3 projects and 500 MB.", SOFTWARE),
    (True, "paraphrase", "Details are at docs.example.com/limits.", SOFTWARE),
    (True, "paraphrase", "Older versions of Windows aren't supported any longer.", SOFTWARE),
    (True, "paraphrase", "To reset the password, follow the link in the e-mail.", SOFTWARE),
    (False, "number", "Check-in starts at 11 a.m.", HOTEL),
    (False, "number", "Late check-out costs $25.", HOTEL),
    (False, "number", "Children under 16 stay free in their parents' room.", HOTEL),
    (False, "number", "You may cancel within 48 hours of receiving the policy.", INSURANCE),
    (False, "number", "Claims must be reported within 14 days.", INSURANCE),
    (False, "number", "Version 4.1 requires Windows 11.", SOFTWARE),
    (False, "number", "The link expires after 15 hours.", SOFTWARE),
    (False, "number", "Free accounts are limited to 500 projects.", SOFTWARE),
    (False, "entity", "Version 4.2 requires Linux.", SOFTWARE),
    (False, "entity", "Flood damage is included in Premium Gold.", INSURANCE),
    (False, "entity", "Claims must be reported to the Legal Department within 48 hours.", INSURANCE),
    (False, "entity", "See https://docs.example.org/limits for details.", SOFTWARE),
    (False, "negation", "Pets are allowed.", HOTEL),
    (False, "negation", "Service animals are not allowed.", HOTEL),
    (False, "negation", "Parking is not free for hotel guests.", HOTEL),
    (False, "negation", "Flood damage is included in the basic policy.", INSURANCE),
    (False, "negation", "Older versions of Windows are supported.", SOFTWARE),
    (False, "negation", "Flood damage is not included in Premium Plus.", INSURANCE),
    (False, "opposite", "Breakfast is excluded.", HOTEL),
    (False, "addition", "Parking is free for hotel guests and includes valet service.", HOTEL),
    (False, "addition", "Free accounts are limited to three projects and one administrator.", SOFTWARE),
    (False, "addition", "The password link is sent by text message.", SOFTWARE),
    (False, "addition", "Pets are not allowed because of allergies among the staff.", HOTEL),
]

AIRLINE = (
    "Each passenger may bring one carry-on bag of up to 8 kg and a small personal item. "
    "Checked bags cost $35 for the first bag and $45 for the second bag. "
    "Bags over 23 kg incur an overweight fee of $100. "
    "Musical instruments may be carried in the cabin if they fit in the overhead bin. "
    "Lithium batteries must not be packed in checked bags. "
    "Online check-in opens 24 hours before departure and closes 60 minutes before departure."
)
CLINIC = (
    "Dr. Anna Weber sees patients on Mondays and Wednesdays. Dr. Paul Meyer sees patients on Tuesdays. "
    "New patients should arrive 20 minutes early and bring photo ID and their insurance card. "
    "Appointments cancelled less than 24 hours in advance are charged $50. "
    "We do not accept walk-ins. Flu shots are available without an appointment from October to March."
)
LOAN = (
    "Personal loans range from $2,000 to $50,000 with terms of 12 to 60 months. "
    "The annual percentage rate starts at 6.99% for borrowers with excellent credit. "
    "There is no prepayment penalty. An origination fee of 2% is deducted from the loan amount. "
    "Applicants must be at least 18 years old and reside in the United States. "
    "Funds are usually deposited within two business days after approval."
)
TELECOM = (
    "The Flex plan includes 20 GB of data and unlimited calls for €15 per month.\n"
    "The Max plan includes 100 GB of data and unlimited calls for €30 per month.\n"
    "Roaming in the EU is included in both plans. Calls to the USA are charged at €0.20 per minute.\n"
    "You can change your plan once a month in the app under Settings > Plan."
)
UNSEEN = [
    (True, "paraphrase", "You may bring one carry-on bag of up to 8 kg.", AIRLINE),
    (True, "paraphrase", "The first checked bag costs $35.", AIRLINE),
    (True, "paraphrase", "Checked bags cost $35 for the first and $45 for the second.", AIRLINE),
    (True, "paraphrase", "An overweight fee of $100 applies to bags over 23 kg.", AIRLINE),
    (True, "paraphrase", "Lithium batteries can't be packed in checked bags.", AIRLINE),
    (True, "paraphrase", "Online check-in closes 60 minutes before departure.", AIRLINE),
    (
        True,
        "paraphrase",
        "Musical instruments can be carried in the cabin if they fit in the overhead bin.",
        AIRLINE,
    ),
    (True, "paraphrase", "Dr. Weber sees patients on Mondays and Wednesdays.", CLINIC),
    (True, "paraphrase", "New patients should arrive twenty minutes early.", CLINIC),
    (True, "paraphrase", "Please bring your photo ID and insurance card.", CLINIC),
    (True, "paraphrase", "Walk-ins are not accepted.", CLINIC),
    (True, "paraphrase", "Appointments cancelled less than 24 hours ahead are charged $50.", CLINIC),
    (True, "paraphrase", "Flu shots are available from October to March without an appointment.", CLINIC),
    (True, "paraphrase", "Loan terms are 12 to 60 months.", LOAN),
    (True, "paraphrase", "Personal loans range from $2,000 to $50,000.", LOAN),
    (True, "paraphrase", "The rate starts at 6.99% with excellent credit.", LOAN),
    (True, "paraphrase", "There's no penalty for prepayment.", LOAN),
    (True, "paraphrase", "An origination fee of 2 percent is deducted from the loan.", LOAN),
    (True, "paraphrase", "You must be at least 18 and reside in the United States.", LOAN),
    (True, "paraphrase", "Funds are deposited within 2 business days after approval.", LOAN),
    (True, "paraphrase", "The Max plan costs €30 per month.", TELECOM),
    (True, "paraphrase", "The Flex plan has 20 GB of data.", TELECOM),
    (True, "paraphrase", "EU roaming is included in both plans.", TELECOM),
    (True, "paraphrase", "Calls to the USA cost €0.20 per minute.", TELECOM),
    (True, "paraphrase", "Change your plan in the app under Settings > Plan.", TELECOM),
    (False, "number", "The second checked bag costs $35.", AIRLINE),
    (False, "number", "Bags over 32 kg incur an overweight fee of $100.", AIRLINE),
    (False, "number", "Online check-in opens 60 minutes before departure.", AIRLINE),
    (False, "number", "Online check-in opens 48 hours before departure.", AIRLINE),
    (False, "number", "New patients should arrive 24 minutes early.", CLINIC),
    (False, "number", "Personal loans go up to $60,000.", LOAN),
    (False, "number", "The annual percentage rate starts at 2%.", LOAN),
    (False, "number", "Applicants must be at least 21 years old.", LOAN),
    (False, "number", "The Flex plan costs €30 per month.", TELECOM),
    (False, "number", "The Flex plan includes 100 GB of data.", TELECOM),
    (False, "number", "The Max plan includes 100 MB of data.", TELECOM),
    (False, "number", "Flu shots are available from October to May.", CLINIC),
    (False, "entity", "Dr. Meyer sees patients on Mondays.", CLINIC),
    (False, "entity", "Dr. Anna Weber sees patients on Tuesdays.", CLINIC),
    (False, "entity", "Dr. Anna Schmidt sees patients on Mondays.", CLINIC),
    (False, "entity", "Applicants must reside in Canada.", LOAN),
    (False, "entity", "Roaming in the USA is included in both plans.", TELECOM),
    (False, "entity", "Calls to the EU are charged at €0.20 per minute.", TELECOM),
    (False, "negation", "Lithium batteries must be packed in checked bags.", AIRLINE),
    (False, "negation", "We accept walk-ins.", CLINIC),
    (False, "negation", "There is a prepayment penalty.", LOAN),
    (False, "negation", "Roaming in the EU is not included in either plan.", TELECOM),
    (False, "negation", "Musical instruments may not be carried in the cabin.", AIRLINE),
    (False, "negation", "Flu shots require an appointment.", CLINIC),
    (False, "opposite", "Applicants must be at most 18 years old.", LOAN),
    (False, "opposite", "Appointments cancelled more than 24 hours in advance are charged $50.", CLINIC),
    (False, "addition", "Personal loans are available to borrowers with poor credit.", LOAN),
    (
        False,
        "addition",
        "Funds are deposited within two business days after approval and a phone interview.",
        LOAN,
    ),
    (False, "addition", "The Flex plan includes unlimited data and calls.", TELECOM),
    (False, "addition", "The first checked bag is free.", AIRLINE),
    (False, "addition", "New patients should bring a referral letter from their doctor.", CLINIC),
    (False, "nothing of it", "You can contact our hotline around the clock.", TELECOM),
]
