"""Every error this house raises, and who handles it.

FrontdeskError                  root; never raised itself
├─ Misconfigured                a setting is wrong; found at start, ends the process with one sentence
├─ Refused                      the caller's fault; never retried; HTTP 4xx
│  ├─ Unauthorized              no valid token, or one for somebody else
│  ├─ NotFound                  no such thing, for this tenant and this audience
│  ├─ NotNow                    the thing is in a state where this can't be done; HTTP 409
│  ├─ UnknownTenant             a group id nobody configured
│  ├─ UnreadableDocument        encrypted, empty, damaged, or not what its name says
│  └─ TooLarge                  more bytes, pages or words than the limit
└─ Unavailable                  a dependency's fault; worth trying again; HTTP 503
   ├─ SearchUnavailable         the passage index did not answer
   ├─ RecordsUnavailable        the database behind the desk did not answer
   ├─ FilesUnavailable          the store of documents' bytes did not answer, or its key is not this desk's
   ├─ Overtaken                 another process changed the same record in the same moment
   ├─ GenerationUnavailable     the language model did not answer
   ├─ MemoryUnavailable         Redis did not answer
   ├─ Busy                      another request is at the same thing; it will soon be free
   ├─ QueueUnavailable          the broker of background jobs did not answer
   ├─ EventsUnavailable         the event stream did not take what happened
   ├─ IdentityUnavailable       the sign-in provider, or where keys are published, did not answer
   ├─ DeliveryUnavailable       a mail server or another program did not take what was sent out
   └─ RateLimited               too many requests; carries when to come back

"No good answer" is an outcome (`core.messages.Outcome`), not an error.
"""


class FrontdeskError(Exception):
    """Root of every error this house raises on purpose; its text is fit to be shown."""

    retryable = False


class Misconfigured(FrontdeskError):
    """A setting is missing or wrong; the message names the setting and the mend."""


class Refused(FrontdeskError):
    """The request can't be carried out as it was made; trying again changes nothing."""


class Unauthorized(Refused):
    """The caller showed no valid token, or one that does not reach this far."""


class NotFound(Refused):
    """No such thing is visible to this tenant and this audience."""


class NotNow(Refused):
    """What is asked for does not fit the state the thing is in; the message names the state."""


class UnknownTenant(Refused):
    """The group id is not one that this desk serves."""


class UnreadableDocument(Refused):
    """No text can be had from the document; the message says why, in one sentence."""


class TooLarge(Refused):
    """The input is over a stated limit; the message gives both numbers."""


class Unavailable(FrontdeskError):
    """Something this desk depends on did not answer; the same request may work later."""

    retryable = True


class SearchUnavailable(Unavailable):
    """The passage index did not answer."""


class RecordsUnavailable(Unavailable):
    """The database of conversations, documents and tickets did not answer."""


class FilesUnavailable(Unavailable):
    """The store of documents' bytes did not answer, or they were encrypted with a key that is not here."""


class Overtaken(Unavailable):
    """Another process changed the same record in the same moment; what it left is to be looked at anew."""


class GenerationUnavailable(Unavailable):
    """The language model did not answer, or broke off."""


class MemoryUnavailable(Unavailable):
    """Redis did not answer: what it remembers, counts and locks is out of reach."""


class Busy(Unavailable):
    """Another request is at work on the same thing, and did not end in time."""


class QueueUnavailable(Unavailable):
    """The broker of background jobs did not answer."""


class EventsUnavailable(Unavailable):
    """An event stream did not take what it was given; the events wait in the outbox."""


class IdentityUnavailable(Unavailable):
    """The provider of sign-ins, or the place where somebody publishes their keys, did not answer well."""


class DeliveryUnavailable(Unavailable):
    """A mail server or another program did not take what was sent; it is sent again."""


class SpeechUnavailable(Unavailable):
    """Nothing turns speech into words, or words into speech, just now."""


class RateLimited(Unavailable):
    """Too many requests in a short time."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
