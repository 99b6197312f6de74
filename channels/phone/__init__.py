"""Calls by Twilio: webhooks, documents, sockets, signatures. What a call is made of: `channels/voice`."""
