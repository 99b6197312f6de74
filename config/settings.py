"""`Settings`: everything an operator can set, in one frozen object; the only reader of the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.call_settings import CallSettings
from config.channel_settings import SlackSettings, SmsSettings
from config.group import Group
from config.people_settings import (
    CustomerSettings,
    FaqSettings,
    HandOffSettings,
    OidcSettings,
    SafetySettings,
    ToolSettings,
)
from config.phone_settings import PhoneSettings


class WebSettings(Group):
    """The HTTP door and the pages."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(7860, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field("", description="Where customers reach the desk; links in answers start with it.")
    embed_origins: str = Field(
        "",
        description="Sites that may embed the customer page, with commas: https://www.acme.example; "
        "empty: none.",
    )
    token_hours: float = Field(12, gt=0, description="How long a conversation token is good for.")
    session_hours: float = Field(12, gt=0, description="How long an admin stays signed in.")
    upload_files: int = Field(5, ge=1, description="Files a customer may upload at once.")
    admin_upload_files: int = Field(100, ge=1, description="Files an admin may drop at once.")


class DocumentSettings(Group):
    """How documents are read and cut."""

    max_bytes: int = Field(10 * 1024 * 1024, gt=0, description="Largest document taken, in bytes.")
    read_seconds: float = Field(60, gt=0, description="Time a document may take to be read.")
    read_memory_mb: int = Field(1200, gt=0, description="Memory a document may take to be read.")
    readers: int = Field(1, ge=1, description="Documents read at the same time.")
    passage_tokens: int = Field(250, ge=16, description="Longest passage, in tokens of the embedder.")
    overlap_tokens: int = Field(0, ge=0, description="Tokens repeated between neighbour passages.")
    tika_url: str = Field("", description="An Apache Tika server for formats no reader of our own takes.")


class EmbedderSettings(Group):
    """The model that turns text into vectors."""

    model: str = Field(
        "all-MiniLM-L6-v2",
        description="The shipped model, a folder, or a sentence-transformers name such as BAAI/bge-m3.",
    )
    runtime: Literal["auto", "openvino", "onnxruntime", "sentence-transformers"] = Field(
        "auto", description="What runs it; auto takes the fastest that is installed and fits the model."
    )
    threads: int = Field(0, ge=0, description="Processor threads; 0 leaves it to the runtime.")
    device: str = Field(
        "", description="cpu, cuda, mps; empty: the best there is. For sentence-transformers."
    )
    query_prompt: str = Field("", description="Put before a question; empty: as the model says itself.")
    passage_prompt: str = Field("", description="Put before a passage; empty: as the model says itself.")


class RerankerSettings(Group):
    """The model that reads question and passage together, if there is one."""

    model: str = Field("", description="A cross-encoder's folder or name, such as BAAI/bge-reranker-v2-m3.")
    device: str = Field("", description="cpu, cuda, mps; empty: the best there is.")
    passages: int = Field(32, ge=1, description="Best passages of the search it puts in a new order.")
    budget_ms: int = Field(400, gt=0, description="Longest it may take; after that the order stays.")


class AnswerSettings(Group):
    """How answers are found and when the desk says that it does not know."""

    passages: int = Field(8, ge=1, description="Passages read for an answer.")
    candidates: int = Field(100, ge=1, description="Passages each side of the search proposes.")
    abstain_below: float | None = Field(
        None, ge=0, le=1, description="Confidence under which the desk abstains; empty: as fitted."
    )
    clarify: bool = Field(
        True, description="Whether a question that could mean several things is asked back."
    )


class GeneratorSettings(Group):
    """The language models, if there are any; without a URL answers are quoted sentences.

    The large model takes the questions that look hard, and stands in for nothing else; the
    small one takes the rest and stands in for the large one.
    """

    url: str = Field(
        "", description="OpenAI-compatible servers of the small model, with commas: http://127.0.0.1:8000/v1."
    )
    model: str = Field("", description="The model's name there; empty: the first it lists.")
    large_url: str = Field("", description="The same for the large model; empty: there is none.")
    large_model: str = Field("", description="The large model's name there.")
    api_key: SecretStr = Field(SecretStr(""), description="The servers' key, where they want one.")
    timeout_seconds: float = Field(30, gt=0, description="Longest wait for the next words.")
    max_tokens: int = Field(400, gt=0, description="Longest answer, in tokens.")
    context_tokens: int = Field(6000, gt=0, description="Room for instructions, passages and turns.")


class RecordsSettings(Group):
    """The database of documents, conversations, tickets and feedback."""

    url: SecretStr = Field(
        SecretStr(""),
        description="Such as postgresql+asyncpg://user:password@host/desk; empty: SQLite in the data folder.",
    )
    connections: int = Field(10, ge=1, description="Most connections a process opens to PostgreSQL.")


class FileSettings(Group):
    """Where the bytes of documents are kept."""

    url: str = Field("", description="Such as s3://bucket/prefix; empty: a folder in the data folder.")
    endpoint: str = Field("", description="The S3 server, for MinIO and its like; empty: Amazon's.")
    region: str = Field("us-east-1", description="The S3 region.")
    key: SecretStr = Field(SecretStr(""), description="The S3 access key; empty: found as Amazon's tools do.")
    secret: SecretStr = Field(SecretStr(""), description="The S3 secret key.")
    encryption_key: SecretStr = Field(
        SecretStr(""),
        description="32 bytes in URL-safe base64 to encrypt files with; empty: one made in the data folder.",
    )


