"""The sources that files may belong to, as the project defines them at the moment."""

import hashlib
from pathlib import Path

from ingest.loader_errors import DefinitionError
from ingest.tables.definition_files import read_definitions


class KnownSources:
    """Reads the definitions anew when a file of theirs changes: a new source needs no restart."""

    def __init__(self, project_dir: Path) -> None:
        """Raises DefinitionError."""
        self._project_dir = project_dir
        self._stamp = self._read_stamp()
        self._names = frozenset(read_definitions(project_dir))
        self._hashes: dict[str, str] = {}

    @property
    def names(self) -> frozenset[str]:
        """Names of the sources that take files."""
        return self._names

    def refresh(self) -> str | None:
        """Takes in changed definitions. Returns what is wrong with them; then the old ones stay."""
        stamp = self._read_stamp()
        if stamp == self._stamp:
            return None
        try:
            self._names = frozenset(read_definitions(self._project_dir))
        except (DefinitionError, OSError) as error:
            return str(error)
        self._stamp, self._hashes = stamp, {}
        return None

    def definition(self, source: str) -> str:
        """A hash of what defines the source."""
        if source not in self._hashes:
            folder = self._project_dir / "models" / "staging" / source
            texts = [path.read_bytes() for path in sorted(folder.glob("_*__sources.yml"))]
            self._hashes[source] = hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]
        return self._hashes[source]

    def _read_stamp(self) -> list[tuple[str, int, int]]:
        found = []
        for path in sorted((self._project_dir / "models" / "staging").glob("*/_*__sources.yml")):
            status = path.stat()
            found.append((str(path), status.st_size, status.st_mtime_ns))
        return found
