"""Messages with the personal data in them marked: `{kind|value}`; those without a mark hold none."""

ENGLISH = """\
You can reach me at {e-mail|jane.doe@mail.example.com} any time.
{e-mail|JO+shop@sub.domain.co.uk}
Mail {e-mail|o_brien-77@firma.io}, or else {e-mail|k@x.example}.
my address is {e-mail|sam (at) posteo.net}
<{e-mail|a.b@c.example}> wrote this
Call me at {phone|555-123-4567} please.
My number is {phone|(415) 555-0134}.
phone {phone|4155550134} after six
It is {phone|+1 415 555 0134} or {phone|+44 20 7946 0958}.
{phone|+1-212-555-0187}
Text me on {phone|07700 900123} when it ships.
office: {phone|020 7946 0958}
ring me on {phone|0117 496 0123}
my cell is {phone|555.867.5309}
WhatsApp: {phone|+34 612 345 678}
Call {phone|555-0134} and ask for Ann.
Dial {phone|0044 20 7946 0958} from abroad
tel.: {phone|1-800-555-0199}
My card is {card|4111 1111 1111 1111}, valid until 12/27.
charge {card|5555-5555-5555-4444}
amex {card|3782 822463 10005}
{card|4012888888881881} was declined twice
I typed {card|6011111111111117} and it failed
IBAN {IBAN|DE89 3704 0044 0532 0130 00}
refund to {IBAN|GB29NWBK60161331926819} please
{IBAN|NL91 ABNA 0417 1643 00} is mine
my SSN is {id number|219-09-9999}
social security number {id number|219 09 9999}
SSN: {id number|219099999}
NI number {id number|AB 12 34 56 C} it is
passport number {id number|C01X00T47}
My IP is {IP address|203.0.113.9}.
logged in from {IP address|198.51.100.24} and {IP address|2001:db8:85a3::8a2e:370:7334}
I was born on {birth date|3 May 1980}.
DOB: {birth date|05/03/1980}
date of birth {birth date|1980-05-03}
My birthday is {birth date|March 3rd, 1975}, do I get a gift?
my password is {secret|hunter2}
My password is {secret|sunshine}.
password: {secret|S3cr3t!pw}
my PIN is {secret|4821}
the CVV is {secret|123}
my PIN code was {secret|0042}
the security code is {secret|998}
use the verification code {secret|482913}
API key: {secret|sk-9f8a7b6c5d4e3f2a1b0c}
The token {secret|ghp_abcdefghijklmnopqrstuvwxyz0123456789} leaked
my passphrase is "{secret|correct-horse-battery}"
I live at {address|12 Baker Street, London}.
Ship it to {address|742 Evergreen Terrace, Springfield}
Deliver to {address|1600 Amphitheatre Parkway, Mountain View, CA 94043}
my new address is {address|221b baker street} now
{address|350 Fifth Avenue, Suite 300, New York, NY 10118}
send to {address|10 Downing St, London SW1A 2AA}
{e-mail|x@y.example} / {phone|+49 171 1234567} / {address|5 Park Lane}"""

