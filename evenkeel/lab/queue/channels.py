"""Which channel takes the messages of which broker: those of this folder, which trust no message."""

from kombu import transport

CHANNELS = {
    ("redis", "rediss", "valkey"): "evenkeel.lab.queue.channel:Transport",
    ("amqp",): "evenkeel.lab.queue.amqp_channel:Transport",
    ("amqps",): "evenkeel.lab.queue.amqp_channel:SSLTransport",
}


def use_channels() -> None:
    """Let the addresses of each broker lead to its channel."""
    for schemes, channel in CHANNELS.items():
        transport.TRANSPORT_ALIASES.update(dict.fromkeys(schemes, channel))
