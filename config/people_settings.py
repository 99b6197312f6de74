"""Settings of what is between people: who they are, what they may be told, when a person comes."""

from typing import Literal

from pydantic import Field, SecretStr

from config.group import Group


class SafetySettings(Group):
    """What is kept out of logs and of language models, and what a person looks at."""

    redact_logs: bool = Field(
        True, description="Whether personal data in log lines above debug gives way to its kind, as [e-mail]."
    )
    redact_prompts: bool = Field(
        False,
        description="Whether language models get placeholders for personal data; replies have it back.",
    )
    review_share: float = Field(
        0.02, ge=0, le=1, description="Share of the answers that `frontdesk review` lists for a person."
    )


class FaqSettings(Group):
    """When a question gets the approved answer of an FAQ entry."""

    likeness: float = Field(
        0.72, ge=0, le=1, description="Least cosine of a question and a phrase of the entry."
    )
    sureness: float = Field(
        1.15,
        ge=0,
        le=2,
        description="Least sum of that cosine and 1.75 times its lead over the next entry, up to 0.25.",
    )


class OidcSettings(Group):
    """Signing staff and admins in with the company's own accounts; without an issuer by links only."""

    issuer: str = Field(
        "", description="The OpenID provider, as it names itself: https://id.example/realms/acme."
    )
    client_id: str = Field("", description="The desk's name there.")
    client_secret: SecretStr = Field(SecretStr(""), description="Its secret; empty for a public client.")
    scopes: str = Field("openid profile email", description="What is asked for, with spaces.")
    label: str = Field("Sign in with your company account", description="Words on the button.")
    roles_claim: str = Field(
        "groups", description="The claim that says who may what, with dots into it: realm_access.roles."
    )
    admins: str = Field("", description="Its values that make an admin, with commas.")
    staff: str = Field(
        "", description="Its values that make a staff member, with commas; a lone asterisk: every account."
    )
    email_domains: str = Field(
        "", description="Domains that a verified e-mail address must be of, with commas; empty: any."
    )
    tenant_claim: str = Field(
        "", description="The claim that holds the group id; empty: everybody belongs to the desk's own."
    )
    timeout_seconds: float = Field(10, gt=0, description="Longest wait for the provider.")


class CustomerSettings(Group):
    """Customers whom the company's own site has signed in, by a token that it signs."""

    secrets: dict[str, SecretStr] = Field(
        {}, description='Secrets of HS256 tokens by group id, 32 bytes or more each: {"default": "…"}.'
    )
    jwks_urls: dict[str, str] = Field(
        {},
        description='Where the keys of RS256 and ES256 tokens are published, by group id: {"default": "…"}.',
    )
    single_use: bool = Field(
        False, description="Whether a token that has a jti begins one conversation only."
    )
    timeout_seconds: float = Field(5, gt=0, description="Longest wait for published keys.")


class HandOffSettings(Group):
    """When a person takes over, who is there when, and where tickets are sent out to."""

    hours: str = Field("", description="Such as mon-fri 09:00-17:00; sat 10:00-14:00. Empty: always.")
    time_zone: str = Field("UTC", description="The zone of the hours, such as Europe/Berlin.")
    holidays: str = Field("", description="Days nobody is there, with commas: 2026-12-25,2026-12-26.")
    due_minutes: float = Field(120, gt=0, description="Minutes of those hours until a person has answered.")
    on_anger: bool = Field(True, description="Whether an angry customer is handed over.")
    on_failures: bool = Field(True, description="Whether two questions without an answer in a row are.")
    low_confidence: float = Field(
        0, ge=0, le=1, description="Answers under this confidence are handed over; 0: none."
    )
    approval_hours: float = Field(
        72, ge=0, description="Hours after which an action nobody has approved expires; 0: never."
    )
    words: str = Field("", description="Words that always call a person, with commas: chargeback,fraud.")
    webhook_url: str = Field("", description="Takes Zendesk-shaped tickets by POST; empty: none.")
    webhook_secret: SecretStr = Field(SecretStr(""), description="Signs what is posted there.")
    mail_to: str = Field("", description="The address new tickets are mailed to; empty: none.")
    mail_from: str = Field("desk@localhost", description="The address they come from.")
    smtp_host: str = Field("localhost", description="The mail server.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="How the link to it is encrypted."
    )
    smtp_user: str = Field("", description="User name, where it wants one.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Its password.")
    timeout_seconds: float = Field(10, gt=0, description="Longest wait for either of the two.")


class McpSettings(Group):
    """A server that speaks the Model Context Protocol: `url` or `command`, and whose tools it has."""

    url: str = Field("", description="Where it listens, by streamable HTTP.")
    token: SecretStr = Field(SecretStr(""), description="Bearer token sent to it.")
    headers: dict[str, SecretStr] = Field({}, description="Other headers sent to it.")
    command: str = Field(
        "", description="A program that the desk starts and speaks to by its input and output."
    )
    args: list[str] = Field([], description="What the program is started with.")
    env: dict[str, SecretStr] = Field({}, description="Its environment, besides PATH, HOME and their like.")
    tenant: str = Field("", description="The group id whose customers may use it; empty: the desk's own.")
    only: list[str] = Field([], description="The tools that are taken, by their names there; empty: all.")
    effects: dict[str, Literal["reads", "changes"]] = Field(
        {}, description="What a tool does, whatever the server says."
    )
    examples: dict[str, list[str]] = Field({}, description="What customers say who want a tool.")
    timeout_seconds: float = Field(10, gt=0, description="Longest wait for an answer.")


class ToolSettings(Group):
    """What the desk can do for customers besides answering."""

    samples: Literal["auto", "shop", "lender", "none"] = Field(
        "auto",
        description="Tools of a made-up business; auto: the shop's, while its sample documents are there.",
    )
    openapi: str = Field("", description="An OpenAPI 3 file (JSON or YAML) whose operations are tools.")
    openapi_url: str = Field("", description="Where that service listens; empty: as the file says.")
    openapi_token: SecretStr = Field(SecretStr(""), description="Bearer token sent to it.")
    mcp: dict[str, McpSettings] = Field(
        {},
        description='MCP servers that lend tools, by name: {"shop": {"url": "https://…/mcp", "token": "…"}}.',
    )
    model_slots: bool = Field(
        True, description="Whether the language model, if one is set, reads answers that rules do not."
    )
    model_calls: Literal["none", "steps", "inline", "both"] = Field(
        "steps",
        description="Whether it looks things up by tools that read: before an answer, while it writes, both.",
    )