class ElasticsearchSettings(Group):
    """The passage index of a cluster; without a URL the desk keeps an SQLite file a tenant."""

    url: str = Field("", description="Its nodes, with commas: http://127.0.0.1:9200.")
    api_key: SecretStr = Field(SecretStr(""), description="Its API key, where it wants one.")
    certificates: str = Field("", description="A file of authorities to trust, where its own signs.")
    prefix: str = Field("frontdesk", description="First word of every index name.")
    shards: int = Field(1, ge=1, description="Shards of a new index.")
    replicas: int = Field(0, ge=0, description="Copies of each shard.")
    timeout_seconds: float = Field(10, gt=0, description="Longest wait for an answer.")


class RedisSettings(Group):
    """Session memory, cache, limits, locks and the queue of jobs."""

    url: SecretStr = Field(
        SecretStr(""),
        description="Such as redis://127.0.0.1:6379/0; empty: a private server, or in process.",
    )


class WorkerSettings(Group):
    """Work behind the scenes."""

    concurrency: int = Field(2, ge=1, description="Jobs a worker process does at once.")
    job_minutes: float = Field(55, gt=0, description="Longest a job may take.")
    heartbeat_seconds: float = Field(10, gt=0, description="How often a reader says that it still reads.")
    retention_days: int = Field(0, ge=0, description="Days a conversation is kept; 0 keeps it.")


class EventSettings(Group):
    """The stream of questions, answers, feedback and tickets for other programs."""

    kafka: str = Field("", description="Kafka servers, with commas: 127.0.0.1:9092; empty: Redis only.")
    topic: str = Field("frontdesk.events", description="The Kafka topic.")
    kafka_user: str = Field("", description="User name, where Kafka wants one.")
    kafka_password: SecretStr = Field(SecretStr(""), description="Its password.")
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="How the two are shown to Kafka."
    )
    kafka_tls: bool = Field(False, description="Whether Kafka is reached over TLS.")
    kafka_certificates: str = Field("", description="A file of authorities to trust for it.")
    keep: int = Field(100_000, ge=1, description="Events kept in the Redis stream, roughly.")


class LimitSettings(Group):
    """How much one person may ask for, and what is remembered to save work."""

    questions_per_minute: int = Field(20, ge=1, description="Questions a conversation may ask in a minute.")
    conversations_per_minute: int = Field(
        120, ge=1, description="Conversations an address may begin in a minute."
    )
    cache_hours: float = Field(
        24, ge=0, description="Hours an answer is kept for the same question; 0: never."
    )
    cache_likeness: float = Field(
        0.75,
        ge=0,
        le=1,
        description="How near two questions of one form must be, as a cosine, to share an answer.",
    )


class Settings(BaseSettings):
    """Every setting of the desk, grouped by part. Built once in the launcher and handed down."""

    model_config = SettingsConfigDict(
        env_prefix="FRONTDESK_",
        env_nested_delimiter="__",
        env_file=".env",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    data: Path = Field(Path(".frontdesk"), description="Folder that holds everything the desk keeps.")
    tenant: str = Field("default", description="Group id used where a command or request names none.")
    tenant_name: str = Field("Frontdesk", description="Company name customers see.")
    languages: str = Field(
        "en,es,de,fr",
        description="What the desk speaks with customers; the first where a message shows none.",
    )
    secret: SecretStr = Field(
        SecretStr(""),
        description="Signs tokens; the same on every machine. Empty: made in the data folder.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log lines to write."
    )
    web: WebSettings = WebSettings()
    documents: DocumentSettings = DocumentSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    answers: AnswerSettings = AnswerSettings()
    generator: GeneratorSettings = GeneratorSettings()
    reranker: RerankerSettings = RerankerSettings()
    records: RecordsSettings = RecordsSettings()
    files: FileSettings = FileSettings()
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    redis: RedisSettings = RedisSettings()
    worker: WorkerSettings = WorkerSettings()
    events: EventSettings = EventSettings()
    limits: LimitSettings = LimitSettings()
    safety: SafetySettings = SafetySettings()
    faq: FaqSettings = FaqSettings()
    oidc: OidcSettings = OidcSettings()
    customers: CustomerSettings = CustomerSettings()
    hand_off: HandOffSettings = HandOffSettings()
    tools: ToolSettings = ToolSettings()
    slack: SlackSettings = SlackSettings()
    sms: SmsSettings = SmsSettings()
    phone: PhoneSettings = PhoneSettings()
    calls: CallSettings = CallSettings()

    @property
    def pushing_doors(self) -> frozenset[str]:
        """The doors whose provider is set up, or whose simulator may run on this machine."""
        is_local = not self.web.public_url
        doors: dict[str, SlackSettings | SmsSettings] = {"slack": self.slack, "sms": self.sms}
        return frozenset(
            name for name, door in doors.items() if door.is_real or (door.simulator == "auto" and is_local)
        )

    @property
    def takes_calls(self) -> bool:
        """Whether a Twilio account is set up for calls, or their simulator may run on this machine."""
        is_local = not self.web.public_url
        return self.phone.is_real or self.sms.is_real or (self.phone.simulator == "auto" and is_local)
