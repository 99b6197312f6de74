"""Twilio's side of a telephone call: webhooks, documents, sockets and who is let in."""
