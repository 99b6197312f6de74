"""Short messages as customers type them, by language (a code, a colon, then messages between bars).

`WRITTEN_FIRST` was at hand while the words of `core.everyday_words` were chosen; `HELD_OUT` was
written before them, left aside, and measures them. `OTHERS` are languages the desk does not speak.
`NO_EVIDENCE` says nothing about a language.
"""

WRITTEN_FIRST = """
en: Where is my parcel?|How much does it cost?|Thanks|Hello|refund please|Can I return a lamp?
en: opening hours?
en: My order hasn't arrived yet|I'd like to speak to a person|What about the second one?|and for students?
en: cancel my subscription|It's broken|Do you ship to France?|how long does delivery take|Why?|yes please
en: No, 30 years|Which card can I use?|invoice|Is it free?|I forgot my password|delivery times|Good morning
en: what's the interest rate|change my address|Bonjour, my order hasn't arrived|When do you open on Sunday?
es: ¿Dónde está mi paquete?|¿Cuánto cuesta?|Gracias|Hola|quiero un reembolso|¿Puedo devolver una lámpara?
es: ¿Y para estudiantes?|donde esta mi pedido|cuanto cuesta el envio|No me funciona la tarjeta
es: horario de apertura
es: Quiero hablar con una persona|cancelar mi suscripción|Está roto|¿Por qué?|sí, por favor|Buenos días
es: no, 30 años|factura|¿Es gratis?|He olvidado mi contraseña|plazos de entrega|¿Hacen envíos a Francia?
es: Necesito el tracking number de mi order|¿Cuándo abren el domingo?|cambiar la dirección|y el segundo?
es: vale
de: Wo ist mein Paket?|Was kostet das?|Danke|Hallo|Rückerstattung bitte|Kann ich eine Lampe zurückgeben?
de: Und für Studenten?|wo bleibt meine bestellung|Meine Karte funktioniert nicht|Öffnungszeiten|Guten Morgen
de: Ich möchte mit einem Menschen sprechen|Abo kündigen|Es ist kaputt|Warum?|ja bitte|nein, 30 Jahre
de: Rechnung|Ist das kostenlos?|Ich habe mein Passwort vergessen|Lieferzeiten|Liefern Sie nach Frankreich?
de: Mein Tracking funktioniert nicht|Wann haben Sie sonntags offen?|Adresse ändern|und das zweite?|genau
fr: Où est mon colis ?|Combien ça coûte ?|Merci|Bonjour|remboursement svp|Puis-je retourner une lampe ?
fr: Et pour les étudiants ?|ou est ma commande|Ma carte ne marche pas|horaires d'ouverture|Bonsoir
fr: Je voudrais parler à quelqu'un|résilier mon abonnement|C'est cassé|Pourquoi ?|oui s'il vous plaît
fr: non, 30 ans|facture|C'est gratuit ?|J'ai oublié mon mot de passe|délais de livraison
fr: Livrez-vous en Suisse ?
fr: Où est mon feedback sur le shipping ?|Quand ouvrez-vous le dimanche ?|changer d'adresse|et le deuxième ?
"""

