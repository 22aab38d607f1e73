"""The HTTP client of the readers that ask a service: what it is told is bounded."""

import time
from collections.abc import Iterator

import httpx2

MOST_BYTES = 4 * 2**20  # of an answer as it comes; a receipt of a thousand lines has a tenth


class _Bounded(httpx2.SyncByteStream):
    """An answer that may be neither endless nor slow: a time-out of a read starts anew with every byte."""

    def __init__(self, stream: httpx2.SyncByteStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        held = 0
        for chunk in self._stream:
            held += len(chunk)
            if held > MOST_BYTES:
                raise httpx2.ReadError("The answer is too long.")
            if time.monotonic() > self._deadline:
                raise httpx2.ReadTimeout("The answer came too slowly.")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def client(*, deadline: float) -> httpx2.Client:
    """Make a client whose answers end by `deadline`, of the monotonic clock.

    It follows no redirects, which would carry the key to another host.
    """

    def bound(response: httpx2.Response) -> None:
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = _Bounded(response.stream, deadline)

    return httpx2.Client(event_hooks={"response": [bound]}, follow_redirects=False)
