"""What a good speaker knows of a language: its numbers, units, signs and short forms."""
