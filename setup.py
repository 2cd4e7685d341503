"""What pyproject.toml cannot say: the compiled scanner knows the digest of the source that it was made of."""

from hashlib import sha256
from pathlib import Path

from setuptools import Extension, setup

SOURCE = "src/parley/label_studio/export/scanner.pyx"
DIGEST = sha256((Path(__file__).parent / SOURCE).read_bytes()).hexdigest()

setup(
    ext_modules=[
        Extension(
            "parley.label_studio.export.scanner",
            [SOURCE],
            define_macros=[("SCANNER_SOURCE", f'"{DIGEST}"')],
            optional=True,  # without a C compiler all works, exports take longer
        )
    ]
)
