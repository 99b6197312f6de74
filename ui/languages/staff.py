"""The staff's page in each language."""

from __future__ import annotations

from collections.abc import Mapping

from ui.staff_words import StaffWords

STAFF_WORDS: Mapping[str, StaffWords] = {
    "en": StaffWords(
        team="Team",
        not_here="This page is for admins",
        why="You are signed in, and your account may answer tickets and review answers.",
        lead="Go to your page",
    ),
    "es": StaffWords(
        team="Equipo",
        not_here="Esta página es para administradores",
        why="Ha iniciado sesión; su cuenta puede atender casos y revisar respuestas.",
        lead="Ir a su página",
    ),
    "de": StaffWords(
        team="Team",
        not_here="Diese Seite ist für die Verwaltung",
        why="Sie sind angemeldet; Ihr Konto kann Vorgänge beantworten und Antworten prüfen.",
        lead="Zu Ihrer Seite",
    ),
    "fr": StaffWords(
        team="Équipe",
        not_here="Cette page est réservée aux administrateurs",
        why="Vous êtes connecté ; votre compte peut traiter les dossiers et relire les réponses.",
        lead="Aller à votre page",
    ),
}
"""The words by two letters; `words_for` says which a visitor reads."""
