"""The registry of risk models as parts of a backup."""

from collections.abc import Iterator

from ml.registry import Registry
from ml.storage import open_storage
from warehouse.backup.backup_file import REGISTRY, BackupReader, is_part
from warehouse.backup.backup_manifest import BackupManifest
from warehouse.settings import Settings

_KINDS = ("models", "data")
_CURRENT = "/current.json"


def is_elsewhere(settings: Settings) -> bool:
    """Whether the registry is in a bucket, which a backup leaves where it is."""
    return settings.models.startswith("s3:")


def registry_files(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Name of the part and content of each file of a registry in a folder.

    What else is in the folder is left out. Raises ModelError for files that cannot be read.
    """
    storage = open_storage(settings.models)
    for kind in _KINDS:
        for name in storage.names(kind):
            content = storage.read(name) if is_part(REGISTRY + name) else None
            if content is not None:
                yield REGISTRY + name, content


def versions_in_use(settings: Settings) -> dict[str, str]:
    """The current version of each model and data set by name. Raises ModelError."""
    registry = Registry(settings.models)
    found = {}
    for kind in _KINDS:
        for name in registry.names(kind):
            entry = registry.current(name)
            if entry is not None:
                found[name] = entry.version
    return found


def restore_registry(settings: Settings, backup: BackupReader) -> int:
    """Writes the files of a backup into the registry and returns how many versions are in use.

    Versions only join the archive, so it can be repeated; which ones are in use comes last. Raises
    ModelError.
    """
    storage = open_storage(settings.models)
    parts = [part for part in backup.manifest.parts if part.name.startswith(REGISTRY)]
    for part in sorted(parts, key=lambda part: part.name.endswith(_CURRENT)):
        storage.write(part.name.removeprefix(REGISTRY), backup.content(part))
    return sum(part.name.endswith(_CURRENT) for part in parts)


def other_versions(settings: Settings, manifest: BackupManifest) -> list[str]:
    """Models of which the registry uses other versions than the backup did. Raises ModelError."""
    now = versions_in_use(settings)
    return [
        f"{name} {version}" for name, version in manifest.models.items() if now.get(name) != version
    ]
