import psutil
import pytest

from warehouse.server.machine import MIB, core_count, memory_bytes, sized_settings

GIB = 1024 * MIB


@pytest.mark.parametrize(
    ("memory", "cores", "free_disk", "expected"),
    [
        # A quarter of 16 GiB is the cache, a 64th a sort, a 16th an index build.
        (
            16 * GIB,
            8,
            40 * GIB,
            ("4096MB", "10240MB", "256MB", "1024MB", "5120MB", "8", "4"),
        ),
        (
            2 * GIB,
            2,
            4 * GIB,
            ("512MB", "1280MB", "32MB", "128MB", "512MB", "2", "1"),
        ),
        # The least and the most.
        (128 * MIB, 1, GIB, ("64MB", "128MB", "8MB", "64MB", "256MB", "1", "0")),
        (
            1024 * GIB,
            64,
            4096 * GIB,
            ("4096MB", "655360MB", "256MB", "1024MB", "8192MB", "64", "4"),
        ),
    ],
)
def test_sizes_follow_the_machine(
    memory: int, cores: int, free_disk: int, expected: tuple[str, ...]
) -> None:
    sized = sized_settings(memory, cores, free_disk)
    names = (
        "shared_buffers",
        "effective_cache_size",
        "work_mem",
        "maintenance_work_mem",
        "max_wal_size",
        "max_parallel_workers",
        "max_parallel_workers_per_gather",
    )
    assert tuple(sized[name] for name in names) == expected


def test_this_machine_is_measured() -> None:
    assert 0 < memory_bytes() <= psutil.virtual_memory().total
    assert 1 <= core_count() <= (psutil.cpu_count() or 1)
