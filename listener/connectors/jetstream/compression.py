"""Frames compressed with zstd and a dictionary, which the operator provides as a file.

Wire v1's is the file ``zstd_dictionary`` in the repository of Jetstream; a server of wire v2
gives its own away (``network.bsky.jetstream.getZstdDictionary``) and calls it by its id.
"""

from pathlib import Path

from zstandard import (
    CONTENTSIZE_UNKNOWN,
    ZstdCompressionDict,
    ZstdDecompressor,
    ZstdError,
    get_frame_parameters,
)

from detectors.records import InvalidRecord
from listener.errors import UsageError


class Dictionary:
    """Unpacks frames of at most `max_frame` bytes, unpacked."""

    def __init__(self, path: Path, max_frame: int) -> None:
        """Raises `UsageError`."""
        try:
            dictionary = ZstdCompressionDict(path.read_bytes())
        except OSError as error:
            why = (error.strerror or "unreadable").lower()
            raise UsageError(f"zstd_dictionary: {path}: {why}") from None
        self.id = dictionary.dict_id()
        if not self.id:
            raise UsageError(f"zstd_dictionary: {path}: this is no zstd dictionary")
        self._max_frame = max_frame
        self._decompressor = ZstdDecompressor(dict_data=dictionary)

    def unpack(self, frame: bytes) -> bytes:
        """Raises `InvalidRecord`."""
        try:
            # What the frame says of its size is allocated at once, whatever the limit.
            size = get_frame_parameters(frame).content_size
            if size != CONTENTSIZE_UNKNOWN and size > self._max_frame:
                raise InvalidRecord("too_large", f"frame: over {self._max_frame} bytes unpacked")
            return self._decompressor.decompress(frame, max_output_size=self._max_frame)
        except ZstdError:
            raise InvalidRecord(
                "not_zstd", "frame: can't be unpacked with the dictionary"
            ) from None
