"""The desk in Slack: what comes in, what goes out, and the staff's own threads."""