HELD_OUT = """
en: Can someone help me?|I was charged twice|lost card|the screen is black|track package|How do I sign up?
en: Do you have this in blue?|Still waiting|not received|I want my money back|what is your phone number
en: Does the warranty cover water damage?|who are you|cheapest plan?|Are you open tomorrow?
en: Thank you so much
en: there is a mistake on my bill|any discounts|My Schadenfreude poster came torn|stop|wrong size|never mind
en: could you send it again|I need it by Friday|is my data safe|how old must I be to apply|pls hurry|help
en: ARE YOU A ROBOT|the app keeps crashing|shoes|Let me think about it|Can you repeat that in simple words
es: ¿Me puede ayudar alguien?|Me cobraron dos veces|tarjeta perdida|la pantalla está negra|rastrear paquete
es: ¿Lo tienen en azul?|Sigo esperando|no recibido|Quiero que me devuelvan el dinero|cual es su telefono
es: ¿La garantía cubre daños por agua?|quien eres|¿el plan más barato?|¿Abren mañana?|Muchas gracias
es: hay un error en mi recibo|algún descuento|talla equivocada|olvídalo|¿pueden mandarlo otra vez?|ayuda
es: lo necesito para el viernes|mis datos estan seguros|a que edad puedo pedir un prestamo|zapatos
es: ERES UN ROBOT
es: la app se cierra sola|Déjame pensarlo|me lo repites mas facil|devoluciones|perdon?|tengo otra duda|mande
de: Kann mir jemand helfen?|Mir wurde doppelt abgebucht|Karte verloren|der Bildschirm ist schwarz
de: Paket verfolgen
de: Gibt es das in Blau?|Warte immer noch|nicht erhalten|Ich will mein Geld zurück|wie lautet ihre nummer
de: Deckt die Garantie Wasserschäden?|wer bist du|günstigster Tarif?|Habt ihr morgen auf?|Vielen Dank
de: auf meiner Rechnung ist ein Fehler|gibts Rabatt|falsche Größe|vergiss es
de: koennen Sie es nochmal schicken?
de: ich brauche es bis Freitag|sind meine daten sicher|ab welchem Alter kann ich das beantragen|Schuhe|Hilfe
de: BIST DU EIN ROBOTER|die App stürzt ständig ab|Lass mich überlegen|Kann ich das Form downloaden?|Umtausch
de: wie bitte|hab noch eine frage|passt|Kündigungsfrist|Moin|geht das auch per Rechnung
fr: Quelqu'un peut m'aider ?|J'ai été débité deux fois|carte perdue|l'écran est noir|suivre un colis
fr: Vous l'avez en bleu ?|J'attends toujours|pas reçu|Je veux être remboursé
fr: quel est votre numero de telephone
fr: La garantie couvre-t-elle les dégâts des eaux ?|qui es-tu|le forfait le moins cher ?
fr: Ouvrez-vous demain ?
fr: Merci beaucoup|il y a une erreur sur ma facture|une remise possible|mauvaise taille|laissez tomber|aide
fr: vous pouvez le renvoyer ?|il me le faut pour vendredi|mes donnees sont en securite|chaussures|pardon ?
fr: a partir de quel age peut-on demander un pret|TU ES UN ROBOT|l'appli plante sans arrêt
fr: Laissez-moi réfléchir
fr: jai encore une question|d'accord|jveux annuler ma commande|retours|c'est quoi le prix|échanger|coucou
"""

OTHERS = """
it: Dov'è il mio pacco?|Quanto costa?|Grazie mille|Ciao, vorrei un rimborso|La mia carta non funziona
it: Perché?
it: Ho dimenticato la password|Posso restituire una lampada?|Quando siete aperti?|Non ho ricevuto niente
pt: Onde está a minha encomenda?|Quanto custa?|Obrigado|Olá, quero um reembolso|O meu cartão não funciona
pt: Esqueci a minha senha|Posso devolver uma lâmpada?|Quando abrem?|Não recebi nada
pt: Bom dia, preciso de ajuda
nl: Waar is mijn pakket?|Hoeveel kost het?|Dank je wel|Hallo, ik wil mijn geld terug|Mijn kaart werkt niet
nl: Ik ben mijn wachtwoord vergeten|Kan ik een lamp terugsturen?|Wanneer bent u open?|Ik heb niets ontvangen
"""

NO_EVIDENCE = """
ok|42|#123456|A-1049-77|20.50 €|?|!!!|👍|PayPal|Anna Schmidt|2026-11-21|IBAN|anna@example.com
+49 30 901820|iPhone 15|https://example.com/de/hilfe|REF: XK-2231|12:30|Visa|12 x 3|Berlin|Maria Lopez
"""


def labelled(text: str) -> list[tuple[str, str]]:
    """The messages as (language, message)."""
    lines = (line.split(": ", 1) for line in text.strip().splitlines())
    return [(code, message) for code, messages in lines for message in messages.split("|")]


def plain(text: str) -> list[str]:
    """The messages that are of no language."""
    return [message for line in text.strip().splitlines() for message in line.split("|")]
