"""`Settings`: everything an operator can set, in one frozen object; the only reader of the environment."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WebSettings(_Group):
    """The HTTP door and the pages."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(7860, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field("", description="Where customers reach the desk; links in answers start with it.")
    token_hours: float = Field(12, gt=0, description="How long a conversation token is good for.")
    session_hours: float = Field(12, gt=0, description="How long an admin stays signed in.")
    upload_files: int = Field(5, ge=1, description="Files a customer may upload at once.")
    admin_upload_files: int = Field(100, ge=1, description="Files an admin may drop at once.")


class DocumentSettings(_Group):
    """How documents are read and cut."""

    max_bytes: int = Field(10 * 1024 * 1024, gt=0, description="Largest document taken, in bytes.")
    read_seconds: float = Field(60, gt=0, description="Time a document may take to be read.")
    read_memory_mb: int = Field(1200, gt=0, description="Memory a document may take to be read.")
    readers: int = Field(1, ge=1, description="Documents read at the same time.")
    passage_tokens: int = Field(250, ge=16, le=254, description="Longest passage, in tokens.")
    overlap_tokens: int = Field(0, ge=0, description="Tokens repeated between neighbour passages.")
    tika_url: str = Field("", description="An Apache Tika server for formats no reader of our own takes.")


class EmbedderSettings(_Group):
    """The model that turns text into vectors."""

    model: str = Field(
        "all-MiniLM-L6-v2", description="The shipped model, or a folder that holds model.onnx."
    )
    runtime: Literal["auto", "openvino", "onnxruntime"] = Field(
        "auto", description="What runs it; auto takes the fastest that is installed."
    )
    threads: int = Field(0, ge=0, description="Processor threads; 0 leaves it to the runtime.")


class AnswerSettings(_Group):
    """How answers are found and when the desk says that it does not know."""

    passages: int = Field(8, ge=1, description="Passages read for an answer.")
    candidates: int = Field(100, ge=1, description="Passages each side of the search proposes.")
    abstain_below: float | None = Field(
        None, ge=0, le=1, description="Confidence under which the desk abstains; empty: as fitted."
    )


class GeneratorSettings(_Group):
    """The language model, if there is one; without a URL answers are quoted sentences."""

    url: str = Field("", description="An OpenAI-compatible server, such as http://127.0.0.1:8000/v1.")
    model: str = Field("", description="The model's name there.")
    api_key: SecretStr = Field(SecretStr(""), description="Its key, where it wants one.")
    timeout_seconds: float = Field(30, gt=0, description="Longest wait for the next words.")
    max_tokens: int = Field(400, gt=0, description="Longest answer, in tokens.")
    context_tokens: int = Field(6000, gt=0, description="Room for instructions, passages and turns.")


class Settings(BaseSettings):
    """Every setting of the desk, grouped by part. Built once in the launcher and handed down."""

    model_config = SettingsConfigDict(
        env_prefix="FRONTDESK_",
        env_nested_delimiter="__",
        env_file=".env",
        frozen=True,
        extra="ignore",
    )

    data: Path = Field(Path(".frontdesk"), description="Folder that holds everything the desk keeps.")
    tenant: str = Field("default", description="Group id used where a command or request names none.")
    tenant_name: str = Field("Frontdesk", description="Company name customers see.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log lines to write."
    )
    web: WebSettings = WebSettings()
    documents: DocumentSettings = DocumentSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    answers: AnswerSettings = AnswerSettings()
    generator: GeneratorSettings = GeneratorSettings()
