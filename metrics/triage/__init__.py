"""Working the exception queue: what people may do with an exception, and what becomes of it."""
