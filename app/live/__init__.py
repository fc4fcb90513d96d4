"""Real source systems on loopback, a business that is played through them, and the record of what was done."""
