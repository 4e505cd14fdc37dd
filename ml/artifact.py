"""Models as bytes: skops archives that are equal for equal models, and safe to load.

skops and scikit-learn are imported where they are used: that takes a second, and most builds load
no model.
"""

import io
import re
import warnings
import zipfile
from typing import Any

from ml.model_errors import ModelError

# Types in the two pipelines besides those that skops considers harmless. Nothing else is loaded,
# whatever an archive asks for.
TRUSTED = frozenset(
    {
        "numpy.dtype",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    }
)
_SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_IDENTITY = re.compile(r'("__id__": |"file": ")(\d+)')


def encode(content: dict[str, Any]) -> bytes:
    """The content as a skops archive; equal content gives equal bytes.

    skops names every object by its memory address and stamps each file with the time; here objects
    are numbered in order, and the time is fixed.
    """
    import skops.io

    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(content))) as given:
        schema = given.read(_SCHEMA).decode()
        numbers: dict[str, str] = {}
        schema = _IDENTITY.sub(
            lambda found: found[1] + numbers.setdefault(found[2], str(len(numbers))), schema
        )
        files = {
            f"{numbers[name.removesuffix('.npy')]}.npy": given.read(name)
            for name in given.namelist()
            if name != _SCHEMA
        }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [(_SCHEMA, schema.encode()), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return packed.getvalue()


def decode(data: bytes) -> tuple[dict[str, Any], str | None]:
    """The content of an archive, and the version of scikit-learn that wrote it if not this one.

    Raises ModelError if it is not an archive, or asks for other types.
    """
    import skops.io
    from sklearn.exceptions import InconsistentVersionWarning

    try:
        asked_for = set(skops.io.get_untrusted_types(data=data))
        if not asked_for <= TRUSTED:
            foreign = ", ".join(sorted(asked_for - TRUSTED)[:3])
            raise ModelError(f"The model contains types that are not loaded: {foreign}.")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", InconsistentVersionWarning)
            content = skops.io.loads(data, trusted=sorted(asked_for))
    except ModelError:
        raise
    except Exception as error:  # A broken archive can raise anything in skops.
        raise ModelError(f"The model cannot be read ({type(error).__name__}).") from None
    if not isinstance(content, dict):
        raise ModelError("The model cannot be read (no model inside).")
    messages = [warning.message for warning in caught]
    versions = [
        message.original_sklearn_version
        for message in messages
        if isinstance(message, InconsistentVersionWarning)
    ]
    return content, versions[0] if versions else None
