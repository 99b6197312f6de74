"""Words that carry grammar rather than meaning, in the desk's four languages; queries drop them.

A word that means something in one of the languages (German "war", English "die") is not here.
"""

import re

FUNCTION_WORDS = frozenset(
    """
    a an and are as at be been being but by can could did do does doing done for from had has have
    having he her hers him his how i if in into is it its me my of on or our ours shall she should
    so such than that the their theirs them then there these they this those to too was we were
    what when where which while who whom whose why will with would you your yours am about
    i'm it's what's where's who's don't doesn't didn't isn't aren't wasn't weren't can't won't
    der das den dem des ein eine einen einem einer eines und oder aber ist sind waren wird werden
    wurde wurden ich du er sie es wir ihr mich mir dich dir uns euch mein meine dein deine sein
    seine ihre unser wie wo wer wen wem wann warum welche welcher welches mit von vom zu zum zur
    auf aus bei nach über unter für im ins am an als auch nur noch haben habe hatte kann können
    el la los las un una unos unas y o pero es son está están era fue ser estar de del al en con
    por para que qué quién quiénes cuál cuáles cuándo dónde cómo cuánto cuánta cuántos cuántas yo tú
    él ella nosotros ellos ellas mi mis tu tus su sus se lo le les me te nos ha han he puedo puede
    le les l' du au aux une et ou mais est sont était être en dans par pour avec sur que qui quoi
    quel quelle quels quelles quand où comment pourquoi combien je il elle nous vous ils elles mon
    ma mes ton ta tes sa ses notre votre leur leurs ce cet cette ces ne pas plus ai as ont avoir
    peut puis-je
    """.split()
)

_WORD = re.compile(r"\w+(?:['’]\w+)?")


def telling_words(query: str) -> list[str]:
    """The query's different words in lower case, without those that only carry grammar.

    A query of nothing but grammar keeps all its words.

    >>> telling_words('What does "NEAR" mean?'), telling_words("Who is it?")
    (['near', 'mean'], ['who', 'is', 'it'])
    """
    words = dict.fromkeys(word.lower() for word in _WORD.findall(query))
    return [word for word in words if word not in FUNCTION_WORDS] or list(words)
