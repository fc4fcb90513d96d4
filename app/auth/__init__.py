"""Who is asking: sign-in, sessions kept by the server, and the one answer to "who is this"."""
