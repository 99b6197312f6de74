"""The words that short messages to a support desk are made of, by language (ISO 639-1 code).

`EVERYDAY` names a language; `COURTESIES` people also say in a language that is not theirs. Words that
several languages share stand under each of them. `core.message_language` reads them.
"""

EVERYDAY = {
    "en": """
        a an the this that these those it its it's he she they them their we us our ours you your yours i my
        mine me his her who whom whose which what where when how why and or but if then else so as at by for
        from in into of on onto to with without within about over under than too very just also there here
        is are was were be been being am do does did done doing don't has have had having can can't cannot
        could will won't would shall should may might must let not no nor never none nothing nobody any some
        anyone someone something anything everything everyone each every other another both few many much
        more most less least own same such only still yet already again soon now today tomorrow yesterday
        later before after while because until during through between out up down off once twice first
        second third last next one two three four five six seven eight nine ten hundred thousand please
        yes yeah yep nope sure maybe right wrong good bad better best cheap cheapest cheaper expensive new
        old big small long short high low fast slow late early free full empty open closed opening closing
        hours hour day days week weeks weekday month months year years time times monday tuesday wednesday
        thursday friday saturday sunday january february march april may june july august october december
        get gets got getting give gave given go goes going gone went come comes came coming make made take
        takes took taken tell told say said ask asked know knew known think thought want wants wanted need
        needs needed like liked see seen look looking find found show send sent sending receive received
        buy bought pay paid paying payment payments cost costs price prices charge charged charges fee fees
        bill bills billing invoice invoices receipt refund refunds refunded return returns returned exchange
        order orders ordered ordering cancel cancelled canceled change changed changing update updated
        delivery deliver delivered deliveries ship ships shipped shipping shipment parcel package packages
        track tracking arrive arrived arrives address phone number mail letter message call speak talk talking
        person people someone human agent help helps helped support question questions answer problem
        problems issue issues mistake error broken damaged faulty missing lost stolen work works working
        worked fail failed fix fixed stuck account password log login sign register subscription subscribe
        plan plans card cards bank loan loans mortgage rate rates interest credit debit money cash transfer
        withdraw withdrawal balance limit currency account tax discount discounts voucher coupon gift sale
        size sizes colour color blue black white red green shoes shirt dress lamp lamps item items stock
        warranty guarantee insurance store stores shop size available work website page screen device
        student students child children adult age old book booking booked reservation room table ticket
        tickets seat trip flight hotel near nearest far away left back home door name names date
        thing things way ways use used using start started begin end ended stop try tried keep keeps leave
        put set turn read write wait waiting hurry mean means happen happened happens repeat remove delete
        add apply upgrade downgrade confirm verify contact reach forgot forget remember believe hope happy
        angry sorry terrible awful great nice fine cool enough else instead either neither anyway really
        actually probably ever able allowed possible impossible easy hard difficult safe secure true false
        wrong words simple different without what's where's how's who's that's there's i'm i've i'll i'd
        you're they're we're isn't wasn't aren't doesn't didn't haven't hasn't couldn't wouldn't shouldn't
        doesnt didnt dont cant wont isnt hasnt havent im ive pls plz
    """,
    "es": """
        el la los las lo un una unos unas de del al a ante bajo con contra desde durante en entre hacia
        hasta para por según sin sobre tras y e o u ni que qué quien quién quienes quiénes cual cuál cuales
        cuáles cuando cuándo donde dónde adonde como cómo cuanto cuánto cuanta cuánta cuantos cuántos
        cuantas cuántas porque yo tú él ella ello nosotros nosotras vosotros ellos ellas usted ustedes me
        te se nos os le les mi mis tu tus su sus nuestro nuestra nuestros vuestro mío mía suyo este esta
        esto estos estas ese esa eso esos esas aquel aquella aquello no sí si ya más menos muy mucho mucha
        muchos muchas poco poca pocos algo alguien alguno alguna algún ningún ninguna ninguno nada nadie
        nunca siempre también tampoco todavía aún aunque pero sino pues así aquí ahí allí allá hoy mañana
        ayer ahora luego después antes pronto tarde temprano bien mal mejor peor bueno buena buenos buenas
        malo mala otro otra otros otras mismo misma cada todo toda todos todas cualquier demás solo sólo
        es son soy eres somos ser fue fueron era eran sido siendo está están estoy estás estamos estar
        estaba estado hay había haber ha han he hemos has tengo tiene tienes tienen tenemos tener tenía
        tuve hago hace hacen hacer hecho hizo puedo puede puedes pueden podemos poder podría quiero quiere
        quieres quieren querer quisiera gustaría necesito necesita necesitan necesitar debo debe deben sé
        saber sabe saben sabes voy va van vamos ir vaya viene vienen venir llega llegan llegar llegó
        llegado llegue dar doy da dan dice dicen decir digo diga dime decirme ver veo vea poner pongo sale
        salir pasa pasó pasar sigo sigue seguir ayuda ayudar ayudarme ayuden ayúdame funciona funcionan
        funcionar cuesta cuestan costar vale valen cobraron cobrado cobrar cobro pagar pago pagué pagos
        paga precio precios barato barata caro cara gratis dinero reembolso devolver devolución
        devoluciones devuelvan devuelven devuelto cambiar cambio cambiarlo cancelar cancelación anular
        pedir pedido pedidos compra comprar compré comprado enviar envío envíos envían enviado entrega
        entregas entregar paquete paquetes recibir recibido recibí recibo factura facturas cuenta cuentas
        tarjeta tarjetas contraseña clave correo teléfono móvil número dirección nombre fecha plazo plazos
        hora horas horario horarios día días semana semanas mes meses año años lunes martes miércoles
        jueves viernes sábado domingo enero febrero marzo mayo junio julio septiembre octubre noviembre
        diciembre uno dos tres cuatro cinco seis siete ocho nueve diez cien mil primero primera segundo
        segunda tercero último última abren abre abrir abierto cierra cierran cerrar cerrado apertura
        tienda tiendas hablar hablo persona personas alguien agente humano problema problemas error errores
        duda dudas pregunta preguntas respuesta roto rota dañado defectuoso perdido perdida perdí robado
        falta olvidé olvidado olvida olvídalo suscripción abono plan baja alta registro registrarme sesión
        banco préstamo préstamos hipoteca interés intereses crédito transferencia saldo límite moneda
        descuento descuentos cupón regalo oferta ofertas talla tamaño color azul negro negra blanco rojo
        verde zapatos camisa vestido lámpara artículo producto productos garantía seguro segura seguros
        cubre agua pantalla página sitio estudiante estudiantes niños niño edad reserva reservar mesa
        habitación billete billetes vuelo viaje cerca lejos casa gente cosa cosas vez veces forma manera
        favor señor señora disculpe disculpa perdona lento rápido nuevo nueva viejo grande pequeño fácil
        difícil posible imposible francia españa espera esperar esperando esperen quedo queda parece creo
        pensar pensarlo déjame repetir repita repites mande mandar manden mandarlo usar uso utilizar
        activar desactivar borrar eliminar quitar sirve sirven claro dónde tan tanto equivocada equivocado
        correcto vosotras conmigo contigo desea deseo rastrear datos
    """,
    "de": """
        der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner und oder
        aber denn sondern wenn weil dass ob als wie wo wohin woher wann warum wieso weshalb wer wen wem was
        welche welcher welches welchen welchem wieviel viel viele vielen vieles wenig mehr weniger meist ich
        du er sie es wir ihr ihn ihm ihnen mich dich sich uns euch mir dir mein meine meinen meinem meiner
        meines dein deine deinen sein seine seinen ihre ihren ihrem ihrer unser unsere unseren euer eure
        dies diese dieser dieses diesen diesem jene jeder jede jedes jeden alle alles allen etwas nichts
        niemand jemand man nicht nie niemals nur noch schon auch sehr so dann da dort hier jetzt heute
        morgen gestern später bald gleich immer wieder nochmal nochmals mal doch ja nein jawohl vielleicht
        genau richtig falsch gut gute guten guter besser schlecht in im ins an am ans auf aus bei beim mit
        nach von vom vor für über unter um durch gegen ohne bis seit während zwischen wegen zu zum zur ab
        per ist sind bin bist seid war waren warst wäre sei gewesen wird werden wurde wurden worden werde
        habe hab hast hat haben habt hatte hatten hätte gehabt kann kannst können könnt könnte könnten muss
        musst müssen müsste darf dürfen soll sollen sollte will willst wollen wollte möchte möchten mag
        mögen lass lassen lässt macht machen mache gemacht geht gehen gehe gegangen gibt geben gibts gib
        kommt kommen komme gekommen kam bekomme bekommen bekommt erhalten erhalte nehmen nimmt sagen sag
        sage sagt wissen weiß weißt denken glaube finde finden sehen sehe sieht brauche brauchen braucht
        helfen hilf hilfe helft suche suchen frage fragen antwort problem probleme fehler kaputt defekt
        beschädigt verloren gestohlen fehlt fehlen funktioniert funktionieren geht nicht stürzt läuft
        kostet kosten preis preise günstig günstiger günstigster günstigste billig billiger teuer
        kostenlos gratis umsonst geld bezahlen zahlen zahlung bezahlt gezahlt gebühr gebühren abgebucht
        rechnung rechnungen rückerstattung erstattung erstatten zurück zurückgeben zurückschicken rückgabe
        umtausch umtauschen tauschen stornieren storno kündigen kündigung kündigungsfrist abbestellen
        bestellen bestellt bestellung bestellungen kaufen gekauft kauf liefern lieferung lieferungen
        lieferzeit lieferzeiten geliefert versand versenden verschicken geschickt schicken paket pakete
        sendung verfolgen angekommen ankommen adresse anschrift nummer telefon handy telefonnummer name
        datum konto konten karte karten passwort kennwort anmelden abmelden registrieren anmeldung abo
        abonnement vertrag tarif tarife bank kredit kredite darlehen zinsen zins hypothek überweisung
        überweisen guthaben grenze währung rabatt rabatte gutschein geschenk angebot angebote größe farbe
        blau schwarz weiß rot grün schuhe hemd kleid lampe lampen artikel ware garantie gewährleistung
        versicherung deckt wasserschäden bildschirm seite gerät geräte app studenten student kinder kind
        alter jahre jahr jahren alt buchen buchung zimmer tisch fahrkarte flug reise nähe weit haus uhr
        zeit zeiten öffnungszeiten öffnen geöffnet offen geschlossen schließen sonntag sonntags montag
        dienstag mittwoch donnerstag freitag samstag tag tage tagen woche wochen monat monate monaten
        stunde stunden januar februar märz mai juni juli oktober dezember eins zwei drei vier fünf sechs
        sieben acht neun zehn hundert tausend erste ersten zweite zweiten dritte letzte mensch menschen
        mitarbeiter person sprechen reden anrufen rufen schreiben herr frau warte warten wartet dauert
        dauern lange ändern geändert ändert vergessen vergiss verstehe verstanden erklären wiederholen
        einfach schwer leicht möglich unmöglich sicher daten neu neue neuen alte groß klein schnell langsam
        kostenfrei doppelt zweimal einmal ständig immernoch überlegen beantragen passt stimmt klar leider
        wirklich eigentlich bitte gerne gern tut leid laden geschäft filiale deutschland frankreich
        abholen löschen entfernen nutzen benutzen verwenden hinzufügen bleibt bleiben wohl heißt lautet
        deutsch nochwas beide beiden sonst überhaupt trotzdem deshalb also
    """,
    "fr": """
        le la les l un une des de du d à au aux en et ou où que qu qui quoi dont quel quelle quels quelles
        quand comment combien pourquoi parce car si ne n pas plus moins jamais rien personne aucun aucune
        je j tu il elle on nous vous ils elles me m te t se s lui leur leurs y mon ma mes ton ta tes son sa
        ses notre nos votre vos moi toi eux ce c cet cette ces ça cela ceci celui celle ceux c'est est sont
        suis es sommes êtes être était étaient été étant ai as a ont avons avez avoir avait eu fait fais
        font faire faites peux peut peuvent pouvez pouvons pouvoir puis pourrais pourrait pourriez veux
        veut voulez vouloir voudrais voudrait aimerais dois doit devez devoir faut sais sait savez savoir
        vais va vas vont allez aller vient viens venir arrive arrivé arrivée arriver dit dire dites voir
        vois voit mettre mis prendre prend pris donner donne donnez envoyer envoi envoyé envoyez renvoyer
        reçu recevoir reçois retourner retour retours échanger échange rembourser remboursé remboursement
        remboursements annuler annulation résilier résiliation commander commande commandes acheter acheté
        achat payer payé paiement paiements paie coûte coûtent coûter coût prix tarif tarifs cher chère
        chers gratuit gratuite argent facture factures frais débité prélevé compte comptes carte cartes
        mot passe identifiant connexion connecter inscrire inscription abonnement forfait banque prêt
        prêts crédit taux intérêt intérêts virement solde plafond devise livrer livrez livraison livraisons
        livré délai délais colis paquet suivre suivi adresse téléphone numéro nom date courrier message
        appeler appelez parler quelqu quelqu'un gens humain conseiller aide aider aidez m'aider question
        questions réponse problème problèmes erreur erreurs panne cassé cassée abîmé défectueux perdu
        perdue volé manque marche marchent fonctionne fonctionnent plante bug oublié oublier avec sans sous
        sur dans par pour contre entre vers chez depuis pendant avant après jusque jusqu'à dès selon très
        trop peu beaucoup assez aussi encore toujours déjà bientôt maintenant aujourd'hui aujourd hui hier
        demain tard tôt ici là bas alors donc mais ni oui non peut-être bien mal mieux pire bon bonne bons
        mauvais mauvaise autre autres même chaque tout toute tous toutes quelque quelques plusieurs seul
        seule seulement nouveau nouvelle vieux grand grande petit petite rapide lent facile difficile
        possible impossible sûr sécurité données heure heures horaire horaires ouvert ouverte ouverture
        ouvrez ouvrir fermé fermez fermer fermeture magasin boutique jour jours semaine semaines mois an
        ans année années lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril
        juin juillet août septembre octobre novembre décembre deux trois quatre cinq six sept huit neuf
        dix cent mille premier première deuxième second seconde troisième dernier dernière étudiant
        étudiants enfants enfant âge réserver réservation chambre billet billets vol voyage près loin
        maison chose choses fois façon remise remises réduction bon cadeau promotion taille couleur bleu
        bleue noir noire blanc rouge vert chaussures chemise robe lampe article articles produit garantie
        assurance couvre couvre-t-elle dégâts eaux eau écran site appli plaît svp stp monsieur madame
        excusez désolé attends attendre attendez laissez laisser réfléchir répéter répétez changer changez
        changement modifier utiliser supprimer ajouter envie besoin trouver trouve trouvez suisse france
        clair vraiment plutôt ainsi parfait accord tomber comprends compris demander obtenir quelles jai
        jveux jsuis cest ya
    """,
    "it": """
        il lo la i gli le l un uno una di del dello della dei degli delle da dal dalla in nel nella nei su
        sul sulla a al allo alla ai alle con per tra fra e ed o che chi cui cosa come quando dove dov'è
        quanto quanta quanti quante quale quali perché io tu lui lei noi voi loro mi ti si ci vi mio mia
        miei mie tuo tua suo sua nostro vostro questo questa questi quello quella non no sì anche ancora
        già mai sempre più meno molto poco tutto tutti niente nulla nessuno qualcuno qualcosa è sono sei
        siamo siete essere era stato stata ho hai ha abbiamo avete hanno avere aveva posso può possiamo
        potete possono potrei vorrei voglio vuole devo deve dobbiamo so sai sapere fare fatto fa vado va
        andare viene arriva arrivato arrivare ricevuto ricevere ricevo dimenticato pacco ordine ordini
        consegna spedizione spedite rimborso restituire reso carta conto fattura prezzo costa costano
        soldi gratis aiuto aiutare problema funziona funzionano rotto rotta parlare persona oggi domani
        ieri ora adesso giorni giorno settimana mese anno anni aperti aperto chiuso orari negozio cambiare
        annullare disdire abbonamento indirizzo numero telefono dati bene male buono lampada scarpe grazie
        prego salve buongiorno buonasera scusi scusa vorrebbe serve bisogno perso persa mille
    """,
    "pt": """
        o a os as um uma uns umas de do da dos das em no na nos nas por pelo pela para com sem sobre entre
        até e ou que quem qual quais quando onde como quanto quanta quantos quantas porque porquê eu tu ele
        ela nós vocês você eles elas me te se lhe meu minha meus minhas teu tua seu sua nosso nossa este
        esta isto esse essa isso aquele não sim já mais menos muito muita pouco também ainda sempre nunca
        nada ninguém alguém algo tudo todos é são sou estou está estão estava ser estar foi era há tem
        tenho temos têm ter havia posso pode podem podemos poder quero quer queria gostaria preciso precisa
        devo deve sei saber faço faz fazer feito vou vai ir vem chega chegou chegar recebi receber recebido
        esqueci senha palavra-passe encomenda pedido entrega envio reembolso devolver devolução cartão
        conta fatura preço custa custam dinheiro grátis ajuda ajudar problema funciona funcionam partido
        quebrado falar pessoa hoje amanhã ontem agora dias dia semana mês ano anos abrem aberto fechado
        horário loja mudar alterar cancelar assinatura endereço morada número telefone bem bom boa lâmpada
        sapatos obrigado obrigada olá oi tarde noite por favor desculpe
    """,
    "nl": """
        de het een en of maar want dat die dit deze wie wat waar wanneer waarom hoe hoeveel welke ik jij je
        u hij zij ze wij we jullie hun mij me mijn jouw uw zijn haar ons onze hen er hier daar niet geen
        nooit altijd nog al ook wel zeer heel veel weinig meer minder iets niets iemand niemand alles is
        ben bent was waren wordt worden werd heb hebt heeft hebben had kan kun kunt kunnen kon mag moet
        moeten wil wilt willen zal zou doe doet doen gedaan ga gaat gaan kom komt komen krijg krijgt
        ontvangen vergeten terug terugsturen retourneren bestelling besteld pakket levering bezorgd
        verzending kost kosten prijs geld betalen betaald rekening factuur kaart wachtwoord account werkt
        werken kapot hulp helpen vraag probleem spreken mens persoon vandaag morgen gisteren nu dagen dag
        week maand jaar open gesloten winkel wijzigen annuleren opzeggen abonnement adres nummer telefoon
        van voor met op in aan bij naar uit over onder door tegen zonder tot sinds tussen om te als dan
        toen lamp schoenen bedankt dank jou wel alstublieft alsjeblieft goedemorgen goedenavond graag
    """,
}

COURTESIES = {
    "en": "hi hello hey thanks thank thx cheers bye goodbye welcome sorry please",
    "es": "hola gracias adiós buenas saludos perdón amigo hasta",
    "de": "hallo danke dankeschön moin servus tschüss grüß bitte dank",
    "fr": "bonjour bonsoir merci salut coucou pardon adieu",
    "it": "ciao grazie salve buongiorno prego arrivederci",
    "pt": "olá oi obrigado obrigada tchau",
    "nl": "hallo dank hoi doei bedankt",
}
