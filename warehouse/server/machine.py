"""Memory and cores of this machine, and the PostgreSQL settings that follow from them."""

import os
import shutil
from pathlib import Path

import psutil

MIB = 1024 * 1024
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 (only measured)
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_bytes() -> int:
    """Memory this process may use: the machine's, or the container's if that is less."""
    total = int(psutil.virtual_memory().total)
    for path in _CGROUP_LIMITS:
        try:
            total = min(total, int(Path(path).read_text()))
        except (OSError, ValueError):
            continue
    return total


def core_count() -> int:
    """Cores this process may run on."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def sized_settings(memory: int, cores: int, free_disk: int) -> dict[str, str]:
    """PostgreSQL settings for a warehouse on a machine of this size.

    `memory` and `free_disk` are bytes. The server takes about a quarter of the memory for its
    cache; a sort or hash may take a 64th, since some run side by side.
    """
    return {
        "shared_buffers": _mib(memory // 4, 64, 4096),
        "effective_cache_size": _mib(memory * 5 // 8, 128, 1 << 20),
        "work_mem": _mib(memory // 64, 8, 256),
        "maintenance_work_mem": _mib(memory // 16, 64, 1024),
        "max_wal_size": _mib(free_disk // 8, 256, 8192),
        "max_worker_processes": str(max(8, cores)),
        "max_parallel_workers": str(cores),
        "max_parallel_workers_per_gather": str(min(4, cores // 2)),
    }


def shared_memory_type() -> str:
    """`mmap` if /dev/shm is as small as in containers (64 MB), otherwise `posix`.

    Parallel hash joins keep their tables there and fail if it is full.
    """
    try:
        return "posix" if shutil.disk_usage(_SHARED_MEMORY).total >= 1024 * MIB else "mmap"
    except OSError:
        return "posix"


def _mib(value: int, least: int, most: int) -> str:
    return f"{min(max(value // MIB, least), most)}MB"
