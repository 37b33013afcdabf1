"""How much one connection may send, and how long the door waits for it.

The settings EVENKEEL_MAX_CONNECTIONS and EVENKEEL_REQUEST_SECONDS bound the rest.
"""

MAX_BODY_BYTES = 256 * 1024
MAX_URL_BYTES = 16 * 1024
MAX_HEAD_BYTES = 32 * 1024
MAX_HEADERS = 100
# A body in small chunks takes more bytes on the wire than it has. These are the most that it may take.
MAX_WIRE_BYTES = 2 * MAX_BODY_BYTES
# What arrives is parsed in pieces of this size, and the bounds are checked after each.
PIECE_BYTES = 16 * 1024
# Requests that a client sends before the answer to the first one has come.
MAX_PIPELINED = 16

# Proxies keep idle connections for up to 60 s. One that is closed under a proxy's request becomes a 502.
KEEP_ALIVE_SECONDS = 75
# A client that takes none of an answer for this long is gone.
STALLED_SECONDS = 60.0
# After a refusal, the door still reads a little, or the client would see a reset instead of the refusal.
LINGER_SECONDS = 2.0
LINGER_BYTES = 1024 * 1024