SPANISH_GERMAN_FRENCH = """\
Mi correo es {e-mail|maría.lópez@correo.example}
mi teléfono es el {phone|612 345 678}
Llámame al {phone|91 123 45 67}
móvil: {phone|+34 655 12 34 56}
Mi DNI es {id number|12345678Z}
el NIE {id number|X1234567L}
La cuenta es {IBAN|ES91 2100 0418 4502 0005 1332}
nací el {birth date|3 de mayo de 1980}
fecha de nacimiento: {birth date|03/05/1980}
mi contraseña es {secret|Girasol77}
Vivo en la {address|Calle Mayor 5, 28013 Madrid}
envíenlo a {address|Avenida de América 12, 3º B}
Meine E-Mail: {e-mail|jürgen@müller.example}
Rufen Sie mich an: {phone|0171/1234567}
Telefon {phone|030 1234567}
Meine Handynummer ist {phone|0151 23456789}
Tel. {phone|(089) 12 34 56 78}
{phone|+49 (0)30 901820}
Mein Passwort lautet {secret|Sommer2024}
Kennwort: {secret|Blume#1}
geboren am {birth date|03.05.1980}
Geburtsdatum: {birth date|3. Mai 1980}
Ich wohne in der {address|Hauptstraße 12, 10115 Berlin}.
Lieferung an {address|Lindenweg 3a}
Anschrift: {address|Goethestr. 44}
Mon adresse est {address|12 rue de la Paix, 75002 Paris}
J'habite {address|8 bis avenue Victor Hugo}
Appelez-moi au {phone|06 12 34 56 78}
mon numéro : {phone|+33 6 12 34 56 78}
joindre au {phone|01.42.68.53.00}
mon mot de passe est {secret|Tournesol9}
je suis née le {birth date|3 mai 1980}
date de naissance {birth date|03/05/1980}
ma sécu : {id number|2 55 08 14 168 025 38}
virement {IBAN|FR14 2004 1010 0505 0001 3M02 606}"""

NOTHING_PERSONAL = """\
Where is my order #W1234567?
order 5551234567 has not arrived
Order number 0612345678 please
tracking number 1Z999AA10123456784
Tracking: 9400 1000 0000 0000 0000 00
invoice 2024-00012345
We run version 1.2.3.4 of the app.
firmware v10.0.19041.1
see section 3.4.5.6
ISBN 978-3-16-148410-0
ISBN 9783161484100
The book is $1,299.00 or 1.299,00 EUR.
It costs 1 234 567 euros
That was 1234567 dollars
We are open 9:00-18:00, Mon-Fri.
Opening hours: 10-17, Sat 10-14
Open 24/7 all year
on 2024-11-21 at 12:30:45
delivered 21.11.2024 and 03/05/2024
between 2019-2024
from 01-02-2024 to 15-02-2024
Your password must be 8 characters.
my password is not accepted
Password is required
I forgot my password, the link has expired
The password reset was sent
my PIN is blocked
My password is wrong again
the code is 20 percent off
The coupon code SUMMER2024 fails
4111 1111 1111 1112 is no valid number
customer 4000123412341235
EAN 4006381333931
SKU 123-45-67890
part 000-12-3456
model 666-12-3456
Call us!
I have 2 cats and 3 dogs.
2 weeks on the road is a long way
10 Downton episodes
I walked down the street 12 times
Room 12 Main Building
a 5 star place
std::vector and face::bad
the ratio 16:9 at 12:30
localhost is 127.0.0.1 and the router 192.168.1.1
Our population is 612 345 678 people
100 000 000 units
0.123456789 and 3.14159265
-12345678
1/2/3/4/5/6/7
RAL 9010 and E27 bulbs, 230 V
LED 800 lm, 2700-6500 K
Size 42-44, 100 x 200 x 50 cm
@home and user@ and @user
price@ 30
mailto the team (at) noon
born in 1980
My daughter was born yesterday, order 12/2024
GB29 is a postcode area
DE89 3704 0044 0532 0130 01
Pedido 123456789 del 03/05/2024
Bestellnummer 0301234567
Rechnung Nr. 2024/0815/4711
Artikel 4011 200 296 908
commande 0612345678
Le prix est de 1 234 567,89 €
La version 10.2.33.4
Kapitel 1.2.3.4
12345678A
Der Preis beträgt 12.345.678 Euro
El pin de la bombilla
Ich habe mein Passwort vergessen
mi contraseña no funciona
mon mot de passe est expiré
Das Passwort ist falsch
rue de la Paix is a street
I paid 30 dollars on the 3rd of May 2024
The warranty is 24 months, 2 years or 730 days
Item 12-3456789-01
Win 10 000 points
case 00123456789
Ticket 415-555-0134
1600 pieces
call 911
Call me at 5
IPv6 is new
v1.2.3
99.99.99.999"""
